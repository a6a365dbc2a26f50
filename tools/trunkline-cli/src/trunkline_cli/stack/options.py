"""What a local stack is asked to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StackOptions:
    """How many of what, and where."""

    gateways: int = 1
    workers: int = 2
    dialers: int = 0
    ingests: int = 0
    """intelligence-ingest processes."""
    restart: bool = True
    """Whether a part that dies is started again."""
    port: int | None = None
    """Port of the public address; None: the one PUBLIC_URL needs, else a free one."""
    kafka_port: int | None = None
    postgres_port: int | None = None
    report: Path | None = None
    """File for the report, which is rewritten whenever a process changes."""
    frame_logs: Path | None = None
    """Folder for the gateways' frame logs, `<gateway>.jsonl`: what tests and the demo count."""
    agents_dir: Path | None = None
    """None: what AGENTS_DIR says."""
    state_dir: Path | None = None
    """None: what TRUNKLINE_STATE_DIR says."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Settings for the services, over what the stack itself would tell them."""
