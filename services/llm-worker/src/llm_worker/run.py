"""One run: an attempt at a turn, carried out. `turn.py` decides; here it is waited and written."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from llm_worker.metrics import WorkerMetrics
from llm_worker.model import Fault, Finished, Model, ModelFailed, Models, TextDelta
from llm_worker.prompt import ask
from llm_worker.runlog import RunLog
from llm_worker.turn import (
    Append,
    Ask,
    End,
    Event,
    Fired,
    ModelGaveUp,
    PromptRead,
    SlotTaken,
    Timer,
    Turn,
    Wake,
)
from trunkline.agents import Agent
from trunkline.events.call import WorkerEvent
from trunkline.events.turn import TurnRequested

# More than one turn can ask for (its chunks, and a heartbeat every 0.4 s for the longest turn), so
# that nothing is lost while a write waits for the bus.
OUTBOX = 2048


@dataclass(frozen=True, slots=True)
class Means:
    """What all runs of a worker share."""

    models: Models
    slots: asyncio.Semaphore
    metrics: WorkerMetrics


class Run:
    """Answers one request, from the prompt to the last record. `deadline` is the loop's time."""

    def __init__(
        self, request: TurnRequested, agent: Agent, log: RunLog, means: Means, deadline: float
    ) -> None:
        self._request = request
        self._agent = agent
        self._log = log
        self._means = means
        self._turn = Turn(request, agent.models, deadline)
        self._outbox: asyncio.Queue[WorkerEvent | None] = asyncio.Queue(OUTBOX)
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        self._next: Ask | None = None
        self._loop = asyncio.get_running_loop()

    async def answer(self, read: PromptRead) -> None:
        """Write the whole reply; whoever cancels this stops model and writing at once."""
        self._feed(read)
        try:
            async with asyncio.TaskGroup() as tasks:
                asking = tasks.create_task(self._ask_models(), name="model")
                while (event := await self._outbox.get()) is not None:
                    await self._log.append(event)
                asking.cancel()
        finally:
            for timer in self._timers.values():
                timer.cancel()

    def _feed(self, event: Event) -> None:
        """Run in the step in which the event came, so that no other can come between."""
        for effect in self._turn.handle(event, self._loop.time()):
            match effect:
                case Append(record):
                    self._outbox.put_nowait(record)
                case Wake(timer, at):
                    self._timers[timer] = self._loop.call_at(at, self._feed, Fired(timer))
                case Ask():
                    self._next = effect
                case End():
                    self._next = None
                    self._outbox.put_nowait(None)

    async def _ask_models(self) -> None:
        async with self._means.slots:
            self._feed(SlotTaken())
            while (asked := self._next) is not None:
                self._next = None
                try:
                    await self._listen(asked)
                except ModelFailed as failure:
                    self._means.metrics.model_failed(asked.choice.provider, failure.fault)
                    self._feed(ModelGaveUp())

    async def _listen(self, asked: Ask) -> None:
        """Feed one model's words to the turn. Raises `ModelFailed` unless it has finished."""
        model = self._means.models.get(asked.choice.provider)
        if model is None:
            raise ModelFailed(Fault.UNAVAILABLE, retryable=False)
        try:
            async with asyncio.timeout_at(asked.first_token_by) as limit:
                await self._stream(model, asked, lambda: limit.reschedule(asked.complete_by))
        except TimeoutError:
            raise ModelFailed(Fault.TOO_SLOW) from None

    async def _stream(self, model: Model, asked: Ask, on_word: Callable[[], None]) -> None:
        question = ask(self._agent, self._request, asked.choice, asked.prefix)
        async with aclosing(model.reply(question)) as deltas:
            async for delta in deltas:
                if isinstance(delta, TextDelta):
                    on_word()
                self._feed(delta)
                if isinstance(delta, Finished):
                    return
        raise ModelFailed(Fault.CUT)
