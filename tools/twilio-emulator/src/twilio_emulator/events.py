"""What happens in an emulated call, as observers see it and the ledger records it.

`at` is always seconds of the monotonic clock, which all processes of one Linux machine share: a
server's own frame log can be laid beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from twilio_emulator.ledger import CallLedger

SessionStatus = Literal["ended", "completed", "failed"]
WebhookKind = Literal["voice", "action", "redirect", "gather", "fallback"]
EndedBy = Literal["caller", "agent", "transfer", "error"]


@dataclass(frozen=True, slots=True)
class CallPlaced:
    at: float
    call_sid: str
    from_number: str
    to_number: str


@dataclass(frozen=True, slots=True)
class WebhookAnswered:
    """One webhook with all its tries; `status` is None when no answer came."""

    at: float
    kind: WebhookKind
    url: str
    params: Mapping[str, str] = field(repr=False)
    status: int | None
    tries: int
    seconds: float
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionOpened:
    at: float
    session_id: str
    url: str
    greeting: str


@dataclass(frozen=True, slots=True)
class SessionClosed:
    at: float
    session_id: str
    status: SessionStatus
    seconds: float
    error_code: int | None = None
    error_message: str | None = None
    handoff_data: str | None = None
    close_code: int | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One WebSocket frame. `text` is its words, digits or raw content, by type."""

    at: float
    direction: Literal["sent", "received"]
    session_id: str
    type: str
    text: str = ""
    last: bool | None = None
    turn: int = 0
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class CallerSpoke:
    """A final prompt was sent: turn number `turn` of the call, counted from 1, begins."""

    at: float
    turn: int
    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class KeyPressed:
    at: float
    digit: str


@dataclass(frozen=True, slots=True)
class CallerInterrupted:
    """An interrupt was sent; `turn` is the one that was being spoken."""

    at: float
    turn: int
    heard: str
    duration_ms: int
    by: Literal["speech", "dtmf"]


@dataclass(frozen=True, slots=True)
class TokenArrived:
    """A text frame; `turn` is the caller's latest, 0 before the first."""

    at: float
    turn: int
    text: str
    last: bool
    lang: str | None


@dataclass(frozen=True, slots=True)
class AgentBegan:
    at: float
    turn: int


@dataclass(frozen=True, slots=True)
class AgentSpoke:
    """An utterance is over: of `text`, `heard` was spoken."""

    at: float
    turn: int
    text: str
    heard: str
    began_at: float | None
    how: Literal["finished", "interrupted", "preempted", "dropped"]


@dataclass(frozen=True, slots=True)
class AgentFellSilent:
    at: float


@dataclass(frozen=True, slots=True)
class VerbRun:
    """A TwiML verb other than `<Connect>` was carried out."""

    at: float
    verb: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that Twilio would pass over in silence, or only show in its debugger."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class ExpectationFailed:
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    at: float
    by: EndedBy
    reason: str


Event = (
    CallPlaced
    | WebhookAnswered
    | SessionOpened
    | SessionClosed
    | Frame
    | CallerSpoke
    | KeyPressed
    | CallerInterrupted
    | TokenArrived
    | AgentBegan
    | AgentSpoke
    | AgentFellSilent
    | VerbRun
    | Noted
    | ExpectationFailed
    | CallEnded
)


class Observer(Protocol):
    """Sees every event just after the ledger took it in; it must return at once."""

    def happened(self, ledger: CallLedger, event: Event) -> None: ...
