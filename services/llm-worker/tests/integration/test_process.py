"""The real process on a real broker: many turns at once, and a stop in the middle of them."""

import asyncio
import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from processes import REPLIES, Events, bus_with_topics, listening, running_worker, until

from trunkline.bus.kafka import KafkaBus
from trunkline.events.call import ReplyChunk, ReplyFinished, TurnStarted, WorkerEvent
from trunkline.events.topics import PROMPTS
from trunkline.events.turn import CallOpened, Message, Role, TurnRef, TurnRequested
from trunkline.events.wire import encode_prompt
from trunkline_cli.stack.kafka import KafkaServer

AGENT = """
id: scripted
greeting: Hello.
instructions: Say what the script says.
languages: [{code: en-US}]
models: [{provider: scripted, name: 24x50ms}]
"""


@pytest.fixture
def bootstrap(own_kafka: Callable[[], KafkaServer]) -> str:
    server = own_kafka()  # of its own: all workers of a broker share one group
    server.start_sync()
    return server.bootstrap


async def test_three_hundred_turns_at_once_are_all_answered(bootstrap: str, tmp_path: Path) -> None:
    async with (
        bus_with_topics(bootstrap) as bus,
        running_worker(bootstrap, tmp_path, AGENT) as worker,
    ):
        await ask(bus, [f"CAwarm{i}" for i in range(24)])
        before = cpu_seconds(await worker.metrics())
        calls = [f"CA{i}" for i in range(300)]
        async with listening(bus) as heard:
            asked = await ask(bus, calls)
            await until(lambda: answered(heard, calls))
        used = cpu_seconds(await worker.metrics()) - before

    assert [words(heard[call]) for call in calls] == [script()] * len(calls)
    report("300 turns at once", heard, asked, used)


async def test_a_stop_in_the_middle_of_turns_loses_none(bootstrap: str, tmp_path: Path) -> None:
    calls = [f"CA{i}" for i in range(50)]
    async with bus_with_topics(bootstrap) as bus, listening(bus) as heard:
        async with running_worker(bootstrap, tmp_path, AGENT) as worker:
            await ask(bus, calls)
            await until(lambda: sum(len(heard.get(call, ())) > 1 for call in calls) == len(calls))
            worker.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(20):
                code = await worker.process.wait()
        await until(lambda: answered(heard, calls))

    assert code == 0
    assert [words(heard[call]) for call in calls] == [script()] * len(calls)


async def test_a_quiet_worker_answers_within_milliseconds(bootstrap: str, tmp_path: Path) -> None:
    calls = [f"CA{i}" for i in range(8)]
    async with (
        bus_with_topics(bootstrap) as bus,
        running_worker(bootstrap, tmp_path, AGENT) as worker,
    ):
        await bus.calls.publish(
            PROMPTS.name,
            encode_prompt(CallOpened("default", "CAwarm", "scripted", "", REPLIES)),
        )
        before = cpu_seconds(await worker.metrics())
        async with listening(bus) as heard:
            asked: dict[str, float] = {}
            for call in calls:
                asked |= await ask(bus, [call])
                await until(lambda call=call: answered(heard, [call]))  # type: ignore[misc]
        used = cpu_seconds(await worker.metrics()) - before

    report("one turn at a time", heard, asked, used)
    assert answered(heard, calls)


async def ask(bus: KafkaBus, calls: Sequence[str]) -> dict[str, float]:
    asked = {}
    for call in calls:
        request = TurnRequested(
            ref=TurnRef("default", call, "AT1", -1, 1, 0),
            reply_topic=REPLIES,
            deadline_ms=round((time.time() + 20) * 1000),
            agent_id="scripted",
            agent_version="",
            language="en-US",
            history=(Message(Role.CALLER, "Go ahead."),),
        )
        asked[call] = time.perf_counter()
        await bus.calls.send(PROMPTS.name, encode_prompt(request), key=call)
    return asked


def answered(heard: Events, calls: Sequence[str]) -> bool:
    return all(
        any(isinstance(event, ReplyFinished) for _, event in heard.get(call, ())) for call in calls
    )


def words(events: Sequence[tuple[float, WorkerEvent]]) -> str:
    return "".join(event.text for _, event in events if isinstance(event, ReplyChunk))


def script() -> str:
    return "".join(f"t1.{i} " for i in range(1, 25))


def cpu_seconds(exposition: str) -> float:
    found = re.search(r"^process_cpu_seconds_total (\S+)", exposition, re.MULTILINE)
    assert found is not None
    return float(found[1])


def report(title: str, heard: Events, asked: Mapping[str, float], used: float) -> None:
    """Figures for whoever runs this with `-rP`; nothing is asserted about them."""

    def delays(kind: type[WorkerEvent]) -> str:
        firsts = [
            next(at for at, e in heard[c] if isinstance(e, kind)) - t for c, t in asked.items()
        ]
        firsts.sort()
        pick = [firsts[int(len(firsts) * q)] * 1000 for q in (0.5, 0.95, 0.99)]
        return " / ".join(f"{ms:.1f}" for ms in pick)

    print(  # noqa: T201  # shown by pytest on request
        f"{title}: TurnStarted p50/p95/p99 {delays(TurnStarted)} ms, "
        f"first chunk {delays(ReplyChunk)} ms, {used / len(asked) * 1000:.2f} CPU-ms a turn"
    )
