"""One attempt at one turn: what happened goes in, what is to be done comes out; pure.

    PromptRead -> SlotTaken -> TextDelta, CallDelta ... -> Finished
                      ^  ^             |                      |
                      |  |             '- ModelGaveUp         '- tools were asked for:
                      |  |                (the next model,       ToolEnded ... (the same
                      |  '-----------------or one again)          model is asked again)
                      '------------------------------------------'

Times are seconds of any steady clock, given with each event.
"""

from collections.abc import Sequence

from llm_worker.continuation import Continuation
from llm_worker.effects import (
    Append,
    Ask,
    Effect,
    End,
    Event,
    Fired,
    ModelGaveUp,
    PromptRead,
    SlotTaken,
    Timer,
    ToolEnded,
    Wake,
)
from llm_worker.model import CallDelta, Finished, TextDelta
from llm_worker.rounds import MAX_CALLS_READ, Rounds
from llm_worker.sentences import Grouper
from llm_worker.stopwatch import Stopwatch, add_usage
from llm_worker.succession import Succession
from trunkline.agents import Agent, ModelChoice
from trunkline.events.call import (
    FailureReason,
    Heartbeat,
    ReplyChunk,
    ReplyFailed,
    ReplyFinished,
    TurnStarted,
    Usage,
    WorkerEvent,
)
from trunkline.events.turn import TurnRequested

HEARTBEAT_SECONDS = 0.4  # the gateway believes a worker dead after 1 s of silence
GROUP_SECONDS = 0.06  # a word that waits this long is not missed: speech is slower than text
MAX_CHUNKS = 1000  # 40 s, the longest turn, at one every 60 ms is 667
MAX_CHARACTERS = 8000  # some nine minutes of speech; a model that says more has run away


class Turn:
    """The state of one attempt. `deadline` is when nobody waits for the reply any more."""

    def __init__(self, request: TurnRequested, agent: Agent, deadline: float) -> None:
        self._request = request
        self._turn = request.ref.turn
        self._attempt = request.ref.attempt
        self._models = Succession(agent.models, deadline)
        self._most_rounds = agent.limits.tool_rounds
        self._deadline = deadline
        self._rounds = Rounds(request, agent)
        self._calls: list[CallDelta] = []
        self._said = request.spoken_prefix  # in this turn
        self._answer = request.spoken_prefix  # in the answer at hand; the model goes on after it
        self._continuation = Continuation(self._answer)
        self._grouper = Grouper()
        self._chunks = 0
        self._characters = 0
        self._grouping = False
        self._ended = False
        self._usage = Usage()
        self._watch = Stopwatch()
        self._now = self._written_at = 0.0

    def handle(self, event: Event, now: float) -> list[Effect]:
        """Take what happened at `now`; return what is to be done, in order."""
        self._now = now
        return [] if self._ended else self._decide(event)

    def _decide(self, event: Event) -> list[Effect]:
        match event:
            case PromptRead(worker, partition):
                return self._start(worker, partition)
            case SlotTaken():
                return self._begin()
            case ModelGaveUp():
                self._models.give_up(event, self._now)
                return self._ask_next()
            case TextDelta(text):
                return self._say(self._continuation.add(text))
            case CallDelta():
                self._calls = [*self._calls, event][:MAX_CALLS_READ]
                return []
            case Finished(usage):
                return self._finish(usage)
            case ToolEnded():
                self._rounds.settle(event)
                return self._go_on()
            case Fired(timer):
                return self._wake(timer)

    def _wake(self, timer: Timer) -> list[Effect]:
        match timer:
            case Timer.GROUP:
                self._grouping = False
                return self._give(self._grouper.words()) + self._group()
            case Timer.ASK:
                return self._go_on()
            case Timer.HEARTBEAT:
                return self._beat()
            case Timer.DEADLINE:
                return self._expire()

    def _start(self, worker: str, partition: int) -> list[Effect]:
        self._watch.read_at = self._now
        return [
            self._append(TurnStarted(self._turn, self._attempt, worker, partition)),
            Wake(Timer.HEARTBEAT, self._now + HEARTBEAT_SECONDS),
            Wake(Timer.DEADLINE, self._deadline),
        ]

    def _begin(self) -> list[Effect]:
        """Use the tools that the caller's keys are meant for, then ask the first model."""
        self._watch.asked_at = self._now
        calls = self._rounds.unanswered(self._request.calls)
        return self._open_round("", calls, "") if calls else self._ask_next()

    def _ask_next(self) -> list[Effect]:
        """Let the next model go on where the one before has stopped; keep what tools answered."""
        said = self._give(self._grouper.rest())
        self._calls = []
        if (candidate := self._models.next(self._now)) is None:
            return [*said, *self._fail(FailureReason.MODELS_FAILED)]
        if candidate.at > self._now:
            return [*said, Wake(Timer.ASK, candidate.at)]
        return [*said, self._ask(candidate.choice)]

    def _ask(self, choice: ModelChoice) -> Ask:
        self._continuation = Continuation(self._answer)
        return Ask(
            choice=choice,
            prefix=self._answer,
            first_token_by=min(self._now + choice.first_token_seconds, self._deadline),
            complete_by=self._deadline,
            rounds=self._rounds.done,
            may_call=self._may_call,
        )

    @property
    def _may_call(self) -> bool:
        return self._rounds.asked < self._most_rounds

    def _say(self, text: str) -> list[Effect]:
        if not self._answer and not self._grouper.holding:
            text = self._spaced(text)
        room = MAX_CHARACTERS - self._characters
        self._characters += len(text)
        if text.strip():
            self._watch.speak(self._now)
        effects = self._give(self._grouper.add(text[:room])) + self._group()
        if self._characters >= MAX_CHARACTERS or self._chunks >= MAX_CHUNKS:
            return effects + self._complete()
        return effects

    def _spaced(self, text: str) -> str:
        """The beginning of an answer, apart from what an earlier answer of this turn has said."""
        if not self._said:
            return text
        text = text.lstrip()
        return f" {text}" if text and not self._said[-1].isspace() else text

    def _give(self, text: str) -> list[Effect]:
        if not text:
            return []
        chunk = ReplyChunk(self._turn, self._attempt, self._chunks, text)
        self._chunks += 1
        self._said += text
        self._answer += text
        return [self._append(chunk)]

    def _group(self) -> list[Effect]:
        if not self._grouper.holding or self._grouping:
            return []
        self._grouping = True
        return [Wake(Timer.GROUP, self._now + GROUP_SECONDS)]

    def _finish(self, usage: Usage) -> list[Effect]:
        self._usage = add_usage(self._usage, usage)
        said = self._say(self._continuation.end())
        if self._ended:
            return said
        if self._calls and self._may_call:
            said += self._give(self._grouper.rest())
            return said + self._open_round(self._take_answer(), self._calls, self._models.name)
        if self._is_nothing():
            return said + self._ask_next()
        return said + self._complete()

    def _is_nothing(self) -> bool:
        """An empty reply is none, unless all was said or done before."""
        if self._answer.strip() or self._grouper.holding or self._rounds.may_be_silent:
            return False
        return self._models.has_fresh or not self._said.strip()

    def _take_answer(self) -> str:
        words, self._answer = self._answer, ""
        self._grouper = Grouper()  # the first word after a round does not wait either
        return words

    def _open_round(self, words: str, calls: Sequence[CallDelta], model: str) -> list[Effect]:
        self._watch.wait(self._now)
        effects: list[Effect] = [*self._rounds.open(words, calls, model)]
        self._calls = []
        if effects:
            self._written_at = self._now
        return effects + self._go_on()

    def _go_on(self) -> list[Effect]:
        """After a round, ask the same model again, unless there is nothing more to say."""
        if self._rounds.is_waiting:
            return []
        self._watch.wait_no_more(self._now)
        if self._rounds.is_ending:
            return self._complete()
        choice = self._models.current
        return self._ask_next() if choice is None else [self._ask(choice)]

    def _complete(self) -> list[Effect]:
        said = self._give(self._grouper.rest())
        self._ended = True
        timings = self._watch.timings(self._now)
        done = ReplyFinished(self._turn, self._attempt, self._chunks, self._usage, timings)
        return [*said, self._append(done), End()]

    def _beat(self) -> list[Effect]:
        due = self._written_at + HEARTBEAT_SECONDS
        if self._now < due:
            return [Wake(Timer.HEARTBEAT, due)]
        beat = self._append(Heartbeat(self._turn, self._attempt))
        return [beat, Wake(Timer.HEARTBEAT, self._now + HEARTBEAT_SECONDS)]

    def _expire(self) -> list[Effect]:
        asked = self._watch.asked_at is not None
        return self._fail(FailureReason.MODELS_FAILED if asked else FailureReason.EXPIRED)

    def _fail(self, reason: FailureReason) -> list[Effect]:
        self._ended = True
        return [self._append(ReplyFailed(self._turn, self._attempt, reason)), End()]

    def _append(self, event: WorkerEvent) -> Append:
        self._written_at = self._now
        return Append(event)
