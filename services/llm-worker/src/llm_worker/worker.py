"""The worker: a prompt becomes a run, a cancel ends it, a stop lets those in hand finish."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from llm_worker.cancels import Cancels, cancels
from llm_worker.effects import PromptRead
from llm_worker.metrics import Outcome
from llm_worker.run import Means, Run
from llm_worker.runlog import Outlived, RunLog, TooLate
from llm_worker.stoppable import Stoppable, Stopped
from llm_worker.workbench import Workbench
from trunkline.agents import Agent
from trunkline.agents.catalog import Agents
from trunkline.bus import Bus, Reader, Record, Start
from trunkline.bus.consume import read_at_most_once
from trunkline.errors import Invalid, PublishFailed, Transient
from trunkline.events.call import FailureReason, ReplyFailed
from trunkline.events.topics import INTERRUPTS, PROMPTS
from trunkline.events.turn import CallOpened, TurnRef, TurnRequested
from trunkline.events.wire import decode_interrupt, decode_prompt
from trunkline.logs import get_logger
from trunkline.skew import ALLOWED_SECONDS

GROUP = "llm-workers"
MAX_ERRANDS = 1000  # refusals and warm-ups waiting for the bus; one more is left to the watchdog

logger = get_logger()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who writes. `clock` is Unix time in seconds; `new_run` names a run as nothing else is."""

    worker: str
    clock: Callable[[], float]
    new_run: Callable[[], str]


class Worker:
    """Reads prompts and cancels, and owns the turns that come of them.

    `max_turns` is how many turns are in hand at the most, running or waiting for a slot; further
    ones are refused, so that the gateway can ask another worker at once.
    """

    def __init__(
        self, bus: Bus, agents: Agents, means: Means, identity: Identity, max_turns: int
    ) -> None:
        self._bus = bus
        self._agents = agents
        self._means = means
        self._identity = identity
        self._max_turns = max_turns
        self._cancels = Cancels()
        self._turns: dict[TurnRef, asyncio.Task[None]] = {}
        self._errands: set[asyncio.Task[None]] = set()
        self._prompts: Stoppable | None = None
        self._tasks = asyncio.TaskGroup()
        self._workbench = Workbench(self._tasks, means.tools, means.metrics)
        self._loop = asyncio.get_running_loop()
        means.metrics.watch_turns(lambda: len(self._turns))

    def ready(self) -> dict[str, bool]:
        """Whether prompts reach this worker."""
        return {"partitions": self._prompts is not None and bool(self._prompts.assignment())}

    async def run(self, stop: asyncio.Event, drain_seconds: float) -> None:
        """Work until `stop` is set; then leave the group and let the turns in hand finish."""
        async with self._tasks as tasks, self._bus.read(INTERRUPTS.name, Start.END) as interrupts:
            cancelling = tasks.create_task(self._read_cancels(interrupts), name="cancels")
            async with self._bus.join(GROUP, [PROMPTS.name], start=Start.END) as member:
                self._prompts = Stoppable(member)
                reading = tasks.create_task(self._read_prompts(self._prompts), name="prompts")
                await stop.wait()
                self._prompts.stop()
                await asyncio.wait([reading])
            await self._drain(drain_seconds)
            cancelling.cancel()

    async def _read_prompts(self, prompts: Stoppable) -> None:
        with suppress(Stopped):
            await read_at_most_once(prompts, self._take)

    async def _read_cancels(self, interrupts: Reader) -> NoReturn:
        while True:
            for record in await interrupts.fetch():
                self._cancel(record)

    async def _drain(self, seconds: float) -> None:
        """Wait for the turns, and for the tools that they begin meanwhile."""
        if self._in_hand():
            logger.info("worker_draining", turns=len(self._turns))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while in_hand := self._in_hand():
                    await asyncio.wait(in_hand)
        for task in self._in_hand():
            task.cancel()

    def _in_hand(self) -> set[asyncio.Task[None]]:
        return {*self._turns.values(), *self._errands, *self._workbench.at_work}

    def _take(self, record: Record) -> None:
        """Begin what a prompt asks for, without waiting: behind it another caller waits."""
        try:
            prompt = decode_prompt(record.value)
        except Invalid:
            self._skip(record)
            return
        match prompt:
            case TurnRequested() if prompt.ref in self._turns:
                pass  # asked again before its first record was seen: its run goes on
            case TurnRequested() if self._cancels.cover(prompt.ref, self._loop.time()):
                self._means.metrics.prompt_ended(Outcome.CANCELLED)
            case TurnRequested():
                self._admit(prompt, record.partition)
            case CallOpened():
                self._send_out(self._warm_up(prompt), "warm-up")

    def _cancel(self, record: Record) -> None:
        """End the runs that are not wanted any more, and those that are still to be read."""
        try:
            cancel = decode_interrupt(record.value)
        except Invalid:
            self._skip(record)
            return
        self._cancels.add(cancel, self._loop.time())
        for ref, task in self._turns.items():
            if cancels(cancel, ref):
                task.cancel()

    def _admit(self, request: TurnRequested, partition: int) -> None:
        log = RunLog(self._bus.calls, request, self._identity.new_run(), self._identity.clock)
        agent = self._find_agent(request.agent_id, request.agent_version)
        left = request.deadline_ms / 1000 - self._identity.clock()
        if left <= -ALLOWED_SECONDS:
            self._refuse(request, log, FailureReason.EXPIRED)
        elif agent is None:
            self._refuse(request, log, FailureReason.UNKNOWN_AGENT)
        elif len(self._turns) >= self._max_turns:
            self._refuse(request, log, FailureReason.OVERLOADED)
        else:
            # A turn that seems over may be so by our clock alone: it is given what may be left.
            deadline = self._loop.time() + max(left, ALLOWED_SECONDS)
            run = Run(request, agent, log, self._means, self._workbench, deadline)
            answer = run.answer(PromptRead(self._identity.worker, partition))
            self._begin(request.ref, self._contain(answer, request.ref, log, Outcome.ANSWERED))

    def _begin(self, ref: TurnRef, work: Coroutine[Any, Any, None]) -> None:
        def end(task: asyncio.Task[None]) -> None:
            del self._turns[ref]
            self._means.metrics.turn_took(self._loop.time() - began)
            if task.cancelled():
                self._means.metrics.prompt_ended(Outcome.CANCELLED)

        began = self._loop.time()
        task = self._tasks.create_task(work, name=f"turn {ref.turn}.{ref.attempt} {ref.call_sid}")
        self._turns[ref] = task
        task.add_done_callback(end)

    def _refuse(self, request: TurnRequested, log: RunLog, reason: FailureReason) -> None:
        ref = request.ref
        refusal = log.append(ReplyFailed(ref.turn, ref.attempt, reason))
        self._send_out(self._contain(refusal, ref, log, Outcome.REFUSED), "refusal")

    def _send_out(self, errand: Coroutine[Any, Any, None], name: str) -> None:
        if len(self._errands) >= MAX_ERRANDS:
            errand.close()
            self._means.metrics.errands_dropped.inc()
            return
        task = self._tasks.create_task(errand, name=name)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _contain(
        self, work: Coroutine[Any, Any, None], ref: TurnRef, log: RunLog, outcome: Outcome
    ) -> None:
        """The boundary of one turn: whatever goes wrong inside, the others never notice."""
        bound = logger.bind(call_id=ref.call_sid, turn=ref.turn, attempt=ref.attempt)
        try:
            await work
        except* (PublishFailed, TooLate, Outlived):
            # The gateway hears nothing more of this run, and asks another worker.
            outcome = Outcome.UNCONFIRMED
            bound.warning("turn_abandoned", reason="a record was not confirmed in time")
        except* Exception:
            outcome = Outcome.BROKEN
            bound.exception("turn_broken")
            with suppress(PublishFailed, TooLate):
                await log.append(ReplyFailed(ref.turn, ref.attempt, FailureReason.INTERNAL))
        self._means.metrics.prompt_ended(outcome)

    async def _warm_up(self, opened: CallOpened) -> None:
        """Get ready for a call's first turn; without it, that turn only takes longer."""
        try:
            agent = self._find_agent(opened.agent_id, opened.agent_version)
            if agent is not None:
                for provider in {choice.provider for choice in agent.models}:
                    if (model := self._means.models.get(provider)) is not None:
                        model.prepare(agent)
            await self._bus.calls.warm(opened.reply_topic)
        except Transient:
            logger.debug("topic_not_known_yet", call_id=opened.call_sid)
        except Exception:  # as the boundary of a turn: no call may end the others
            logger.exception("warm_up_failed", call_id=opened.call_sid)

    def _find_agent(self, agent_id: str, version: str) -> Agent | None:
        """The agent as it was when the call began, or else as this worker knows it."""
        agent = self._agents.get(agent_id, version)
        if agent is None and (agent := self._agents.current(agent_id)) is not None:
            self._means.metrics.other_agent_versions.inc()
        return agent

    def _skip(self, record: Record) -> None:
        """Nobody waits for a prompt that cannot be read: the gateway's watchdog asks again."""
        self._means.metrics.invalid_records.inc()
        logger.warning(
            "record_skipped",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
        )
