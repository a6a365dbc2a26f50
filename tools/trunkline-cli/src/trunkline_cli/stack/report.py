"""Where everything of a running stack is, for programs: `trunkline up --report FILE`."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from trunkline_cli.files import write_private


@dataclass(frozen=True, slots=True)
class GatewayEntry:
    """One gateway. `url` leads to it alone, past the front."""

    id: str
    pid: int
    url: str
    internal_url: str


@dataclass(frozen=True, slots=True)
class WorkerEntry:
    """One llm-worker."""

    id: str
    pid: int
    internal_url: str


@dataclass(frozen=True, slots=True)
class ApiEntry:
    """One dialer or intelligence-ingest. `url` is that of its API."""

    id: str
    pid: int
    url: str
    internal_url: str


@dataclass(frozen=True, slots=True)
class KafkaEntry:
    """The cluster; `pid` is None when it is not ours."""

    bootstrap: str
    pid: int | None


@dataclass(frozen=True, slots=True)
class PostgresEntry:
    """The database; `pid` is None when it is not ours."""

    url: str = field(repr=False)
    pid: int | None


@dataclass(frozen=True, slots=True)
class TwilioEntry:
    """The account whose signatures the gateways accept."""

    account_sid: str
    auth_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AgentEntry:
    """One agent and the numbers it answers."""

    id: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StackReport:
    """Everything. It holds secrets: it is written for its owner alone."""

    public_url: str
    voice_url: str
    relay_url: str
    gateways: tuple[GatewayEntry, ...]
    workers: tuple[WorkerEntry, ...]
    kafka: KafkaEntry
    postgres: PostgresEntry
    twilio: TwilioEntry
    agents: tuple[AgentEntry, ...]
    dialers: tuple[ApiEntry, ...]
    ingests: tuple[ApiEntry, ...]
    dialer_api_key: str = field(repr=False)
    """Empty without a dialer."""
    ingest_api_key: str = field(repr=False)
    """Empty without an intelligence-ingest."""

    def write(self, path: Path) -> None:
        """Write it as JSON, mode 0600, in one step."""
        write_private(path, json.dumps(asdict(self), indent=2) + "\n")


def voice_url(public_url: str) -> str:
    """Where Twilio asks what to do with an incoming call."""
    return f"{public_url}/twilio/voice/incoming"


def relay_url(public_url: str) -> str:
    """Where Twilio opens a call's WebSocket."""
    return f"ws{public_url.removeprefix('http')}/twilio/relay"
