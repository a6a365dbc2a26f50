"""News behind an answer: in order, tried again, bounded, and counted when lost."""

import asyncio

import pytest
from fakes import Exchange, open_exchange, until

from gateway import news
from gateway.news import KEEP_SECONDS, News, callback_news, command_news, lifecycle_news
from trunkline.errors import Invalid
from trunkline.events.call import EndReason
from trunkline.events.commands import MachineAnswered
from trunkline.events.lifecycle import CallEnded, CallResumed
from trunkline.events.topics import CALLBACKS, COMMANDS, LIFECYCLE
from trunkline.events.twilio import Callback, OutboundAnswered
from trunkline.testing.virtual_time import in_virtual_time

RESUMED = CallResumed("acme", "CA1", 7, "attempt", "VX1", 1_700_000_000_000)
ENDED = CallEnded("acme", "CA1", 7, "", EndReason.SILENCE.name.lower(), "", 2, 3000, 1)
LOST = 'trunkline_gateway_news_lost_total{kind="CallResumed"}'


def item(key: str, text: str) -> News:
    return News(LIFECYCLE.name, key, text.encode(), "CallResumed")


def published(exchange: Exchange) -> list[tuple[str | None, str]]:
    return [(one.key, one.value.decode()) for one in exchange.bus.records(LIFECYCLE.name)]


@in_virtual_time
async def test_news_are_published_where_they_belong_with_their_type() -> None:
    answered = Callback("acme", "attempt", "AC1", "CA1", 1, OutboundAnswered(True))
    judged = MachineAnswered("acme", "CA1", "human")
    async with open_exchange() as exchange:
        told = [
            exchange.desk.put(one)
            for one in (lifecycle_news(ENDED), callback_news(answered), command_news(judged))
        ]
        assert [await one for one in told] == [True, True, True]
        records = [
            record
            for topic in (LIFECYCLE, CALLBACKS, COMMANDS)
            for record in exchange.bus.records(topic.name)
        ]

    assert [(one.key, one.headers["type"]) for one in records] == [
        ("CA1", "CallEnded"),
        ("CA1", "OutboundAnswered"),
        ("CA1", "MachineAnswered"),
    ]


@in_virtual_time
async def test_news_of_one_call_keep_their_order_through_an_outage() -> None:
    async with open_exchange() as exchange:
        exchange.bus.faults.fail(LIFECYCLE.name)
        for number in range(5):
            for key in ("CA1", "CA2"):
                exchange.desk.put(item(key, str(number)))
        await asyncio.sleep(30)
        exchange.bus.faults.release(LIFECYCLE.name)
        last = exchange.desk.put(item("CA1", "5"))
        assert await last
        await until(lambda: len(published(exchange)) == 11)
        lines = published(exchange)

    for key, count in (("CA1", 6), ("CA2", 5)):
        assert [text for one, text in lines if one == key] == [str(n) for n in range(count)]


@in_virtual_time
async def test_after_a_stalled_bus_all_have_arrived_and_some_perhaps_twice() -> None:
    async with open_exchange() as exchange:
        exchange.bus.faults.stall(LIFECYCLE.name)
        told = [exchange.desk.put(item("CA1", str(number))) for number in range(3)]
        await asyncio.sleep(20)
        exchange.bus.faults.release(LIFECYCLE.name)
        assert [await one for one in told] == [True, True, True]
        lines = published(exchange)

    assert list(dict.fromkeys(text for _, text in lines)) == ["0", "1", "2"]


@in_virtual_time
async def test_what_the_bus_does_not_take_in_time_is_given_up_and_counted() -> None:
    async with open_exchange() as exchange:
        exchange.bus.faults.fail(LIFECYCLE.name)
        told = exchange.desk.put(lifecycle_news(RESUMED))
        began = asyncio.get_running_loop().time()
        assert not await told
        waited = asyncio.get_running_loop().time() - began

    assert KEEP_SECONDS <= waited < KEEP_SECONDS + 2
    assert exchange.value(LOST) == 1


@in_virtual_time
async def test_one_topic_that_is_away_holds_up_no_other() -> None:
    async with open_exchange() as exchange:
        exchange.bus.faults.stall(CALLBACKS.name)
        for number in range(300):
            exchange.desk.put(News(CALLBACKS.name, f"CA{number}", b"", "StatusReported"))
        assert await exchange.desk.put(item("CA1", "here"))
        now = asyncio.get_running_loop().time()

    assert now < 0.1


@in_virtual_time
async def test_too_many_are_refused_at_once_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "MAX_WAITING", 3)
    async with open_exchange() as exchange:
        told = [exchange.desk.put(item("CA1", str(number))) for number in range(5)]

        assert [one.done() and not one.result() for one in told] == [False] * 3 + [True] * 2
        assert [await one for one in told[:3]] == [True] * 3
    assert exchange.value(LOST) == 2


@in_virtual_time
async def test_a_record_that_no_cluster_would_take_is_given_up_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_exchange() as exchange:
        monkeypatch.setattr(exchange.bus.bulk, "publish", refuse)
        told = exchange.desk.put(item("CA1", "large"))

        assert not await told
        assert asyncio.get_running_loop().time() < 1


async def refuse(*_: object, **__: object) -> None:
    raise Invalid("too large")


@in_virtual_time
async def test_whoever_waits_no_longer_takes_no_news_away() -> None:
    async with open_exchange() as exchange:
        told = exchange.desk.put(item("CA1", "kept"))
        told.cancel()
        await until(lambda: published(exchange) == [("CA1", "kept")])


@in_virtual_time
async def test_at_the_end_the_desk_waits_for_what_is_left_but_not_for_ever() -> None:
    async with open_exchange() as exchange:
        exchange.desk.put(item("CA1", "last"))
        await exchange.desk.drain()
        emptied = published(exchange)
        exchange.bus.faults.fail(LIFECYCLE.name)
        exchange.desk.put(item("CA1", "lost"))
        began = asyncio.get_running_loop().time()
        await exchange.desk.drain()
        waited = asyncio.get_running_loop().time() - began

    assert emptied == [("CA1", "last")]
    assert 4 < waited < 6
