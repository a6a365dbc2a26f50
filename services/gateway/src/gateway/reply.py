"""The reply to the open turn: asked for, taken from the first run that answers, asked for again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.effects import StartTimer, StopTimer, Timer
from gateway.fence import Fence
from gateway.scribe import Scribe
from trunkline.agents import Agent
from trunkline.events.call import (
    ActionRequested,
    AttemptOpened,
    CallRecord,
    FailureReason,
    ReplyChunk,
    ReplyFailed,
    ReplyFinished,
    ToolIntended,
    ToolReturned,
    TurnStarted,
)
from trunkline.events.turn import ToolCall

START_SECONDS = 0.6  # from the prompt's acknowledgement to a worker's first sign of life
LIFE_SECONDS = 1.0  # between two signs of life; workers give one every 0.4 s
MAX_STARTED = 2  # a prompt that kills its worker may kill a second one, never a third
MAX_ATTEMPTS = 40  # of one turn, those that nobody started included
OVERLOAD_SECONDS = 0.2  # more before each further attempt after a refusal
REFUSED_SECONDS = 0.2  # a bus that refuses at once would otherwise be asked without a pause


@dataclass(frozen=True, slots=True)
class GivenUp:
    """There will be no (further) reply."""


News = ReplyChunk | ReplyFinished | ActionRequested | ToolIntended | GivenUp
"""What the session has to act on, in this order; nothing of it is stale."""


class Reply:
    """Decides about the workers' side of a turn; what it means to the call, the session does."""

    def __init__(self, scribe: Scribe, agent: Agent) -> None:
        self.is_awaited = False
        """Whether a reply is wanted, or more of it."""
        self.language = ""
        """The language it is wanted in."""
        self._scribe = scribe
        self._agent = agent
        self._fence = Fence(scribe.me)
        self._calls: tuple[ToolCall, ...] = ()
        self._ends_at = 0.0
        self._starts = 0
        self._attempts = 0
        self._is_started = False

    def open_turn(self, question: int, language: str) -> None:
        """The caller has asked, in our record of this number."""
        self._fence.open_turn(question)
        self.language = language
        self._calls = ()
        self._starts = self._attempts = 0

    def ask(self, calls: Sequence[ToolCall] = ()) -> None:
        """Ask for the reply, after these tools have been used."""
        seconds = self._agent.limits.turn_seconds
        self._ends_at = self._scribe.at + seconds
        self._calls = tuple(calls)
        self._scribe.do(StartTimer(Timer.TURN, seconds))
        self._ask()

    def ask_on(self, calls: Sequence[ToolCall] = ()) -> None:
        """Ask for more, after what has been said of the turn, by whoever said it."""
        if self.is_awaited:
            self.stop()
        turn = self._scribe.turn
        self._fence.ask_again()
        through = turn.said if self._attempts == 0 else len(turn.text)
        self._scribe.append(AttemptOpened(turn.number, turn.attempt + 1, through))
        self.ask(calls or self._calls)

    def stop(self) -> None:
        """Nobody waits for it any more."""
        self.is_awaited = False
        self._fence.drop()
        self._scribe.do(StopTimer(Timer.WATCHDOG))
        self._scribe.do(StopTimer(Timer.FILLER))
        self._scribe.do(self._scribe.me.cancel(self._scribe.turn))

    def end(self) -> None:
        """It is complete, or given up: there is nothing to cancel."""
        self.is_awaited = False
        for timer in (Timer.WATCHDOG, Timer.TURN, Timer.FILLER):
            self._scribe.do(StopTimer(timer))

    # What the bus says

    def asked(self, number: int, attempt: int, failed: bool) -> Iterator[News]:
        """The bus has answered for the prompt of this attempt."""
        turn = self._scribe.turn
        if not self.is_awaited or (number, attempt) != (turn.number, turn.attempt):
            return  # of a turn that nobody waits for any more
        self._fence.is_asked = True
        if failed:  # and answered by the bus: that it will not have this one
            self._watch(REFUSED_SECONDS)
        else:
            self._watch(START_SECONDS)
            yield from self._release()

    def appended(self, n: int, failed: bool) -> Iterator[News]:
        """The bus has answered for our record of this number."""
        self._scribe.settle(n)
        if not failed:
            self._fence.settle(n)
            yield from self._release()

    def read(self, record: CallRecord) -> Iterator[News]:
        """A worker's record was read from the log."""
        if isinstance(record.event, ToolIntended | ToolReturned):
            self._scribe.story.apply(record)  # whoever wrote it, and whatever was asked since
        if self._wants(record) and not self._fence.holds(record):
            yield from self._answer(record)

    def watchdog_fired(self) -> Iterator[News]:
        """Without an answer from the bus it is the bus that is slow, not the worker."""
        if not self._scribe.is_settled or not self._fence.is_asked:
            self._watch(START_SECONDS)
        else:
            yield from self._again()

    # The worker

    def _release(self) -> Iterator[News]:
        for record in self._fence.release():
            if self._wants(record):
                yield from self._answer(record)

    def _wants(self, record: CallRecord) -> bool:
        return self.is_awaited and self._fence.wants(record, self._scribe.turn)

    def _answer(self, record: CallRecord) -> Iterator[News]:
        turn, story = self._scribe.turn, self._scribe.story
        self._watch(LIFE_SECONDS)
        match record.event:
            case TurnStarted():
                story.apply(record)
                self._starts += not self._is_started
                self._is_started = True
            case ReplyChunk(seq=seq) as chunk if seq == turn.chunks:
                story.apply(record)
                yield chunk
            case ReplyChunk(seq=seq) if seq > turn.chunks:
                yield from self._again()  # words are missing before these
            case ReplyFinished(chunks=chunks) if chunks > turn.chunks:
                yield from self._again()
            case ReplyFinished() | ActionRequested() as news:
                story.apply(record)
                yield news
            case ToolIntended() as intended:
                yield intended
            case ReplyFailed(reason=FailureReason.OVERLOADED) if turn.attempt:
                self._watch(OVERLOAD_SECONDS * turn.attempt)
            case ReplyFailed(reason=FailureReason.OVERLOADED):
                yield from self._again()
            case ReplyFailed():
                yield GivenUp()

    def _again(self) -> Iterator[News]:
        """Ask another worker to go on where this one fell silent."""
        self.stop()
        turn = self._scribe.turn
        if turn.act is not None:
            yield ReplyFinished(turn.number, turn.attempt, turn.chunks)  # nothing more was to come
        elif self._starts >= MAX_STARTED or self._attempts >= MAX_ATTEMPTS:
            yield GivenUp()
        else:
            self._scribe.append(AttemptOpened(turn.number, turn.attempt + 1, len(turn.text)))
            self._fence.ask_again()
            self._ask()

    def _ask(self) -> None:
        self.is_awaited, self._is_started = True, False
        self._attempts += 1
        scribe, me = self._scribe, self._scribe.me
        scribe.do(me.ask(self._agent, scribe.story, self.language, self._ends_at, self._calls))

    def _watch(self, seconds: float) -> None:
        self._scribe.do(StartTimer(Timer.WATCHDOG, seconds))
