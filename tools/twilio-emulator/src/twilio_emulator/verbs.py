"""The verbs of TwiML that are imitated, as values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from twilio_emulator.relay import ConversationRelay


@dataclass(frozen=True, slots=True)
class Connect:
    relay: ConversationRelay
    action: str | None
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Say:
    """Words, spoken `loop` times; an empty language and voice are the account's."""

    text: str
    language: str = ""
    voice: str = ""
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    """An audio file, or keys if there are `digits`."""

    source: str
    loop: int = 1
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Redirect:
    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Hangup:
    """`<Hangup>`, and `<Reject>`, which ends a call as well."""


@dataclass(frozen=True, slots=True)
class Record:
    """`<Start><Recording>`: the call goes on, and is recorded to its end."""

    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leg:
    """One of the others that a `<Dial>` calls."""

    kind: Literal["number", "sip", "client", "queue", "conference"]
    address: str


@dataclass(frozen=True, slots=True)
class Dial:
    """All legs ring at once; the first that answers gets the call."""

    legs: tuple[Leg, ...]
    action: str | None = None
    method: str = "POST"
    ring_seconds: float = 30.0
    most_seconds: float = 4 * 3600.0
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Wait in a queue by its name, or as a task of a workflow. `task` is as written."""

    queue: str = ""
    workflow_sid: str = ""
    task: str = ""
    action: str | None = None
    method: str = "POST"

    @property
    def target(self) -> str:
        return self.workflow_sid or self.queue


@dataclass(frozen=True, slots=True)
class Gather:
    prompts: tuple[Say | Play | Pause, ...]
    action: str | None
    method: str
    seconds: float
    inputs: frozenset[str]
    digits: int | None = None
    finish_on: str = "#"
    act_on_empty: bool = False


Verb = Connect | Say | Play | Pause | Redirect | Hangup | Record | Dial | Enqueue | Gather
