"""One run: an attempt at a turn, carried out. `turn.py` decides; here it is waited and written."""

import asyncio
import random
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import NoReturn

from llm_worker.effects import (
    Append,
    Ask,
    End,
    Event,
    Fired,
    ModelGaveUp,
    PromptRead,
    SlotTaken,
    Timer,
    ToolEnded,
    Use,
    Wake,
)
from llm_worker.ledger import MAX_USES
from llm_worker.metrics import WorkerMetrics
from llm_worker.model import CallBegun, Fault, Finished, Model, ModelFailed, Models
from llm_worker.prompt import ask
from llm_worker.runlog import Outlived, RunLog
from llm_worker.tools import ToolContext
from llm_worker.turn import Turn
from llm_worker.workbench import Job, Tools, Workbench
from trunkline.agents import Agent
from trunkline.events.call import WorkerEvent
from trunkline.events.turn import TurnRequested

# More than one turn can ask for (its chunks, its tools, and a heartbeat every 0.4 s for the longest
# turn), so that nothing is lost while a write waits for the bus.
OUTBOX = 2048

# From sending an intent to the use of its tool. After that the world may have moved on.
INTENT_SECONDS = 0.5
# From the record before the intent to the use of its tool. After 1 s without a sign of life the
# gateway asks another worker, who must find the intent in the log.
SILENT_SECONDS = 0.9


@dataclass(frozen=True, slots=True)
class Means:
    """What all runs of a worker share."""

    models: Models
    tools: Tools
    slots: asyncio.Semaphore
    metrics: WorkerMetrics
    jitter: Callable[[], float] = random.random


class Run:
    """Answers one request, from the prompt to the last record. `deadline` is the loop's time."""

    def __init__(
        self,
        request: TurnRequested,
        agent: Agent,
        log: RunLog,
        means: Means,
        workbench: Workbench,
        deadline: float,
    ) -> None:
        self._request = request
        self._agent = agent
        self._log = log
        self._means = means
        self._workbench = workbench
        self._turn = Turn(request, agent, deadline)
        self._outbox: asyncio.Queue[WorkerEvent | Use | None] = asyncio.Queue(OUTBOX)
        self._questions: asyncio.Queue[Ask] = asyncio.Queue(1)  # the turn asks one at a time
        self._ended: asyncio.Queue[ToolEnded] = asyncio.Queue(MAX_USES)
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        self._loop = asyncio.get_running_loop()
        self._sent_at = self._loop.time()
        self._is_outlived = False

    async def answer(self, read: PromptRead) -> None:
        """Write the whole reply; whoever cancels this stops model and writing at once.

        A tool that has begun goes on all the same: it belongs to the workbench.
        """
        self._feed(read)
        try:
            async with asyncio.TaskGroup() as tasks:
                sources = [
                    tasks.create_task(self._ask_models(), name="model"),
                    tasks.create_task(self._hear_tools(), name="tools"),
                ]
                while (item := await self._outbox.get()) is not None:
                    await self._write(item)
                for source in sources:
                    source.cancel()
        finally:
            for timer in self._timers.values():
                timer.cancel()

    def _feed(self, event: Event) -> None:
        """Run in the step in which the event came, so that no other can come between."""
        for effect in self._turn.handle(event, self._loop.time()):
            match effect:
                case Append(record):
                    self._outbox.put_nowait(record)
                case Use():
                    self._outbox.put_nowait(effect)
                case Wake(timer, at):
                    self._timers[timer] = self._loop.call_at(at, self._feed, Fired(timer))
                case Ask():
                    self._questions.put_nowait(effect)
                case End():
                    self._outbox.put_nowait(None)

    async def _write(self, item: WorkerEvent | Use) -> None:
        silent_since, self._sent_at = self._sent_at, self._loop.time()
        self._is_outlived |= self._sent_at - silent_since > SILENT_SECONDS
        if isinstance(item, Use):
            await self._use(item, silent_since + SILENT_SECONDS)
        else:
            await self._log.append(item)

    async def _use(self, use: Use, begin_by: float) -> None:
        """Write the intent; only what the bus has confirmed, and in time, is carried out.

        Raises `Outlived` instead where another run may have begun the very same use: whatever was
        written about it then would be taken for the truth about the other's.
        """
        if self._is_outlived:
            raise Outlived
        job = self._job(use, min(begin_by, self._sent_at + INTENT_SECONDS))
        is_written = False
        try:
            await self._log.append(use.intent)
            is_written = True
        finally:
            if not is_written:  # cancelled or not confirmed: it may be in the log all the same
                self._workbench.leave(job)
        self._workbench.begin(job, self._ended.put_nowait)

    def _job(self, use: Use, begin_by: float) -> Job:
        ref = self._request.ref
        context = ToolContext(
            use_id=use.intent.use_id,
            call_sid=ref.call_sid,
            tenant_id=ref.tenant_id,
            variables={**self._agent.variables, **self._request.variables},
            language=use.language,
        )
        log = self._log.of_use(context.use_id)
        return Job(use.intent, use.tool, use.arguments, context, log, begin_by)

    async def _hear_tools(self) -> NoReturn:
        while True:
            self._feed(await self._ended.get())

    async def _ask_models(self) -> None:
        async with self._means.slots:
            self._feed(SlotTaken())
            while True:
                asked = await self._questions.get()
                try:
                    await self._listen(asked)
                except ModelFailed as failure:
                    self._means.metrics.model_failed(asked.choice.provider, failure.fault)
                    self._feed(self._gave_up(failure))

    def _gave_up(self, failure: ModelFailed) -> ModelGaveUp:
        jitter = self._means.jitter()
        return ModelGaveUp(failure.fault, failure.retryable, failure.retry_after, jitter)

    async def _listen(self, asked: Ask) -> None:
        """Feed one model's words to the turn. Raises `ModelFailed` unless it has finished."""
        model = self._means.models.get(asked.choice.provider)
        if model is None:
            raise ModelFailed(Fault.UNAVAILABLE, retryable=False)
        try:
            async with asyncio.timeout_at(asked.first_token_by) as limit:
                finished = await self._stream(
                    model, asked, lambda: limit.reschedule(asked.complete_by)
                )
        except TimeoutError:
            raise ModelFailed(Fault.TOO_SLOW) from None
        self._feed(finished)  # the stream is closed: nothing of it can come any more

    async def _stream(self, model: Model, asked: Ask, on_sign: Callable[[], None]) -> Finished:
        question = ask(
            self._agent, self._request, asked.choice, asked.prefix, asked.rounds, asked.may_call
        )
        async with aclosing(model.reply(question)) as deltas:
            async for delta in deltas:
                if isinstance(delta, Finished):
                    return delta
                on_sign()
                if not isinstance(delta, CallBegun):
                    self._feed(delta)
        raise ModelFailed(Fault.CUT)
