"""What can happen to a call, and what the session wants done: the vocabulary of `session.py`."""

from dataclasses import dataclass
from enum import Enum

from trunkline.events.call import CallRecord
from trunkline.events.lifecycle import Lifecycle
from trunkline.events.turn import CallOpened, TurnCancelled, TurnFinished, TurnRequested


class Timer(Enum):
    """The session's timers; starting one again moves it."""

    WATCHDOG = "watchdog"
    """The worker has been silent for too long."""
    TURN = "turn"
    """The turn has taken as long as it may."""
    SPEECH = "speech"
    """A sentence should have been spoken by now."""
    SILENCE = "silence"
    """Nobody has said anything for long."""
    CALL = "call"
    """The call has lasted as long as it may."""
    GOODBYE = "goodbye"
    """The goodbye has been spoken, whatever Twilio reports."""
    FILLER = "filler"
    """The caller has waited long for words."""
    KEYS = "keys"
    """No further key was pressed in time."""
    OPENING = "opening"
    """The other side, let speak first, says nothing."""
    WARNING = "warning"
    """The call may not last much longer."""
    ANNOUNCE = "announce"
    """What the bus would not take is to be announced again."""


# Events


@dataclass(frozen=True, slots=True)
class Prompted:
    """The caller said something; not `last` while it may still change."""

    text: str
    language: str = ""
    last: bool = True


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The caller cut the agent short, having heard this much of the current utterance."""

    heard: str


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class AgentSpeaking:
    """The agent's voice has begun or fallen silent."""

    on: bool


@dataclass(frozen=True, slots=True)
class CallerSpeaking:
    """The caller's voice has begun or fallen silent."""

    on: bool


@dataclass(frozen=True, slots=True)
class TokensPlayed:
    """These words have just been spoken to the caller."""

    text: str


@dataclass(frozen=True, slots=True)
class SocketClosed:
    """Twilio's socket has ended, with this WebSocket close code."""

    code: int


@dataclass(frozen=True, slots=True)
class WorkerWrote:
    """A worker's record was read from the call's log."""

    record: CallRecord


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A newer attachment has the call."""


@dataclass(frozen=True, slots=True)
class Appended:
    """The log has our record number `n`, or it is known that it will not (`failed`)."""

    n: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The bus has the prompt of this attempt, or it is known that it will not (`failed`)."""

    turn: int
    attempt: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Announced:
    """The books have the wish that was announced, or may not have it (`failed`)."""

    failed: bool = False


@dataclass(frozen=True, slots=True)
class MachineFound:
    """Twilio has judged who or what has answered: its AnsweredBy, also when it is a human."""

    answered_by: str


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer has run out."""

    timer: Timer


Event = (
    Prompted
    | Interrupted
    | KeyPressed
    | AgentSpeaking
    | CallerSpeaking
    | TokensPlayed
    | SocketClosed
    | WorkerWrote
    | TakenOver
    | Appended
    | Asked
    | Announced
    | MachineFound
    | TimerFired
)

# Effects


@dataclass(frozen=True, slots=True)
class Append:
    """Write a record to the call's log; `Appended` follows."""

    record: CallRecord


@dataclass(frozen=True, slots=True)
class AskWorker:
    """Publish a prompt to this partition; `Asked` follows."""

    request: TurnRequested
    partition: int


@dataclass(frozen=True, slots=True)
class CancelTurn:
    """Publish that a reply is no longer wanted."""

    cancelled: TurnCancelled


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Publish that a call has begun to the partition its prompts will go to."""

    opened: CallOpened
    partition: int


@dataclass(frozen=True, slots=True)
class Announce:
    """Publish what becomes of the call, for those who keep the books.

    `Announced` follows where it is a wish: the person waits for that.
    """

    event: Lifecycle


@dataclass(frozen=True, slots=True)
class TellTurn:
    """Publish a turn that is over, for those who keep the books."""

    turn: TurnFinished


@dataclass(frozen=True, slots=True)
class SendText:
    """Send words to Twilio; `last` closes the agent's utterance. `seq` counts the turn's frames.

    `language` is that of the words, where it has to be said. Words sent later replace those that
    are `preemptible` and not yet spoken, and the caller may cut off those that are `interruptible`;
    none: as the TwiML says.
    """

    turn: int
    seq: int
    token: str
    last: bool = False
    language: str = ""
    preemptible: bool | None = None
    interruptible: bool | None = None


@dataclass(frozen=True, slots=True)
class SendLanguage:
    """Let Twilio speak and understand another language from here on."""

    language: str


@dataclass(frozen=True, slots=True)
class StartSound:
    """Let Twilio play an audio file once what was said before has been spoken, so often.

    As with words, later ones may replace it and the caller may cut it off.
    """

    url: str
    loop: int = 1
    preemptible: bool | None = None
    interruptible: bool | None = None


@dataclass(frozen=True, slots=True)
class PressDigits:
    """Let Twilio press keys towards the other side."""

    digits: str


@dataclass(frozen=True, slots=True)
class DropUnsent:
    """Throw away all words that were not yet written to the socket."""


@dataclass(frozen=True, slots=True)
class SendEnd:
    """Tell Twilio that the session is over, and the action URL what is to become of the call."""

    handoff: str = ""


@dataclass(frozen=True, slots=True)
class CloseSocket:
    """Close the socket at once, with this WebSocket close code."""

    code: int


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Start a timer, or move it."""

    timer: Timer
    seconds: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Stop a timer if it runs."""

    timer: Timer


FrameEffect = SendText | SendLanguage | StartSound | PressDigits | SendEnd | CloseSocket
"""What goes to Twilio's socket, in its order."""

Effect = (
    Append
    | AskWorker
    | CancelTurn
    | WarmUp
    | Announce
    | TellTurn
    | SendText
    | SendLanguage
    | StartSound
    | PressDigits
    | DropUnsent
    | SendEnd
    | CloseSocket
    | StartTimer
    | StopTimer
)
