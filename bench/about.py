"""What a result says of the run that it comes from."""

import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from os import cpu_count


def about() -> Mapping[str, object]:
    """When, of which commit, and on what machine; not the machine's name."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": {
            "cpus": cpu_count(),
            "architecture": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
    }


def _commit() -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
