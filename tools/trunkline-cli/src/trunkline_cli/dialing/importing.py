"""Brings a list to the dialer and waits until it is worked through, with bars on a terminal."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from trunkline_cli.dialing.client import DialerClient

POLL_SECONDS = 0.25
KINDS = {".ndjson": "application/x-ndjson", ".jsonl": "application/x-ndjson"}
BAR = BarColumn(40)


def import_list(
    client: DialerClient,
    campaign: str,
    file: Path,
    options: Mapping[str, Any],
    console: Console,
    *,
    quiet: bool = False,
) -> Any:
    """The import when it is over; `quiet` shows no bars."""
    found = _sent(client, campaign, file, options, _bar(console, quiet, DownloadColumn()))
    return _worked_through(client, found, _bar(console, quiet, TextColumn("{task.fields[rows]}")))


def _bar(console: Console, quiet: bool, last: TextColumn | DownloadColumn) -> Progress:
    columns = (TextColumn("{task.description}"), BAR, last)
    return Progress(*columns, console=console, disable=quiet)


def _sent(
    client: DialerClient, campaign: str, file: Path, options: Mapping[str, Any], bar: Progress
) -> Any:
    kind = KINDS.get(file.suffix.lower(), "text/csv")
    path = f"/v1/campaigns/{campaign}/imports"
    with file.open("rb") as content, bar:
        task = bar.add_task("sending", total=file.stat().st_size)
        return client.upload(path, content, kind, options, lambda sent: bar.advance(task, sent))


def _worked_through(client: DialerClient, found: Any, bar: Progress) -> Any:
    """Wait until an importer is through with the list."""
    with bar:
        task = bar.add_task("working", total=found["bytes"], rows="")
        while True:
            rows = found["accepted"] + found["rejected"] + found["duplicates"] + found["suppressed"]
            bar.update(task, completed=found["bytes_done"], rows=f"{rows} rows")
            if found["state"] not in ("pending", "running"):
                return found
            time.sleep(POLL_SECONDS)
            found = client.get(f"/v1/imports/{found['id']}")
