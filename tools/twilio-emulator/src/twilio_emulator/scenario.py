"""The script of a call: what the caller does in order, and what must come of it. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from twilio_emulator.outcomes import Behaviour, Callee, Queue, QueueResult

DialStatus = Literal["completed", "busy", "no-answer", "failed", "canceled"]


class _Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a script; durations carry their unit in the name."""


class Say(_Step, frozen=True):
    """Speak once the agent has answered what was said before and is silent."""

    text: str
    lang: str | None = None


class SayNow(_Step, frozen=True):
    """Speak without waiting for anything: cuts the agent off if it is speaking."""

    text: str
    lang: str | None = None


class Interrupt(_Step, frozen=True):
    """Cut the agent off at a stated moment of its reply, and then say `say`, if anything.

    The moment is the first that comes of: so many characters spoken, so many milliseconds since
    the first token, the end of a phrase spoken. With none of them it is at once when it is audible.
    """

    say: str = ""
    after_chars: int | None = None
    after_ms: float | None = None
    after_phrase: str | None = None


class Press(_Step, frozen=True):
    """Press keys, one after the other."""

    digits: str
    gap_ms: float = 100.0


class WaitForReply(_Step, frozen=True):
    """Wait until the reply is complete; with `spoken`, until it has been spoken to its end."""

    within_seconds: float | None = None
    spoken: bool = True


class Silence(_Step, frozen=True):
    """Say nothing for a while."""

    seconds: float


class HangUp(_Step, frozen=True):
    """End the call from the caller's side; with `while_saying`, in the middle of a sentence."""

    while_saying: str = ""


class DropConnection(_Step, frozen=True):
    """Lose the WebSocket with a TCP reset: a failed session, of which the caller knows nothing."""


class SendRaw(_Step, frozen=True):
    """Send a frame as it is, which Twilio itself never would."""

    frame: str


class WaitForEnd(_Step, frozen=True):
    """Wait until the agent has ended the call or passed it on."""

    within_seconds: float = 10.0


class Expect(_Step, frozen=True):
    """What must hold at this point; whatever does not is recorded, and the call goes on.

    Of the latest reply: `contains`, `lacks`, `matches` (a regular expression), `lang` and
    `first_token_within_ms`; `heard_contains` and `spoken_lang` of what the caller heard of it.

    Of the whole call: `said` is in any words of the agent, `played` in the source of a sound that
    was heard, `keys_heard` are the keys that the agent pressed; `language` is the one it speaks
    now; `turns`, `sessions` and `interrupts` are counted.

    Of what followed: `action_called` with that SessionStatus, `handoff` is part of the JSON that
    was handed over, `verbs` ran in that order (others may stand between), the call was passed on
    to `transferred_to` or as a `task` with at least these attributes, and `transfer` is what came
    of that. `ended_by`, and `ends_within_seconds` of the caller's latest words or key.
    """

    contains: str | None = None
    lacks: str | None = None
    matches: str | None = None
    heard_contains: str | None = None
    lang: str | None = None
    spoken_lang: str | None = None
    first_token_within_ms: float | None = None
    said: str | None = None
    played: str | None = None
    keys_heard: str | None = None
    language: str | None = None
    turns: int | None = None
    sessions: int | None = None
    interrupts: int | None = None
    action_called: Literal["completed", "ended", "failed"] | None = None
    handoff: dict[str, object] | None = None
    verbs: tuple[str, ...] | None = None
    transferred_to: str | None = None
    task: dict[str, object] | None = None
    transfer: DialStatus | QueueResult | None = None
    ended_by: Literal["caller", "agent", "transfer"] | None = None
    ends_within_seconds: float | None = None


Step = (
    Say
    | SayNow
    | Interrupt
    | Press
    | WaitForReply
    | Silence
    | HangUp
    | DropConnection
    | SendRaw
    | WaitForEnd
    | Expect
)


class Manner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a script is called and played; what is not set is left to the plan."""

    name: str = "call"
    speaking_cps: float | None = None
    barge_in_ms: float | None = None
    partial_gap_ms: float | None = None
    patience_seconds: float | None = None
    sounds: dict[str, float] = {}
    callees: dict[str, Callee | Behaviour] = {}
    queues: dict[str, Queue | QueueResult] = {}


class Scenario(Manner, frozen=True):
    """A named script. An end of the steps without a hang-up hangs up."""

    steps: tuple[Step, ...] = ()
