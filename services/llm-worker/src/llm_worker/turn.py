"""One attempt at one turn: what happened goes in, what is to be done comes out; pure.

    PromptRead -> SlotTaken -> TextDelta ... -> Finished
                      ^             |
                      '- ModelGaveUp (the next model goes on where this one stopped)

Times are seconds of any steady clock, given with each event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from llm_worker.continuation import Continuation
from llm_worker.model import Finished, TextDelta
from llm_worker.sentences import Grouper
from trunkline.agents import ModelChoice
from trunkline.events.call import (
    FailureReason,
    Heartbeat,
    ReplyChunk,
    ReplyFailed,
    ReplyFinished,
    Timings,
    TurnStarted,
    Usage,
    WorkerEvent,
)
from trunkline.events.turn import TurnRequested

HEARTBEAT_SECONDS = 0.4  # the gateway believes a worker dead after 1 s of silence
GROUP_SECONDS = 0.06  # a word that waits this long is not missed: speech is slower than text
MAX_CHUNKS = 1000  # 40 s, the longest turn, at one every 60 ms is 667
MAX_CHARACTERS = 8000  # some nine minutes of speech; a model that says more has run away


class Timer(Enum):
    """What a turn wants to be woken up for."""

    HEARTBEAT = "heartbeat"
    GROUP = "group"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True)
class PromptRead:
    """The worker has read the prompt; there may be no slot for it yet."""

    worker: str
    partition: int


@dataclass(frozen=True, slots=True)
class SlotTaken:
    """A model may be asked now."""


@dataclass(frozen=True, slots=True)
class ModelGaveUp:
    """The model that was asked has failed, or its time for the first word has passed."""


@dataclass(frozen=True, slots=True)
class Fired:
    """A timer has come to its time."""

    timer: Timer


Event = PromptRead | SlotTaken | TextDelta | Finished | ModelGaveUp | Fired


@dataclass(frozen=True, slots=True)
class Append:
    """Write a record to the call's log."""

    event: WorkerEvent


@dataclass(frozen=True, slots=True)
class Wake:
    """Let the timer fire at this time, and no more at another."""

    timer: Timer
    at: float


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask this model to reply, or to go on after `prefix`; the model asked before is left."""

    choice: ModelChoice
    prefix: str
    first_token_by: float
    complete_by: float


@dataclass(frozen=True, slots=True)
class End:
    """The attempt is over: nothing will be written after what was asked for so far."""


Effect = Append | Wake | Ask | End


class Turn:
    """The state of one attempt. `deadline` is when nobody waits for the reply any more."""

    def __init__(
        self, request: TurnRequested, models: Sequence[ModelChoice], deadline: float
    ) -> None:
        self._turn = request.ref.turn
        self._attempt = request.ref.attempt
        self._models = list(models)
        self._deadline = deadline
        self._given = request.spoken_prefix
        self._continuation = Continuation(self._given)
        self._grouper = Grouper()
        self._chunks = 0
        self._characters = 0
        self._grouping = False
        self._ended = False
        self._now = self._read_at = self._written_at = 0.0
        self._asked_at: float | None = None
        self._first_token_at: float | None = None

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take what happened at `now`; return what is to be done, in order."""
        self._now = now
        return [] if self._ended else self._decide(event)

    def _decide(self, event: Event) -> list[Effect]:
        match event:
            case PromptRead(worker, partition):
                return self._start(worker, partition)
            case SlotTaken() | ModelGaveUp():
                return self._ask_next()
            case TextDelta(text):
                return self._say(self._continuation.add(text))
            case Finished(usage):
                return self._finish(usage)
            case Fired(timer):
                return self._wake(timer)

    def _wake(self, timer: Timer) -> list[Effect]:
        match timer:
            case Timer.GROUP:
                self._grouping = False
                return self._give(self._grouper.words()) + self._group()
            case Timer.HEARTBEAT:
                return self._beat()
            case Timer.DEADLINE:
                return self._expire()

    def _start(self, worker: str, partition: int) -> list[Effect]:
        self._read_at = self._now
        return [
            self._append(TurnStarted(self._turn, self._attempt, worker, partition)),
            Wake(Timer.HEARTBEAT, self._now + HEARTBEAT_SECONDS),
            Wake(Timer.DEADLINE, self._deadline),
        ]

    def _ask_next(self) -> list[Effect]:
        said = self._give(self._grouper.rest())
        if not self._models:
            return [*said, *self._fail(FailureReason.MODELS_FAILED)]
        if self._asked_at is None:
            self._asked_at = self._now
        choice = self._models.pop(0)
        self._continuation = Continuation(self._given)
        first_token_by = min(self._now + choice.first_token_seconds, self._deadline)
        return [*said, Ask(choice, self._given, first_token_by, self._deadline)]

    def _say(self, text: str) -> list[Effect]:
        room = MAX_CHARACTERS - self._characters
        self._characters += len(text)
        if text.strip() and self._first_token_at is None:
            self._first_token_at = self._now
        effects = self._give(self._grouper.add(text[:room])) + self._group()
        if self._characters >= MAX_CHARACTERS or self._chunks >= MAX_CHUNKS:
            return effects + self._complete(Usage())
        return effects

    def _give(self, text: str) -> list[Effect]:
        if not text:
            return []
        chunk = ReplyChunk(self._turn, self._attempt, self._chunks, text)
        self._chunks += 1
        self._given += text
        return [self._append(chunk)]

    def _group(self) -> list[Effect]:
        if not self._grouper.holding or self._grouping:
            return []
        self._grouping = True
        return [Wake(Timer.GROUP, self._now + GROUP_SECONDS)]

    def _finish(self, usage: Usage) -> list[Effect]:
        said = self._say(self._continuation.end())
        if self._ended:
            return said
        if not self._given.strip() and not self._grouper.holding:
            return self._ask_next()  # an empty reply is none
        return said + self._complete(usage)

    def _complete(self, usage: Usage) -> list[Effect]:
        said = self._give(self._grouper.rest())
        self._ended = True
        timings = Timings(
            queued_ms=self._since_read(self._asked_at),
            first_token_ms=self._since_read(self._first_token_at),
            total_ms=self._since_read(self._now),
        )
        done = ReplyFinished(self._turn, self._attempt, self._chunks, usage, timings)
        return [*said, self._append(done), End()]

    def _beat(self) -> list[Effect]:
        due = self._written_at + HEARTBEAT_SECONDS
        if self._now < due:
            return [Wake(Timer.HEARTBEAT, due)]
        beat = self._append(Heartbeat(self._turn, self._attempt))
        return [beat, Wake(Timer.HEARTBEAT, self._now + HEARTBEAT_SECONDS)]

    def _expire(self) -> list[Effect]:
        asked = self._asked_at is not None
        return self._fail(FailureReason.MODELS_FAILED if asked else FailureReason.EXPIRED)

    def _fail(self, reason: FailureReason) -> list[Effect]:
        self._ended = True
        return [self._append(ReplyFailed(self._turn, self._attempt, reason)), End()]

    def _append(self, event: WorkerEvent) -> Append:
        self._written_at = self._now
        return Append(event)

    def _since_read(self, moment: float | None) -> int:
        return 0 if moment is None else round((moment - self._read_at) * 1000)
