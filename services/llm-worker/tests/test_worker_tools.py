"""Tools in the worker, on the in-memory bus and in virtual time, and what goes wrong there."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from clinic import BOOK, FIND, clinic, request, use

from llm_worker import workbench
from llm_worker.ledger import use_id
from llm_worker.metrics import WorkerMetrics
from llm_worker.model import CallBegun, CallDelta, Delta, Finished, Question, TextDelta
from llm_worker.providers.scripted import ScriptedModel
from llm_worker.run import Means
from llm_worker.tools import Answer, ToolContext, succeeded
from llm_worker.worker import Identity, Worker
from trunkline.agents import Agent, Provider, Tool
from trunkline.agents.catalog import Agents
from trunkline.bus import NewTopic
from trunkline.bus.memory import MemoryBus
from trunkline.events.call import (
    ActionRequested,
    CallRecord,
    EndCall,
    Heartbeat,
    ReplyChunk,
    ReplyFailed,
    ReplyFinished,
    ToolIntended,
    ToolReturned,
    ToolStatus,
    TurnStarted,
)
from trunkline.events.topics import INTERRUPTS, PROMPTS
from trunkline.events.turn import Message, Role, ToolUse, TurnCancelled
from trunkline.events.wire import decode_record, encode_interrupt, encode_prompt
from trunkline.logs import configure_logs
from trunkline.metrics import Registry
from trunkline.settings import LogFormat, LogSettings
from trunkline.testing.virtual_time import VirtualTimeLoop, in_virtual_time, unix_now

REPLIES = "call.CA1"
ANN = {"name": "Ann"}
BOOKING = use_id("CA1", BOOK, '{"name":"Ann"}', 1)
S = ToolStatus
RULES: list[dict[str, Any]] = [
    {"when": "silently", "call": BOOK, "arguments": ANN},
    {"when": "book", "say": "One moment.", "call": BOOK, "arguments": ANN},
    {"when": "bye", "say": "Goodbye.", "call": "end_call"},
    {"after": BOOK, "status": "unknown", "say": "I do not know."},
    {"after": BOOK, "status": "failed", "say": "That failed: {{result}}"},
    {"after": BOOK, "say": "Booked."},
]


class Outside:
    """The world outside: what was done there, and how long an answer takes."""

    def __init__(self, seconds: float = 0.1) -> None:
        self.seconds = seconds
        self.error: Exception | None = None
        self.done: list[str] = []
        self.on_use: Callable[[], None] = lambda: None

    async def use(self, tool: Tool, arguments: Mapping[str, Any], context: ToolContext) -> Answer:
        self.done.append(context.use_id)
        self.on_use()
        await asyncio.sleep(self.seconds)
        if self.error is not None:
            raise self.error
        return succeeded(json.dumps(dict(arguments)))


class Sleeper(ScriptedModel):
    """A model in whose worker the clock jumps, as it does for a process that was stopped."""

    async def reply(self, question: Question) -> AsyncGenerator[Delta, None]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        loop._jumping.now += 2.0
        yield CallDelta(BOOK, json.dumps(ANN))
        yield Finished()


class SlowWriter(ScriptedModel):
    """Asks for a tool at once, and takes two seconds to write its arguments."""

    async def reply(self, question: Question) -> AsyncGenerator[Delta, None]:
        yield CallBegun()
        await asyncio.sleep(2.0)
        yield CallDelta("end_call", "{}")
        yield Finished()


class Setting:
    """A worker at work, and what one asks of it."""

    def __init__(self, bus: MemoryBus, outside: Outside, registry: Registry) -> None:
        self.bus = bus
        self.outside = outside
        self.registry = registry
        self.stop = asyncio.Event()

    async def ask(self, said: str, *, attempt: int = 0, uses: Sequence[ToolUse] = ()) -> None:
        asked = request(history=[Message(Role.CALLER, said, 3)], attempt=attempt, uses=uses)
        deadline = round((unix_now() + 20) * 1000)
        prompt = encode_prompt(replace(asked, deadline_ms=deadline))
        await self.bus.calls.publish(PROMPTS.name, prompt, key="CA1")

    async def cancel(self) -> None:
        cancelled = encode_interrupt(TurnCancelled("default", "CA1", "AT1", 3, 0))
        await self.bus.calls.publish(INTERRUPTS.name, cancelled, key="CA1")

    @property
    def records(self) -> list[CallRecord]:
        return [decode_record(record.value) for record in self.bus.records(REPLIES)]

    def of(self, kind: type) -> list[Any]:
        return [record.event for record in self.records if isinstance(record.event, kind)]

    @property
    def text(self) -> str:
        return "".join(chunk.text for chunk in self.of(ReplyChunk))

    async def until(self, kind: type) -> None:
        await until(lambda: bool(self.of(kind)))

    def counted(self, line: str) -> bool:
        return line in self.registry.exposition().decode()


async def until(condition: Callable[[], bool]) -> None:
    """Look every 10 virtual milliseconds."""
    async with asyncio.timeout(60):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def at_work(
    outside: Outside | None = None,
    *,
    model: ScriptedModel | None = None,
    agent: Agent | None = None,
) -> AsyncIterator[Setting]:
    bus = MemoryBus(clock=unix_now)
    await bus.create_topics([PROMPTS.new(), INTERRUPTS.new(), NewTopic(REPLIES)])
    names = count(1)
    setting = Setting(bus, outside or Outside(), Registry())
    agent = agent or clinic(models=[{"provider": "scripted", "rules": RULES}])
    worker = Worker(
        bus,
        Agents([agent]),
        Means(
            {Provider.SCRIPTED: model or ScriptedModel()},
            setting.outside,
            asyncio.Semaphore(10),
            WorkerMetrics(setting.registry),
        ),
        Identity("worker-1", unix_now, lambda: f"run-{next(names)}"),
        max_turns=10,
    )
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(worker.run(setting.stop, drain_seconds=30), name="worker")
        await until(lambda: worker.ready()["partitions"])
        yield setting
        setting.stop.set()
        await asyncio.wait([running])


@in_virtual_time
async def test_a_tool_is_used_between_two_answers_and_all_of_it_is_in_the_log() -> None:
    async with at_work() as setting:
        await setting.ask("Book it.")
        await setting.until(ReplyFinished)

        events = [record.event for record in setting.records if record.n > 0]
        assert setting.text == "One moment. Booked."
        assert [type(event) for event in events if not isinstance(event, ReplyChunk)] == [
            TurnStarted, ToolIntended, ToolReturned, ReplyFinished,
        ]  # fmt: skip
        assert setting.of(ToolReturned) == [
            ToolReturned(3, 0, BOOKING, S.SUCCEEDED, json.dumps(ANN))
        ]
        assert setting.of(ReplyFinished)[0].timings.tools_ms == pytest.approx(105, abs=10)


@in_virtual_time
async def test_the_end_of_a_tool_has_a_writer_of_its_own_and_the_run_has_no_gap() -> None:
    async with at_work() as setting:
        await setting.ask("Book it.")
        await setting.until(ReplyFinished)

        numbers = [record.n for record in setting.records if record.writer == "run-1"]
        others = [record for record in setting.records if record.writer != "run-1"]
        assert numbers == [*range(1, len(numbers) + 1)]
        (end,) = others
        assert (end.writer, end.n) == (f"run-1.{BOOKING[:12]}", 1)
        assert (end.attachment_id, end.epoch) == ("AT1", 7)


@in_virtual_time
async def test_no_tool_is_used_before_the_bus_has_its_intent() -> None:
    outside = Outside()
    async with at_work(outside) as setting:
        in_log = []
        outside.on_use = lambda: in_log.append(len(setting.of(ToolIntended)))
        await setting.ask("Book it.")
        await setting.until(ReplyFinished)

        assert in_log == [1]


@in_virtual_time
async def test_an_intent_that_was_acknowledged_too_late_is_not_carried_out() -> None:
    async with at_work() as setting:
        await setting.ask("Book it silently.")
        await setting.until(TurnStarted)
        setting.bus.faults.stall(REPLIES)
        await asyncio.sleep(0.6)
        setting.bus.faults.release(REPLIES)
        await setting.until(ReplyFinished)

        assert setting.outside.done == []
        assert [end.status for end in setting.of(ToolReturned)] == [S.NOT_RUN]
        assert "That failed: This was not done." in setting.text


@in_virtual_time
async def test_a_worker_that_was_stopped_before_the_intent_neither_uses_nor_writes() -> None:
    """The gateway has asked another worker by then, who may be using the very same tool."""
    async with at_work(model=Sleeper()) as setting:
        await setting.ask("Book it.")
        await asyncio.sleep(10)

        assert setting.outside.done == []
        assert setting.of(ToolIntended) == setting.of(ToolReturned) == []
        assert setting.counted('trunkline_worker_prompts_total{outcome="unconfirmed"} 1.0')


@in_virtual_time
async def test_a_turn_that_is_cancelled_before_the_acknowledgement_uses_no_tool() -> None:
    async with at_work() as setting:
        await setting.ask("Book it silently.")
        await setting.until(TurnStarted)
        setting.bus.faults.stall(REPLIES)
        await asyncio.sleep(0.2)
        await setting.cancel()
        await asyncio.sleep(0.1)
        setting.bus.faults.release(REPLIES)
        await setting.until(ToolReturned)

        assert setting.outside.done == []
        assert [end.status for end in setting.of(ToolReturned)] == [S.NOT_RUN]
        assert len(setting.of(ToolIntended)) == 1


@in_virtual_time
async def test_an_interrupt_never_cuts_a_tool_short_and_its_end_is_in_the_log() -> None:
    async with at_work(Outside(seconds=3.0)) as setting:
        await setting.ask("Book it.")
        await setting.until(ToolIntended)
        await setting.cancel()
        await asyncio.sleep(0.1)
        written = len(setting.records)
        await setting.until(ToolReturned)
        await asyncio.sleep(5)

        assert setting.outside.done == [BOOKING]
        assert [end.status for end in setting.of(ToolReturned)] == [S.SUCCEEDED]
        assert len(setting.records) == written + 1


@in_virtual_time
async def test_a_worker_that_stops_waits_for_its_tools() -> None:
    async with at_work(Outside(seconds=3.0)) as setting:
        await setting.ask("Book it.")
        await setting.until(ToolIntended)
        await setting.cancel()
        setting.stop.set()

    assert [end.status for end in setting.of(ToolReturned)] == [S.SUCCEEDED]


@in_virtual_time
async def test_a_turn_that_ends_while_a_worker_stops_may_still_use_a_tool() -> None:
    async with at_work(Outside(seconds=3.0)) as setting:
        await setting.ask("Book it.")
        await setting.until(TurnStarted)
        setting.stop.set()

    assert setting.text == "One moment. Booked."
    assert len(setting.of(Heartbeat)) >= 6


@in_virtual_time
async def test_the_next_attempt_is_told_that_nobody_knows() -> None:
    async with at_work() as setting:
        lost = use(BOOKING, status=S.UNSPECIFIED)
        await setting.ask("Book it.", attempt=1, uses=[lost])
        await setting.until(ReplyFinished)

        assert setting.text == "I do not know."
        assert setting.outside.done == []


def test_a_tool_that_breaks_is_an_answer_and_its_words_are_in_no_log() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs(LogSettings(log_format=LogFormat.JSON), stream=stream)

    @in_virtual_time
    async def answer() -> None:
        outside = Outside()
        outside.error = ZeroDivisionError("Ann's number is 555")
        async with at_work(outside) as setting:
            await setting.ask("Book it.")
            await setting.until(ReplyFinished)

            assert [end.status for end in setting.of(ToolReturned)] == [S.UNKNOWN]
            assert "555" not in setting.text
            assert setting.counted(
                'trunkline_worker_tool_uses_total{outcome="unknown",tool="book"} 1.0'
            )

    answer()
    root.handlers[:], root.level = before
    assert "ZeroDivisionError" in stream.getvalue()
    assert "Ann" not in stream.getvalue()


@in_virtual_time
async def test_a_tool_that_broke_behind_its_effect_is_not_used_again_in_a_later_turn() -> None:
    outside = Outside()
    outside.error = ZeroDivisionError()
    async with at_work(outside) as setting:
        await setting.ask("Book it.")
        await setting.until(ReplyFinished)
        (end,) = setting.of(ToolReturned)
        before = use(BOOKING, turn=2, status=end.status, result=end.result)
        await setting.ask("Book it again.", attempt=1, uses=[before])
        await until(lambda: len(setting.of(ReplyFinished)) == 2)

        assert setting.outside.done == [BOOKING]
        assert setting.text.endswith("I do not know.")


@in_virtual_time
async def test_a_result_that_the_log_does_not_take_is_counted_and_hurts_nobody() -> None:
    outside = Outside()
    async with at_work(outside) as setting:
        outside.on_use = lambda: setting.bus.faults.fail(REPLIES)
        await setting.ask("Book it.")
        await asyncio.sleep(5)
        setting.bus.faults.release(REPLIES)
        outside.on_use = lambda: None
        await setting.ask("Goodbye.", attempt=1)
        await setting.until(ReplyFinished)

        assert setting.of(ToolReturned) == []
        assert setting.counted("trunkline_worker_tool_results_lost_total 1.0")


@in_virtual_time
async def test_too_many_tools_at_work_refuse_the_next() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workbench, "MAX_AT_WORK", 0)
        async with at_work() as setting:
            await setting.ask("Book it.")
            await setting.until(ReplyFinished)

    assert setting.outside.done == []
    assert [end.status for end in setting.of(ToolReturned)] == [S.NOT_RUN]


@in_virtual_time
async def test_the_turns_deadline_ends_the_reply_and_not_the_tool() -> None:
    async with at_work(Outside(seconds=25.0)) as setting:
        await setting.ask("Book it.")
        await setting.until(ReplyFailed)
        assert setting.of(ToolReturned) == []
        await setting.until(ToolReturned)

        assert [end.status for end in setting.of(ToolReturned)] == [S.SUCCEEDED]


@in_virtual_time
async def test_a_model_that_has_begun_a_call_is_not_late_with_its_first_word() -> None:
    agent = clinic(models=[{"provider": "scripted", "first_token_seconds": 0.5}])
    async with at_work(model=SlowWriter(), agent=agent) as setting:
        await setting.ask("Bye.")
        await setting.until(ReplyFinished)

        assert len(setting.of(ActionRequested)) == 1


@in_virtual_time
async def test_words_stand_in_the_log_before_the_action_that_follows_them() -> None:
    async with at_work() as setting:
        await setting.ask("Bye.")
        await setting.until(ReplyFinished)

        events = [record.event for record in setting.records]
        assert [type(event) for event in events] == [
            TurnStarted, ReplyChunk, ActionRequested, ReplyFinished,
        ]  # fmt: skip
        assert setting.of(ActionRequested)[0].event == EndCall()


@in_virtual_time
async def test_tools_of_one_answer_are_used_at_the_same_time() -> None:
    class Both(ScriptedModel):
        async def reply(self, question: Question) -> AsyncGenerator[Delta, None]:
            if question.messages[-1].call_id:
                yield TextDelta("Done.")
                yield Finished()
                return
            for name in (FIND, BOOK):
                yield CallDelta(name, json.dumps(ANN))
            yield Finished()

    async with at_work(Outside(seconds=2.0), model=Both()) as setting:
        await setting.ask("Both.")
        await setting.until(ReplyFinished)

        assert len(setting.outside.done) == 2
        assert 2000 <= setting.of(ReplyFinished)[0].timings.tools_ms < 2100
