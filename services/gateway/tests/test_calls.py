"""Live calls side by side: slots, ownership, topics and the drain, in virtual time."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from fakes import (
    AGENT,
    CALL,
    Exchange,
    FakeSocket,
    open_exchange,
    prompt,
    records,
    setup,
    until,
)

from gateway import calls
from gateway.outbox import LIMIT
from gateway.tickets import CallTickets, Ticket
from trunkline.events.call import (
    Attached,
    CallerSpoke,
    CallEvent,
    CallRecord,
    Detached,
    Ended,
    EndReason,
    RoutedElsewhere,
)
from trunkline.events.topics import call_topic
from trunkline.events.turn import Message, Role
from trunkline.testing.virtual_time import in_virtual_time, unix_now

TOPIC = call_topic(CALL).name
OTHER = "CA00000000000000000000000000000002"


# Refused sessions


def another_calls(exchange: Exchange) -> object:
    return setup(CALL, exchange.ticket(OTHER))


def no_ticket(_: Exchange) -> object:
    return setup(CALL, "")


def forged(_: Exchange) -> object:
    office = CallTickets(["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="], unix_now)
    return setup(CALL, office.issue(Ticket(CALL, "acme", AGENT.id, AGENT.version, 2**31)))


def expired(exchange: Exchange) -> object:
    return setup(CALL, exchange.tickets.issue(Ticket(CALL, "acme", AGENT.id, AGENT.version, 1)))


def unknown_agent(exchange: Exchange) -> object:
    return setup(CALL, exchange.tickets.issue(Ticket(CALL, "acme", "nobody", "v1", 2**31)))


def no_setup(_: Exchange) -> object:
    return prompt("Hello?")


def no_frame(_: Exchange) -> object:
    return "not JSON"


def no_call_sid(exchange: Exchange) -> object:
    return {**exchange.setup(), "callSid": None}


REFUSED = [
    another_calls,
    no_ticket,
    forged,
    expired,
    unknown_agent,
    no_setup,
    no_frame,
    no_call_sid,
]


@pytest.mark.parametrize("first_frame", REFUSED)
@in_virtual_time
async def test_a_session_without_a_ticket_for_its_call_is_closed_and_gives_its_slot_back(
    first_frame: Callable[[Exchange], dict[str, object] | str],
) -> None:
    async with open_exchange() as exchange:
        socket = FakeSocket()
        socket.says(first_frame(exchange))
        await exchange.accept(socket)
        topics = await exchange.bus.topics()

    assert socket.closed_with == 1008
    assert exchange.slots.used == 0
    assert TOPIC not in topics
    assert exchange.value('trunkline_gateway_refused_total{reason="ticket"}') == 1


@in_virtual_time
async def test_a_session_that_sends_no_setup_is_closed_after_five_seconds() -> None:
    async with open_exchange() as exchange:
        socket = FakeSocket()
        await exchange.accept(socket)
        lasted = asyncio.get_running_loop().time()

    assert lasted == pytest.approx(5)
    assert socket.closed_with == 1008
    assert exchange.slots.used == 0
    assert exchange.value('trunkline_gateway_refused_total{reason="setup"}') == 1


# Slots


@in_virtual_time
async def test_a_socket_that_ends_before_its_setup_gives_its_slot_back() -> None:
    async with open_exchange() as exchange:
        socket = FakeSocket()
        socket.ends(1006)
        await exchange.accept(socket)

    assert exchange.slots.used == 0


@in_virtual_time
async def test_a_socket_that_ends_while_its_log_is_opened_gives_its_slot_back() -> None:
    async with open_exchange() as exchange:
        exchange.bus.faults.stall(TOPIC)
        socket = exchange.ring()
        await asyncio.sleep(0.5)
        used = exchange.slots.used
        socket.ends(1006)
        await asyncio.sleep(0.5)
        exchange.bus.faults.release(TOPIC)
        await until(lambda: exchange.slots.used == 0)

    assert used == 1


@in_virtual_time
async def test_a_call_that_ends_gives_its_slot_back_at_once_and_its_topic_after_a_minute() -> None:
    async with open_exchange() as exchange:
        socket = await exchange.call()
        await until(lambda: exchange.events() != [])
        used = exchange.slots.used
        socket.ends()
        await until(lambda: exchange.slots.used == 0)
        freed_at = asyncio.get_running_loop().time()
        await asyncio.sleep(59)
        kept = await exchange.bus.topics()
        await until(lambda: exchange.events() == [])

    assert used == 1
    assert freed_at < 1
    assert TOPIC in kept


@in_virtual_time
async def test_a_call_that_nobody_takes_up_again_within_a_minute_counts_as_lost() -> None:
    async with open_exchange() as exchange:
        socket = await exchange.call()
        await until(lambda: exchange.events() != [])
        socket.ends(1006)
        await asyncio.sleep(59)
        before = exchange.value('trunkline_gateway_calls_ended_total{reason="lost"}')
        await until(lambda: exchange.events() == [])

    assert before == 0
    assert exchange.value('trunkline_gateway_calls_ended_total{reason="lost"}') == 1


@in_virtual_time
async def test_a_fault_inside_one_call_ends_that_call_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        other = await exchange.call(OTHER)
        await until(lambda: exchange.events(OTHER) != [])
        with monkeypatch.context() as patch:
            patch.setattr(calls, "CallSession", raise_a_bug)
            broken = exchange.ring()
            await until(lambda: broken.closed_with is not None)
        other.says(prompt("Are you open?"))
        await until(lambda: other.text == "Answer 1 is this.")
        used = exchange.slots.used

    assert broken.closed_with == 1011
    assert used == 1
    assert exchange.value('trunkline_gateway_calls_ended_total{reason="internal_error"}') == 1


# Ownership


@in_virtual_time
async def test_a_second_attachment_fences_the_first() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        first = await exchange.call()
        first.says(prompt("Are you open?"))
        await until(lambda: first.text == "Answer 1 is this.")
        second = await exchange.call(tries=1)
        await until(lambda: first.closed_with is not None)
        first.says(prompt("Is anybody there?"))
        await asyncio.sleep(5)
        second.says(prompt("And tomorrow?"))
        await until(lambda: second.text.endswith("Answer 2 is this."))
        log = exchange.log()

    taken = [record.event for record in log].index(attached(log)[1])
    assert first.closed_with == 1001
    assert first.text == "Answer 1 is this."
    assert {record.attachment_id for record in log[taken:]} == {"gateway-1/2"}
    assert asked(log) == ["Are you open?", "And tomorrow?"]


@in_virtual_time
async def test_a_second_attachment_goes_on_with_the_story_of_the_first() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        first = await exchange.call()
        first.says(prompt("Are you open?"))
        await until(lambda: first.text == "Answer 1 is this.")
        await asyncio.sleep(5)
        first.ends(1006)
        await until(lambda: isinstance(exchange.events()[-1], Detached))
        second = await exchange.call(tries=1)
        second.says(prompt("And tomorrow?"))
        request = await exchange.worker.next(2)

    assert (request.ref.turn, request.ref.epoch) == (2, exchange.events().index(resumed(exchange)))
    assert request.history == (
        Message(Role.AGENT, "Hello."),
        Message(Role.CALLER, "Are you open?", 1),
        Message(Role.AGENT, "Answer 1 is this.", 1),
        Message(Role.CALLER, "And tomorrow?", 2),
    )


@in_virtual_time
async def test_a_gateway_that_has_lost_a_call_never_deletes_its_topic() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        first = await exchange.call()
        second = await exchange.call(tries=1)
        await until(lambda: first.closed_with is not None)
        await asyncio.sleep(55)  # shorter than the silence after which the call would end
        second.says(prompt("Are you there?"))
        await asyncio.sleep(55)
        second.says(prompt("Are you still there?"))
        await until(lambda: second.text.endswith("Answer 2 is this."))

    assert exchange.value('trunkline_gateway_calls_ended_total{reason="taken_over"}') == 1
    assert asked(exchange.log()) == ["Are you there?", "Are you still there?"]


@in_virtual_time
async def test_a_topic_is_kept_for_a_newer_attachment() -> None:
    async with open_exchange() as exchange:
        first = await exchange.call()
        await until(lambda: exchange.events() != [])
        first.ends(1006)
        await asyncio.sleep(30)
        second = await exchange.call(tries=1)
        await asyncio.sleep(60)
        kept = exchange.events()
        second.ends()
        await until(lambda: exchange.events() == [], seconds=70)

    assert [type(event) for event in kept[:2]] == [Attached, Detached]


@in_virtual_time
async def test_a_greeting_is_not_spoken_twice() -> None:
    async with open_exchange() as exchange:
        first = await exchange.call()
        await until(lambda: exchange.events() != [])
        first.ends(1006)
        await exchange.call(tries=1)
        await until(lambda: len(attached(exchange.log())) == 2)

    assert [event.greeting for event in attached(exchange.log())] == ["Hello.", ""]


# The way out


@in_virtual_time
async def test_without_a_budget_for_topics_replies_come_by_the_gateways_own() -> None:
    async with open_exchange(creates=0) as exchange:
        exchange.answers()
        socket = await exchange.call()
        for number in range(1, 4):
            socket.says(prompt(f"Question {number}"))
            await until(lambda n=number: socket.text.count("is this.") == n)  # type: ignore[misc]
            await asyncio.sleep(3)
        replies = records(exchange.bus, exchange.replies)

    assert socket.text == "".join(f"Answer {number} is this." for number in range(1, 4))
    assert len(replies) == 3 * 4
    assert [request.ref.epoch for request in exchange.worker.asked] == [-1] * 3
    assert exchange.value("trunkline_gateway_calls_without_topic_total") == 1


@in_virtual_time
async def test_a_topic_that_is_ready_too_late_says_where_the_replies_are() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        exchange.bus.faults.stall(TOPIC)
        socket = exchange.ring()
        await asyncio.sleep(3)
        exchange.bus.faults.release(TOPIC)
        await until(lambda: RoutedElsewhere(exchange.replies) in exchange.events())
        socket.says(prompt("Are you open?"))
        await until(lambda: socket.text == "Answer 1 is this.")

    assert [request.reply_topic for request in exchange.worker.asked] == [exchange.replies]
    assert not any(isinstance(event, CallerSpoke) for event in exchange.events())


@in_virtual_time
async def test_words_said_before_the_topic_is_ready_are_answered_without_it() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        exchange.bus.faults.stall(TOPIC)
        socket = exchange.ring()
        socket.says(prompt("Are you open?"))
        await until(lambda: socket.text == "Answer 1 is this.")
        answered_at = asyncio.get_running_loop().time()

    assert answered_at < 0.1


@in_virtual_time
async def test_a_resumed_call_waits_for_its_story_whatever_is_said_meanwhile() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        first = await exchange.call()
        first.says(prompt("Are you open?"))
        await until(lambda: first.text == "Answer 1 is this.")
        first.ends(1006)
        second = exchange.ring(tries=1)
        second.says(prompt("And tomorrow?"))
        await until(lambda: second.text.endswith("Answer 2 is this."))

    assert asked(exchange.log()) == ["Are you open?", "And tomorrow?"]


@in_virtual_time
async def test_each_turn_is_told_once_it_is_over() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.call()
        socket.says(prompt("Are you open?"))
        await until(lambda: socket.text == "Answer 1 is this.")
        socket.ends(1000)
        await until(lambda: len(exchange.turns()) == 2)

    assert [(turn.turn, turn.asked) for turn in exchange.turns()] == [(0, ""), (1, "Are you open?")]


@in_virtual_time
async def test_a_call_without_a_log_that_may_go_on_elsewhere_leaves_its_topic_alone() -> None:
    async with open_exchange() as exchange:
        first = await exchange.call()
        first.ends(1006)
        exchange.bus.faults.stall(TOPIC)
        second = await exchange.call(tries=1)
        second.ends(1006)
        await until(lambda: exchange.slots.used == 0)
        exchange.bus.faults.release(TOPIC)
        await asyncio.sleep(5)
        topics = await exchange.bus.topics()

    assert TOPIC in topics


@in_virtual_time
async def test_replies_of_calls_that_are_gone_are_let_pass() -> None:
    async with open_exchange(creates=0) as exchange:
        exchange.listens()
        gone, here = await exchange.call(), await exchange.call(OTHER)
        gone.says(prompt("Are you open?"))
        first = await exchange.worker.next()
        gone.ends()
        await until(lambda: exchange.slots.used == 1)
        await exchange.worker.answer(first)
        here.says(prompt("Are you open?"))
        await exchange.worker.answer(await exchange.worker.next(2))
        await until(lambda: here.text == "Answer 1 is this.")

    assert gone.sent == []


@in_virtual_time
async def test_a_flood_of_replies_to_one_call_harms_nobody() -> None:
    """They are delivered by a task of the whole process: what one call cannot take ends there."""
    async with open_exchange(creates=0) as exchange:
        exchange.answers()
        socket = await exchange.call()
        socket.says(prompt("Are you open?"))
        await until(lambda: socket.text == "Answer 1 is this.")
        reply = records(exchange.bus, exchange.replies)[0]
        for n in range(3 * LIMIT):
            exchange.calls.deliver(replace(reply, n=n))
        socket.says(prompt("And tomorrow?"))
        await until(lambda: socket.text.endswith("Answer 2 is this."))

    assert exchange.value('trunkline_gateway_calls_ended_total{reason="internal_error"}') == 0


@in_virtual_time
async def test_a_record_of_replies_that_nobody_understands_is_counted_and_let_pass() -> None:
    async with open_exchange(creates=0) as exchange:
        exchange.answers()
        socket = await exchange.call()
        await exchange.bus.calls.publish(exchange.replies, b"\xff\xff")
        socket.says(prompt("Are you open?"))
        await until(lambda: socket.text == "Answer 1 is this.")

    assert exchange.value("trunkline_gateway_invalid_records_total") == 1


# Draining


@in_virtual_time
async def test_a_drain_takes_no_new_calls_and_lets_live_ones_finish() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.call()
        draining = exchange.tasks.create_task(exchange.calls.drain(600), name="drain")
        await until(lambda: exchange.slots.is_draining)
        refused = exchange.slots.take()
        socket.says(prompt("Are you open?"))
        await until(lambda: socket.text == "Answer 1 is this.")
        is_waiting = not draining.done()
        socket.ends()
        await draining

    assert refused is None
    assert is_waiting
    assert Ended(EndReason.CALLER_HUNG_UP) in exchange.events()


@in_virtual_time
async def test_at_the_drains_deadline_live_calls_are_left_for_another_gateway() -> None:
    async with open_exchange() as exchange:
        socket = await exchange.call()
        await until(lambda: exchange.events() != [])
        await exchange.calls.drain(30)
        lasted = asyncio.get_running_loop().time()

    assert lasted < 31
    assert socket.closed_with == 1012
    assert exchange.events()[-1] == Detached(1012)


@in_virtual_time
async def test_a_drain_without_calls_ends_at_once() -> None:
    async with open_exchange() as exchange:
        await exchange.calls.drain(600)

        assert asyncio.get_running_loop().time() == 0


def raise_a_bug(*_: object, **__: object) -> None:
    raise RuntimeError("a bug")


def attached(log: list[CallRecord]) -> list[Attached]:
    return [record.event for record in log if isinstance(record.event, Attached)]


def asked(log: list[CallRecord]) -> list[str]:
    return [record.event.text for record in log if isinstance(record.event, CallerSpoke)]


def resumed(exchange: Exchange) -> CallEvent:
    return attached(exchange.log())[1]
