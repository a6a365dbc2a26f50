"""A call's conversation, with Twilio and the worker played by the test, in virtual time."""

import asyncio

import pytest
from fakes import (
    APOLOGY,
    FIRST,
    REST,
    open_exchange,
    prompt,
    until,
)

from gateway import outbox
from trunkline.events.call import (
    Ended,
    EndReason,
    ReplyChunk,
    TurnStarted,
)
from trunkline.events.turn import Message, Role
from trunkline.testing.virtual_time import in_virtual_time


@in_virtual_time
async def test_a_prompt_is_answered_with_the_workers_words_in_their_order() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.call()
        socket.says(prompt("Are you open?"))
        await until(lambda: len(socket.sent) == 3)

    assert socket.sent == FIRST + REST


@in_virtual_time
async def test_a_conversation_of_several_turns_carries_its_history() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.call()
        for number in range(1, 4):
            socket.says(prompt(f"Question {number}"))
            await until(lambda n=number: socket.text.count("is this.") == n)  # type: ignore[misc]
            await asyncio.sleep(5)  # all of it is spoken meanwhile
        third = await exchange.worker.next(3)
        socket.ends()
        await until(lambda: isinstance(exchange.events()[-1], Ended))

    assert third.history == (
        Message(Role.AGENT, "Hello."),
        Message(Role.CALLER, "Question 1", 1),
        Message(Role.AGENT, "Answer 1 is this.", 1),
        Message(Role.CALLER, "Question 2", 2),
        Message(Role.AGENT, "Answer 2 is this.", 2),
        Message(Role.CALLER, "Question 3", 3),
    )
    assert exchange.events()[-1] == Ended(EndReason.CALLER_HUNG_UP)
    assert exchange.value("trunkline_gateway_turns_total") == 3


@in_virtual_time
async def test_no_word_is_sent_of_a_turn_that_the_log_does_not_have() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        exchange.bus.faults.fail("call.*")
        socket.says(prompt("Are you open?"))
        request = await exchange.worker.next()
        exchange.bus.faults.release("call.*")
        await exchange.worker.answer(request)
        await until(lambda: socket.text != "")

    assert socket.text == APOLOGY


@in_virtual_time
async def test_a_bus_that_stalls_in_mid_reply_brings_no_second_attempt() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        socket.says(prompt("Are you open?"))
        request = await exchange.worker.next()
        await exchange.worker.start(request)
        await exchange.worker.say(request, "Answer 1 ")
        await until(lambda: socket.sent == FIRST)
        exchange.bus.faults.stall("*")
        socket.says({"type": "dtmf", "digit": "1"})  # a record of ours that waits, too
        await exchange.worker.say(request, "is this.")
        await exchange.worker.finish(request)
        await asyncio.sleep(1.8)
        exchange.bus.faults.release("*")
        await until(lambda: len(socket.sent) == 3)

    assert socket.sent == FIRST + REST
    assert [asked.ref.attempt for asked in exchange.worker.asked] == [0]
    assert exchange.cancels() == []


@in_virtual_time
async def test_a_worker_that_falls_silent_is_followed_by_one_that_goes_on() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        socket.says(prompt("Are you open?"))
        first = await exchange.worker.next(1)
        await exchange.worker.start(first)
        await exchange.worker.say(first, "Answer 1 ")
        second = await exchange.worker.next(2)
        await exchange.worker.say(first, "too late")
        await exchange.worker.start(second)
        await exchange.worker.say(second, "is this.")
        await exchange.worker.finish(second)
        await until(lambda: len(socket.sent) == 3)

    assert (second.ref.attempt, second.spoken_prefix) == (1, "Answer 1 ")
    assert socket.sent == FIRST + REST
    assert exchange.value("trunkline_gateway_turn_retries_total") == 1


@in_virtual_time
async def test_a_prompt_that_the_bus_refuses_ends_with_the_apology() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        exchange.bus.faults.fail("calls.*")
        socket = await exchange.call()
        socket.says(prompt("Are you open?"))
        await until(lambda: socket.text != "")

    # A bus that refuses at once was once asked again at once: a loop that never let go of the
    # process, with all its calls.
    assert exchange.value("trunkline_gateway_turn_retries_total") == 39
    assert exchange.value("trunkline_gateway_publish_failures_total") >= 80
    assert socket.text == APOLOGY
    assert exchange.value("trunkline_gateway_apologies_total") == 1


@in_virtual_time
async def test_what_the_bus_does_not_confirm_is_counted_and_the_call_goes_on() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.call()
        await until(lambda: exchange.log() != [])
        exchange.bus.faults.fail("call.*")
        socket.says({"type": "dtmf", "digit": "1"})
        await until(lambda: exchange.value("trunkline_gateway_publish_failures_total") == 1)
        exchange.bus.faults.release("call.*")
        socket.says(prompt("Are you open?"))
        await until(lambda: len(socket.sent) == 3)

    assert socket.sent == FIRST + REST


@in_virtual_time
async def test_a_call_that_wants_more_than_its_socket_takes_ends_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "LIMIT", 20)
    async with open_exchange() as exchange:
        exchange.listens()
        stuck, other = await exchange.call("CAstuck"), await exchange.call("CAother")
        stuck.says(prompt("Tell me everything."))
        request = await exchange.worker.next()
        stuck.stops_taking()
        await exchange.worker.start(request)
        for number in range(30):
            await exchange.worker.say(request, f"{number} ")
        await until(lambda: stuck.closed_with is not None)
        other.says(prompt("Are you open?"))
        await exchange.worker.answer(await exchange.worker.next(2))
        await until(lambda: len(other.sent) == 3)

    assert stuck.closed_with == 1011
    assert other.closed_with is None
    assert exchange.value('trunkline_gateway_calls_ended_total{reason="internal_error"}') == 1


@in_virtual_time
async def test_a_record_written_twice_by_a_producers_retry_is_spoken_once() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        socket.says(prompt("Are you open?"))
        request = await exchange.worker.next()
        await exchange.worker.start(request)
        await until(lambda: exchange.has(TurnStarted))
        exchange.bus.faults.duplicate(request.reply_topic)
        await exchange.worker.say(request, "Answer 1 ")
        await exchange.worker.say(request, "is this.")
        await exchange.worker.finish(request)
        await until(lambda: len(socket.sent) == 3)

    assert exchange.count(ReplyChunk) == 3
    assert socket.sent == FIRST + REST
