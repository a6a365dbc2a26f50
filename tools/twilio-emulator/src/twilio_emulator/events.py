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
WebhookKind = Literal["voice", "action", "redirect", "gather", "dial", "enqueue", "fallback"]
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
class Reconnected:
    """A lost socket was replaced within the session, as `applicationReconnect` asks."""

    at: float
    session_id: str


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
class LanguagesSet:
    """What is spoken and what is understood from now on."""

    at: float
    tts: str
    transcription: str


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
    """A text frame; `turn` is the caller's latest, 0 before the first.

    `lang` is the language it is spoken in. A `filler` only holds the line until the reply comes:
    the server marked it, and not all that it says, as replaceable.
    """

    at: float
    turn: int
    text: str
    last: bool
    lang: str | None
    filler: bool = False


@dataclass(frozen=True, slots=True)
class SoundArrived:
    """A `play` frame; a `filler` as with tokens."""

    at: float
    turn: int
    source: str
    filler: bool = False


@dataclass(frozen=True, slots=True)
class AgentBegan:
    at: float
    turn: int


@dataclass(frozen=True, slots=True)
class AgentPlayed:
    """An audio file began to be heard."""

    at: float
    turn: int
    source: str


@dataclass(frozen=True, slots=True)
class AgentSpoke:
    """An utterance is over: of `text`, `heard` was heard; of a sound, its source or nothing.

    `langs` are the languages of its words, in the order of their first appearance.
    """

    at: float
    turn: int
    text: str
    heard: str
    began_at: float | None
    how: Literal["finished", "interrupted", "preempted", "dropped"]
    kind: Literal["text", "play", "keys"] = "text"
    langs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentFellSilent:
    at: float


@dataclass(frozen=True, slots=True)
class VerbRun:
    """A TwiML verb other than `<Connect>` is carried out.

    `targets` are the numbers, addresses or queues that a call is passed on to. `attributes` are
    those of a `<Task>`, parsed, and of any other verb as written.
    """

    at: float
    verb: str
    detail: str = ""
    targets: tuple[str, ...] = ()
    attributes: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What came of a `<Dial>` or an `<Enqueue>`, in Twilio's word.

    `reached`: the caller talked to somebody there, for `seconds`.
    """

    at: float
    verb: str
    status: str
    reached: bool
    seconds: float


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
    | Reconnected
    | Frame
    | LanguagesSet
    | CallerSpoke
    | KeyPressed
    | CallerInterrupted
    | TokenArrived
    | SoundArrived
    | AgentBegan
    | AgentPlayed
    | AgentSpoke
    | AgentFellSilent
    | VerbRun
    | PassedOn
    | Noted
    | ExpectationFailed
    | CallEnded
)


class Observer(Protocol):
    """Sees every event just after the ledger took it in; it must return at once."""

    def happened(self, ledger: CallLedger, event: Event) -> None: ...
