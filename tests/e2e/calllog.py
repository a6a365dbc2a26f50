"""What a call left on the bus, for tests that look behind the words."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from trunkline.bus import Record, Start
from trunkline.bus.kafka import KafkaBus
from trunkline.events.lifecycle import Lifecycle
from trunkline.events.topics import LIFECYCLE, PROMPTS, call_topic
from trunkline.events.turn import TurnRequested
from trunkline.events.wire import decode_lifecycle, decode_prompt, decode_record
from trunkline_cli.testing import RunningStack

FIND_SECONDS = 15
Kind = TypeVar("Kind")


async def logged(
    stack: RunningStack, call_sid: str, kind: type[Kind], met: Callable[[Kind], bool] | None = None
) -> Kind:
    """The first event of this kind in the call's topic, once it is there."""
    async with _records(stack, call_topic(call_sid).name) as records:
        async for record in records:
            event = decode_record(record.value).event
            if isinstance(event, kind) and (met is None or met(event)):
                return event
    raise AssertionError("the topic has ended")


async def asked(stack: RunningStack, call_sid: str, turn: int) -> TurnRequested:
    """The first prompt of this turn."""
    async with _records(stack, PROMPTS.name) as records:
        async for record in records:
            prompt = decode_prompt(record.value) if record.key == call_sid else None
            if isinstance(prompt, TurnRequested) and prompt.ref.turn == turn:
                return prompt
    raise AssertionError("the topic has ended")


async def announced(stack: RunningStack, call_sid: str, kind: type[Kind]) -> Kind:
    """The first news of this kind that is told about the call."""
    async with _records(stack, LIFECYCLE.name) as records:
        async for record in records:
            news: Lifecycle | None = (
                decode_lifecycle(record.value) if record.key == call_sid else None
            )
            if isinstance(news, kind):
                return news
    raise AssertionError("the topic has ended")


def process(parts: list[dict[str, Any]], name: str) -> int:
    """The pid of a gateway or worker, as the report lists them."""
    (pid,) = [part["pid"] for part in parts if part["id"] == name]
    return int(pid)


@asynccontextmanager
async def _records(stack: RunningStack, topic: str) -> AsyncIterator[AsyncIterator[Record]]:
    """All records of a topic, those to come included, for a limited time."""
    async with (
        asyncio.timeout(FIND_SECONDS),
        KafkaBus.open(stack.report["kafka"]["bootstrap"], client_id="test") as bus,
        bus.read(topic, Start.BEGINNING) as reader,
    ):

        async def each() -> AsyncIterator[Record]:
            while True:
                for record in await reader.fetch():
                    yield record

        yield each()
