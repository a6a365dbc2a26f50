"""The worker on the in-memory bus, in virtual time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest

from llm_worker.metrics import WorkerMetrics
from llm_worker.model import Delta, Fault, Finished, ModelFailed, Question, TextDelta
from llm_worker.providers.scripted import ScriptedModel
from llm_worker.run import Means
from llm_worker.tools import Answer, ToolContext
from llm_worker.worker import Identity, Worker
from trunkline.agents import Agent, Language, ModelChoice, Provider, Tool
from trunkline.agents.catalog import Agents
from trunkline.bus import NewTopic
from trunkline.bus.memory import MemoryBus
from trunkline.events.call import (
    CallRecord,
    FailureReason,
    Heartbeat,
    ReplyChunk,
    ReplyFailed,
    ReplyFinished,
    TurnStarted,
)
from trunkline.events.topics import INTERRUPTS, PROMPTS
from trunkline.events.turn import CallOpened, Message, Role, TurnCancelled, TurnRef, TurnRequested
from trunkline.events.wire import decode_record, encode_interrupt, encode_prompt
from trunkline.metrics import Registry
from trunkline.testing.virtual_time import in_virtual_time, run_in_virtual_time, unix_now

REPLIES = "replies.gateway-1"


class BrokenModel:
    """A model with a bug."""

    def prepare(self, agent: Agent) -> None:
        """Nothing to do."""

    async def reply(self, question: Question) -> AsyncGenerator[Delta, None]:
        yield TextDelta("Well, ")
        raise ZeroDivisionError


class StreamProbe(ScriptedModel):
    """Speaks without end, and notes whether its stream was closed."""

    def __init__(self) -> None:
        self.closed_at: float | None = None

    async def reply(self, question: Question) -> AsyncGenerator[Delta, None]:
        try:
            while True:
                yield TextDelta("on and ")
                await asyncio.sleep(0.05)
        finally:
            self.closed_at = asyncio.get_running_loop().time()
        yield Finished()


class FlakyModel:
    """Has too much to do at first, is cut short the second time, and answers the third time."""

    def __init__(self) -> None:
        self.asked_at: list[float] = []

    def prepare(self, agent: Agent) -> None:
        """Nothing to do."""

    async def reply(self, question: Question) -> AsyncGenerator[Delta, None]:
        self.asked_at.append(asyncio.get_running_loop().time())
        if len(self.asked_at) == 1:
            raise ModelFailed(Fault.RATE_LIMITED, retry_after=1.0)
        yield TextDelta("We open ")
        if len(self.asked_at) == 2:
            raise ModelFailed(Fault.CUT)
        yield TextDelta("at eight.")
        yield Finished()


class NoTools:
    """These agents have none."""

    async def use(self, tool: Tool, arguments: Mapping[str, Any], context: ToolContext) -> Answer:
        raise AssertionError("there is no tool to use")


class Setting:
    """A worker at work on a bus, and what one asks of it."""

    def __init__(self, bus: MemoryBus, worker: Worker, stop: asyncio.Event) -> None:
        self.bus = bus
        self.worker = worker
        self.stop = stop

    async def ask(
        self,
        call: str,
        script: str = "3x50ms",
        *,
        seconds: float = 20.0,
        attempt: int = 0,
        prefix: str = "",
    ) -> None:
        await self.bus.calls.publish(
            PROMPTS.name, encode_prompt(prompt(call, script, seconds, attempt, prefix)), key=call
        )

    async def cancel(self, call: str, through_attempt: int = 0) -> None:
        cancelled = TurnCancelled("default", call, "AT1", 1, through_attempt)
        await self.bus.calls.publish(INTERRUPTS.name, encode_interrupt(cancelled), key=call)

    def records(self, call: str) -> list[CallRecord]:
        records = [decode_record(record.value) for record in self.bus.records(REPLIES)]
        return [record for record in records if record.call_sid == call]

    def text(self, call: str) -> str:
        events = [record.event for record in self.records(call)]
        return "".join(event.text for event in events if isinstance(event, ReplyChunk))

    async def ended(self, call: str) -> CallRecord:
        def ends() -> list[CallRecord]:
            ended = ReplyFinished | ReplyFailed
            return [r for r in self.records(call) if isinstance(r.event, ended)]

        await until(lambda: bool(ends()))
        return ends()[0]


async def until(condition: Callable[[], bool]) -> None:
    """Look every 10 virtual milliseconds."""
    async with asyncio.timeout(60):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


def prompt(
    call: str, script: str, seconds: float = 20.0, attempt: int = 0, prefix: str = ""
) -> TurnRequested:
    return TurnRequested(
        ref=TurnRef("default", call, "AT1", 7, 1, attempt),
        reply_topic=REPLIES,
        deadline_ms=round((unix_now() + seconds) * 1000),
        agent_id=script.replace(" ", "-").replace("=", "-"),
        agent_version="v1",
        language="en-US",
        history=(Message(Role.CALLER, "Hello?"),),
        spoken_prefix=prefix,
    )


def agent(*scripts: str, provider: Provider = Provider.SCRIPTED) -> Agent:
    """An agent named after the first script, with one model for each."""
    return Agent.model_construct(
        id=scripts[0].replace(" ", "-").replace("=", "-"),
        version="v1",
        greeting="Hi.",
        instructions="Speak.",
        variables={},
        knowledge=(),
        languages=(Language(code="en-US"),),
        models=tuple(ModelChoice(provider=provider, name=script) for script in scripts),
    )


FALLBACKS = (
    ("3x50ms first=9000ms", "3x50ms"),
    ("3x50ms cut=2", "3x50ms"),
    ("3x50ms end=1", "3x50ms fail", "3x50ms"),
    ("3x50ms fail", "3x50ms fail"),
)
SCRIPTS = ("3x50ms", "24x50ms", "3x50ms first=1500ms")


@asynccontextmanager
async def at_work(
    *,
    turns: int = 100,
    slots: int = 100,
    probe: StreamProbe | None = None,
    flaky: FlakyModel | None = None,
) -> AsyncIterator[Setting]:
    bus = MemoryBus(clock=unix_now)
    await bus.create_topics([PROMPTS.new(), INTERRUPTS.new(), NewTopic(REPLIES)])
    names = count(1)
    agents = [agent(script) for script in SCRIPTS]
    agents += [agent(*scripts) for scripts in FALLBACKS]
    agents += [agent("broken", provider=Provider.GROQ), agent("endless", provider=Provider.OFFLINE)]
    agents += [agent("flaky", provider=Provider.VLLM)]
    worker = Worker(
        bus,
        Agents(agents),
        Means(
            {
                Provider.SCRIPTED: ScriptedModel(),
                Provider.GROQ: BrokenModel(),
                Provider.OFFLINE: probe or StreamProbe(),
                Provider.VLLM: flaky or FlakyModel(),
            },
            NoTools(),
            asyncio.Semaphore(slots),
            WorkerMetrics(Registry()),
        ),
        Identity("worker-1", unix_now, lambda: f"run-{next(names)}"),
        max_turns=turns,
    )
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(worker.run(stop, drain_seconds=30), name="worker")
        await until(lambda: worker.ready()["partitions"])
        yield Setting(bus, worker, stop)
        stop.set()
        await asyncio.wait([running])


@in_virtual_time
async def test_a_prompt_is_answered_with_its_start_its_words_and_its_end() -> None:
    async with at_work() as setting:
        await setting.ask("CA1")
        end = await setting.ended("CA1")

        first = setting.records("CA1")[0]
        assert isinstance(first.event, TurnStarted)
        assert (first.event.worker, first.epoch, first.attachment_id) == ("worker-1", 7, "AT1")
        assert setting.text("CA1") == "t1.1 t1.2 t1.3 "
        assert isinstance(end.event, ReplyFinished)


@in_virtual_time
async def test_the_records_of_a_run_are_numbered_without_gaps() -> None:
    async with at_work() as setting:
        await setting.ask("CA1", "24x50ms")
        await setting.ended("CA1")

        records = setting.records("CA1")
        assert [record.n for record in records] == list(range(1, len(records) + 1))
        assert {record.writer for record in records} == {"run-1"}


@in_virtual_time
async def test_a_slow_model_is_told_from_a_dead_worker_by_heartbeats() -> None:
    async with at_work() as setting:
        await setting.ask("CA1", "3x50ms first=1500ms")
        await setting.ended("CA1")

        beats = [r for r in setting.records("CA1") if isinstance(r.event, Heartbeat)]
        assert len(beats) == 3  # at 0.4, 0.8 and 1.2 s


@in_virtual_time
async def test_a_turn_that_waits_for_a_slot_has_started_and_beats() -> None:
    async with at_work(slots=1) as setting:
        await setting.ask("CA1", "24x50ms")
        await setting.ask("CA2", "24x50ms")
        await setting.ended("CA2")

        events = [record.event for record in setting.records("CA2")]
        assert isinstance(events[0], TurnStarted)
        assert isinstance(events[1], Heartbeat)
        assert isinstance(events[-1], ReplyFinished)


@in_virtual_time
async def test_a_prompt_too_many_is_refused_at_once() -> None:
    async with at_work(turns=1) as setting:
        await setting.ask("CA1", "24x50ms")
        await setting.ask("CA2")
        end = await setting.ended("CA2")

        assert end.event == ReplyFailed(1, 0, FailureReason.OVERLOADED)
        assert (await setting.ended("CA1")).event.__class__ is ReplyFinished


@in_virtual_time
async def test_a_prompt_whose_deadline_has_passed_is_answered_so() -> None:
    async with at_work() as setting:
        await setting.ask("CA1", seconds=-1)
        end = await setting.ended("CA1")

        assert end.event == ReplyFailed(1, 0, FailureReason.EXPIRED)


@in_virtual_time
async def test_a_prompt_that_may_be_over_by_our_clock_alone_is_answered() -> None:
    async with at_work() as setting:
        await setting.ask("CA1", seconds=-0.3)
        end = await setting.ended("CA1")

        assert isinstance(end.event, ReplyFinished)


@in_virtual_time
async def test_nothing_is_written_ten_seconds_after_the_deadline() -> None:
    async with at_work() as setting:
        await setting.ask("CA1", seconds=-11)
        await setting.ask("CA2")
        await setting.ended("CA2")

        assert setting.records("CA1") == []


@pytest.mark.parametrize("script", [scripts[0] for scripts in FALLBACKS[:3]])
def test_a_model_that_is_late_cut_or_unfinished_is_followed_by_the_next(script: str) -> None:
    async def answer() -> None:
        async with at_work() as setting:
            await setting.ask("CA1", script)
            end = await setting.ended("CA1")

            assert isinstance(end.event, ReplyFinished)
            assert setting.text("CA1") == "t1.1 t1.2 t1.3 "

    run_in_virtual_time(answer())


@in_virtual_time
async def test_when_all_models_have_failed_the_gateway_is_told() -> None:
    async with at_work() as setting:
        await setting.ask("CA1", "3x50ms fail")
        end = await setting.ended("CA1")

        assert end.event == ReplyFailed(1, 0, FailureReason.MODELS_FAILED)


@in_virtual_time
async def test_the_only_model_is_asked_again_within_the_turn_and_no_word_is_said_twice() -> None:
    flaky = FlakyModel()
    async with at_work(flaky=flaky) as setting:
        await setting.ask("CA1", "flaky")
        end = await setting.ended("CA1")

        assert isinstance(end.event, ReplyFinished)
        assert setting.text("CA1") == "We open at eight."
        first, second, third = flaky.asked_at
        assert 1.0 < second - first < 1.5
        assert 0.1 < third - second < 1.0


@in_virtual_time
async def test_a_turn_too_short_for_the_wait_fails_at_once() -> None:
    async with at_work() as setting:
        await setting.ask("CA1", "flaky", seconds=1.5)
        await setting.ended("CA1")

        events = [record.event for record in setting.records("CA1")]
        assert [type(event) for event in events] == [TurnStarted, ReplyFailed]


@in_virtual_time
async def test_a_call_that_begins_is_prepared_even_if_its_topic_never_comes() -> None:
    async with at_work() as setting:
        opened = CallOpened("default", "CA1", "3x50ms", "v1", "call.CA1")
        await setting.bus.calls.publish(PROMPTS.name, encode_prompt(opened), key="CA1")
        await asyncio.sleep(5)
        await setting.ask("CA1")

        assert isinstance((await setting.ended("CA1")).event, ReplyFinished)


@in_virtual_time
async def test_records_that_cannot_be_read_are_skipped() -> None:
    async with at_work() as setting:
        await setting.bus.calls.publish(PROMPTS.name, b"\xff", key="CA1")
        await setting.bus.calls.publish(INTERRUPTS.name, b"\xff", key="CA1")
        await setting.ask("CA1")

        assert isinstance((await setting.ended("CA1")).event, ReplyFinished)


@in_virtual_time
async def test_an_agent_nobody_knows_is_answered_so() -> None:
    async with at_work() as setting:
        await setting.ask("CA1", "nobody")
        end = await setting.ended("CA1")

        assert end.event == ReplyFailed(1, 0, FailureReason.UNKNOWN_AGENT)


@in_virtual_time
async def test_a_cancelled_turn_writes_nothing_more_and_its_model_is_left_at_once() -> None:
    probe = StreamProbe()
    async with at_work(probe=probe) as setting:
        await setting.ask("CA1", "endless")
        await asyncio.sleep(0.5)
        await setting.cancel("CA1")
        await asyncio.sleep(0.01)
        written = len(setting.records("CA1"))
        await asyncio.sleep(5)

        assert len(setting.records("CA1")) == written
        assert probe.closed_at is not None


@in_virtual_time
async def test_a_cancel_may_overtake_its_prompt() -> None:
    async with at_work() as setting:
        await setting.cancel("CA1")
        await asyncio.sleep(0.1)
        await setting.ask("CA1")
        await setting.ask("CA2")
        await setting.ended("CA2")

        assert setting.records("CA1") == []


@in_virtual_time
async def test_a_cancel_of_one_attempt_leaves_the_next_alone() -> None:
    async with at_work() as setting:
        await setting.cancel("CA1", through_attempt=0)
        await asyncio.sleep(0.1)
        await setting.ask("CA1", attempt=1, prefix="t1.1 ")
        await setting.ended("CA1")

        assert setting.text("CA1") == "t1.2 t1.3 "


@in_virtual_time
async def test_a_turn_that_breaks_says_so_and_hurts_no_other() -> None:
    async with at_work() as setting:
        await setting.ask("CA1", "24x50ms")
        await setting.ask("CA2", "broken")
        broken = await setting.ended("CA2")
        whole = await setting.ended("CA1")

        assert broken.event == ReplyFailed(1, 0, FailureReason.INTERNAL)
        assert isinstance(whole.event, ReplyFinished)


@in_virtual_time
async def test_a_run_whose_write_is_not_confirmed_falls_silent() -> None:
    async with at_work() as setting:
        setting.bus.faults.stall(REPLIES)
        await setting.ask("CA1")
        await asyncio.sleep(5)
        setting.bus.faults.release(REPLIES)
        await asyncio.sleep(5)

        assert [record.n for record in setting.records("CA1")] == [1]


@in_virtual_time
async def test_a_worker_that_stops_finishes_the_turns_in_hand() -> None:
    async with at_work() as setting:
        await setting.ask("CA1", "24x50ms")
        await asyncio.sleep(0.2)
        setting.stop.set()
        end = await setting.ended("CA1")

        assert isinstance(end.event, ReplyFinished)
        assert not setting.worker.ready()["partitions"]
