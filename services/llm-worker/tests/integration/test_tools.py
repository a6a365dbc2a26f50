"""Tools in the real process on a real broker: whatever becomes of the worker, one effect."""

import asyncio
import json
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from processes import (
    REPLIES,
    Events,
    bus_with_topics,
    listening,
    running_worker,
    until,
)
from tool_server import ToolServer, tool_server

from trunkline.bus.kafka import KafkaBus
from trunkline.events.call import (
    ReplyChunk,
    ReplyFinished,
    ToolIntended,
    ToolReturned,
    ToolStatus,
    TurnStarted,
)
from trunkline.events.topics import INTERRUPTS, PROMPTS
from trunkline.events.turn import Message, Role, ToolUse, TurnCancelled, TurnRef, TurnRequested
from trunkline.events.wire import encode_interrupt, encode_prompt
from trunkline_cli.stack.kafka import KafkaServer

T = TypeVar("T")

CALL = "CA1"
NAME = "Annabel Canary"
SECRET = "secret-canary"
AGENT = """
id: clinic
greeting: Hello.
instructions: Book what the caller wants.
languages: [{code: en-US}]
models:
  - provider: scripted
    rules:
      - {when: "i am (.+)", say: One moment., call: book, arguments: {name: "{{1}}"}}
      - {after: book, status: unknown, say: I do not know whether it worked.}
      - {after: book, say: "You have number {{result.number}}."}
tools:
  - name: book
    description: Books an appointment.
    parameters: {type: object, properties: {name: {type: string}}, required: [name]}
    http:
      method: POST
      url: https://clinic.example/bookings
      headers: {Authorization: "Bearer ${clinic-token}"}
"""


@pytest.fixture
def bootstrap(own_kafka: Callable[[], KafkaServer]) -> str:
    server = own_kafka()  # of its own: all workers of a broker share one group
    server.start_sync()
    return server.bootstrap


async def test_a_tool_is_used_once_when_its_worker_is_killed_before_it_can_tell(
    bootstrap: str, tmp_path: Path
) -> None:
    async with tool_server() as service, bus_with_topics(bootstrap) as bus, listening(bus) as heard:
        settings = with_service(service, tmp_path)
        service.release.clear()
        async with running_worker(bootstrap, tmp_path, AGENT, **settings) as first:
            await ask(bus)
            await until(lambda: bool(service.done))
            first.process.kill()
            await first.end()
        service.release.set()
        uses = uses_of(heard)
        async with running_worker(bootstrap, tmp_path, AGENT, **settings) as second:
            await ask(bus, attempt=1, uses=uses)
            await until(lambda: ends(heard, attempt=1))

    assert len(service.done) == 1
    assert [use.status for use in uses] == [ToolStatus.UNSPECIFIED]
    assert words(heard, attempt=1) == "I do not know whether it worked."
    assert_nothing_leaked(first.log + second.log)


async def test_an_interrupt_leaves_the_tool_at_work_and_its_result_is_in_the_log(
    bootstrap: str, tmp_path: Path
) -> None:
    async with tool_server() as service, bus_with_topics(bootstrap) as bus, listening(bus) as heard:
        service.body = b'{"number": 7}'
        service.release.clear()
        settings = with_service(service, tmp_path)
        async with running_worker(bootstrap, tmp_path, AGENT, **settings) as worker:
            await ask(bus)
            await until(lambda: bool(service.done))
            cancelled = TurnCancelled("default", CALL, "AT1", 1, 0)
            await bus.calls.publish(INTERRUPTS.name, encode_interrupt(cancelled), key=CALL)
            await worker.counts('trunkline_worker_prompts_total{outcome="cancelled"} 1.0')
            service.release.set()
            await until(lambda: bool(events(heard, ToolReturned)))

    assert len(service.done) == 1
    assert not ends(heard, attempt=0)
    assert [(use.status, use.result) for use in uses_of(heard)] == [
        (ToolStatus.SUCCEEDED, '{"number": 7}')
    ]
    assert_nothing_leaked(worker.log)


async def test_a_worker_that_was_stopped_for_a_while_uses_nothing_when_it_wakes(
    bootstrap: str, tmp_path: Path
) -> None:
    async with tool_server() as service, bus_with_topics(bootstrap) as bus, listening(bus) as heard:
        thinking = {**with_service(service, tmp_path), "OFFLINE_FIRST_TOKEN_MS": "1000"}
        async with running_worker(bootstrap, tmp_path, AGENT, **thinking) as worker:
            await ask(bus)
            await until(lambda: bool(events(heard, TurnStarted)))
            worker.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(2.5)  # the fault itself: longer than the model thinks
            worker.process.send_signal(signal.SIGCONT)
            await worker.counts('trunkline_worker_prompts_total{outcome="unconfirmed"} 1.0')

    assert service.done == []
    assert not events(heard, ToolIntended)
    assert not events(heard, ToolReturned)


async def test_a_tool_of_a_worker_is_used_and_spoken_of(bootstrap: str, tmp_path: Path) -> None:
    async with tool_server() as service, bus_with_topics(bootstrap) as bus, listening(bus) as heard:
        service.body = json.dumps({"number": 7}).encode()
        settings = with_service(service, tmp_path)
        async with running_worker(bootstrap, tmp_path, AGENT, **settings) as worker:
            await ask(bus)
            await until(lambda: ends(heard, attempt=0))
            await worker.counts('trunkline_worker_tool_uses_total{outcome="succeeded",tool="book"}')

    (done,) = service.done
    assert words(heard, attempt=0) == "One moment. You have number 7."
    assert done.json == {"name": NAME}
    assert done.headers["authorization"] == f"Bearer {SECRET}"
    assert done.headers["idempotency-key"] == uses_of(heard)[0].use_id
    assert_nothing_leaked(worker.log)


def with_service(service: ToolServer, folder: Path) -> dict[str, str]:
    secrets = folder / "secrets"
    secrets.mkdir(exist_ok=True)
    (secrets / "clinic-token").write_text(SECRET)
    return {
        "TOOL_HOSTS": f"clinic.example={service.url('')}",
        "TOOL_SECRETS_DIR": str(secrets),
    }


async def ask(bus: KafkaBus, *, attempt: int = 0, uses: Sequence[ToolUse] = ()) -> None:
    request = TurnRequested(
        ref=TurnRef("default", CALL, "AT1", -1, 1, attempt),
        reply_topic=REPLIES,
        deadline_ms=round((time.time() + 20) * 1000),
        agent_id="clinic",
        agent_version="",
        language="en-US",
        history=(Message(Role.CALLER, f"I am {NAME}", 1),),
        uses=tuple(uses),
    )
    await bus.calls.publish(PROMPTS.name, encode_prompt(request), key=CALL)


def events(heard: Events, kind: type[T]) -> list[T]:
    return [event for _, event in heard.get(CALL, ()) if isinstance(event, kind)]


def ends(heard: Events, attempt: int) -> bool:
    return any(end.attempt == attempt for end in events(heard, ReplyFinished))


def words(heard: Events, attempt: int) -> str:
    return "".join(one.text for one in events(heard, ReplyChunk) if one.attempt == attempt)


def uses_of(heard: Events) -> list[ToolUse]:
    """The uses as a gateway tells of them: what was intended, and what is known of it."""
    ended = {end.use_id: end for end in events(heard, ToolReturned)}
    uses = []
    for one in events(heard, ToolIntended):
        end = ended.get(one.use_id)
        status = ToolStatus.UNSPECIFIED if end is None else end.status
        result = "" if end is None else end.result
        uses.append(
            ToolUse(
                one.use_id, one.turn, one.round, one.tool, one.arguments, status, result, one.model
            )
        )
    return uses


def assert_nothing_leaked(log: bytes) -> None:
    """Neither what the caller said, nor a secret, nor an address that was called."""
    for canary in (NAME, SECRET, "/bookings"):
        assert canary.encode() not in log
