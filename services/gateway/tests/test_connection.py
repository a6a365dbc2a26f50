"""A call's socket and log, with Twilio and the worker played by the test, in virtual time."""

import asyncio

import pytest
from fakes import (
    APOLOGY,
    CALL,
    Exchange,
    FakeSocket,
    interrupt,
    open_exchange,
    prompt,
    until,
)

from gateway import outbox
from trunkline.events.call import (
    Attached,
    CallerInterrupted,
    CallerSpoke,
    Detached,
    Ended,
    EndReason,
    KeysPressed,
    ReplyChunk,
    Spoken,
    TurnStarted,
)
from trunkline.events.topics import call_topic
from trunkline.events.turn import Message, Role
from trunkline.testing.virtual_time import in_virtual_time

FIRST = [{"type": "text", "token": "Answer 1 ", "last": False}]
REST = [
    {"type": "text", "token": "is this.", "last": False},
    {"type": "text", "token": "", "last": True},
]


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
        Message(Role.CALLER, "Question 1"),
        Message(Role.AGENT, "Answer 1 is this."),
        Message(Role.CALLER, "Question 2"),
        Message(Role.AGENT, "Answer 2 is this."),
        Message(Role.CALLER, "Question 3"),
    )
    assert exchange.events()[-1] == Ended(EndReason.CALLER_HUNG_UP)
    assert exchange.value("trunkline_gateway_turns_total") == 3


@in_virtual_time
async def test_nothing_is_sent_before_the_log_has_what_the_caller_said() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        await until(lambda: exchange.log() != [])
        exchange.bus.faults.duplicate(call_topic(CALL).name)
        socket.says(prompt("Are you open?"))
        request = await exchange.worker.next()
        exchange.bus.faults.stall(call_topic(CALL).name)
        await exchange.worker.answer(request)
        await asyncio.sleep(0.5)
        early = list(socket.sent)
        exchange.bus.faults.release(call_topic(CALL).name)
        await until(lambda: len(socket.sent) == 3)

    assert early == []


@in_virtual_time
async def test_a_frame_stuck_in_a_full_buffer_is_never_written_after_an_interrupt() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        socket.says(prompt("Tell me everything."))
        request = await exchange.worker.next()
        await exchange.worker.start(request)
        await exchange.worker.say(request, "One. ")
        await until(lambda: socket.text == "One. ")
        socket.stops_taking()
        for words in ("Two. ", "Three. ", "Four. "):
            await exchange.worker.say(request, words)
        await asyncio.sleep(0.5)
        socket.says(interrupt("One."))
        await until(lambda: has(exchange, CallerInterrupted))
        socket.takes_again()
        await exchange.worker.say(request, "Five. ")
        await exchange.worker.finish(request)
        await asyncio.sleep(5)

    assert socket.text == "One. "
    assert [cancel.turn for cancel in exchange.cancels()] == [1]


@in_virtual_time
async def test_a_stuck_frame_is_not_written_even_when_its_buffer_has_room_in_the_same_moment() -> (
    None
):
    # A caller's side that reads again and interrupts at once wakes reader and writer in one pass
    # of the event loop, the reader first: the frame used to be written behind the interrupt.
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        socket.says(prompt("Tell me everything."))
        request = await exchange.worker.next()
        await exchange.worker.start(request)
        socket.stops_taking()
        await exchange.worker.say(request, "One. ")
        await exchange.worker.say(request, "Two. ")
        await asyncio.sleep(0.5)
        socket.says(interrupt(""))
        socket.takes_again()
        await until(lambda: has(exchange, CallerInterrupted))
        socket.says(prompt("Go on."))
        await exchange.worker.answer(await exchange.worker.next(2))
        await until(lambda: socket.text.endswith("is this."))

    assert socket.text == "Answer 2 is this."


@in_virtual_time
async def test_what_closes_an_utterance_is_kept_when_its_last_words_are_dropped() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        socket.says(prompt("Tell me everything."))
        request = await exchange.worker.next()
        await exchange.worker.start(request)
        await exchange.worker.say(request, "One. ")
        await until(lambda: socket.text == "One. ")
        socket.stops_taking()
        await exchange.worker.say(request, "Two. ")
        await exchange.worker.finish(request)
        await asyncio.sleep(0.5)
        socket.says(interrupt("One."))
        await until(lambda: has(exchange, CallerInterrupted))
        socket.takes_again()
        await until(lambda: len(socket.sent) == 2)

    assert socket.sent[1] == {"type": "text", "token": "", "last": True}


@in_virtual_time
async def test_a_call_may_be_cancelled_while_words_wait_for_room() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = FakeSocket()
        socket.says(exchange.setup())
        held = exchange.accept(socket)
        await until(lambda: has(exchange, Attached))
        socket.says(prompt("Tell me everything."))
        request = await exchange.worker.next()
        socket.stops_taking()
        await exchange.worker.answer(request)
        await asyncio.sleep(0.5)
        socket.says(interrupt(""))
        held.cancel()
        await asyncio.sleep(0.5)

        assert held.cancelled()
        assert exchange.slots.used == 0


@in_virtual_time
async def test_an_interrupted_utterance_is_closed_and_the_next_turn_is_answered() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        socket.says(prompt("Tell me everything."))
        request = await exchange.worker.next()
        await exchange.worker.start(request)
        await exchange.worker.say(request, "One. Two. ")
        await until(lambda: socket.text != "")
        socket.says(interrupt("One."))
        socket.says(prompt("Only the first."))
        second = await exchange.worker.next(2)
        await exchange.worker.answer(second)
        await until(lambda: len(socket.sent) == 5)

    assert socket.sent[1] == {"type": "text", "token": "", "last": True}
    assert second.history[-2:] == (
        Message(Role.AGENT, "One."),
        Message(Role.CALLER, "Only the first."),
    )


@in_virtual_time
async def test_frames_wait_while_the_buffer_is_full_and_none_is_lost() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        socket.says(prompt("Tell me everything."))
        request = await exchange.worker.next()
        socket.stops_taking()
        await exchange.worker.start(request)
        for number in range(100):
            await exchange.worker.say(request, f"{number} ")
        await exchange.worker.finish(request)
        await asyncio.sleep(5)
        waited = list(socket.sent)
        socket.takes_again()
        await until(lambda: len(socket.sent) == 101)

    assert waited == []
    assert socket.text == "".join(f"{number} " for number in range(100))


@in_virtual_time
async def test_a_socket_that_takes_nothing_for_ten_seconds_counts_as_lost() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        socket.says(prompt("Tell me everything."))
        request = await exchange.worker.next()
        socket.stops_taking()
        await exchange.worker.answer(request)
        began = asyncio.get_running_loop().time()
        await until(lambda: has(exchange, Detached))
        lasted = asyncio.get_running_loop().time() - began

    assert lasted == pytest.approx(10, abs=0.1)
    assert exchange.events()[-1] == Detached(1006)


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
    assert 50 < exchange.value("trunkline_gateway_turn_retries_total") <= 100
    assert exchange.value("trunkline_gateway_publish_failures_total") >= 200
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
async def test_ten_malformed_frames_in_a_row_close_the_socket() -> None:
    async with open_exchange() as exchange:
        socket = await exchange.call()
        for _ in range(10):
            socket.says("not JSON")
        await until(lambda: socket.closed_with is not None)
        await until(lambda: has(exchange, Detached))

    assert socket.closed_with == 1007
    assert exchange.value("trunkline_gateway_malformed_frames_total") == 10


@in_virtual_time
async def test_malformed_frames_among_good_ones_are_let_pass() -> None:
    async with open_exchange() as exchange:
        socket = await exchange.call()
        for _ in range(5):
            for frame in ("not JSON", '{"no": "type"}', '["a list"]'):
                socket.says(frame)
            socket.says({"type": "dtmf", "digit": "1"})
        await until(lambda: count(exchange, KeysPressed) == 5)

    assert socket.closed_with is None


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "configUpdated", "anything": [1, 2]},
        {"type": "info", "name": "roundTripDelayMs", "value": "120"},
        {"type": "info", "name": "unheardOf", "value": {"nested": True}},
        {"type": "error", "description": "Invalid message received"},
        {"type": "prompt", "voicePrompt": "", "lang": "en-US", "last": True},
        {"type": "prompt", "voicePrompt": "Are y", "lang": "en-US", "last": False},
    ],
)
@in_virtual_time
async def test_a_frame_without_meaning_to_us_changes_nothing(frame: dict[str, object]) -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.call()
        socket.says(frame)
        socket.says(prompt("Are you open?"))
        await until(lambda: len(socket.sent) == 3)

    assert socket.sent == FIRST + REST
    assert [asked.ref.turn for asked in exchange.worker.asked] == [1]


@in_virtual_time
async def test_a_setup_that_is_sent_again_is_harmless() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.call()
        socket.says(exchange.setup())
        socket.says(prompt("Are you open?"))
        await until(lambda: len(socket.sent) == 3)

    assert count(exchange, Attached) == 1
    assert count(exchange, CallerSpoke) == 1


@in_virtual_time
async def test_a_record_written_twice_by_a_producers_retry_is_spoken_once() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        socket.says(prompt("Are you open?"))
        request = await exchange.worker.next()
        await exchange.worker.start(request)
        await until(lambda: has(exchange, TurnStarted))
        exchange.bus.faults.duplicate(request.reply_topic)
        await exchange.worker.say(request, "Answer 1 ")
        await exchange.worker.say(request, "is this.")
        await exchange.worker.finish(request)
        await until(lambda: len(socket.sent) == 3)

    assert count(exchange, ReplyChunk) == 3
    assert socket.sent == FIRST + REST


@in_virtual_time
async def test_silence_is_followed_by_a_reprompt_a_goodbye_and_the_end() -> None:
    async with open_exchange() as exchange:
        socket = await exchange.call()
        await until(lambda: socket.ended, seconds=300)
        socket.ends()
        await until(lambda: has(exchange, Ended))

    assert [frame["token"] for frame in socket.sent[:-1]] == [
        " Are you still there?",
        " Goodbye.",
    ]
    assert Ended(EndReason.SILENCE) in exchange.events()


@in_virtual_time
async def test_each_sentence_is_noted_when_it_should_have_been_spoken() -> None:
    async with open_exchange() as exchange:
        exchange.listens()
        socket = await exchange.call()
        await asyncio.sleep(5)
        socket.says(prompt("Are you open?"))
        request = await exchange.worker.next()
        await exchange.worker.start(request)
        await exchange.worker.say(request, "Yes, we are. From nine to five.")
        await exchange.worker.finish(request)
        await asyncio.sleep(10)
        spoken = [event for event in exchange.events() if isinstance(event, Spoken)]

    assert spoken == [Spoken(0, 6), Spoken(1, 12), Spoken(1, 31)]


@in_virtual_time
async def test_no_timer_runs_on_after_the_end_of_a_call() -> None:
    async with open_exchange() as exchange:
        socket = FakeSocket()
        socket.says(exchange.setup())
        held = exchange.accept(socket)
        await until(lambda: has(exchange, Attached))
        socket.says(prompt("Are you open?"))  # the watchdog and the turn's limit run
        await until(lambda: has(exchange, CallerSpoke))
        socket.ends()
        await until(lambda: has(exchange, Ended))
        written = len(exchange.log())
        await asyncio.sleep(55)

        assert len(exchange.log()) == written
        assert not held.done()


def has(exchange: Exchange, kind: type) -> bool:
    return count(exchange, kind) > 0


def count(exchange: Exchange, kind: type) -> int:
    return sum(isinstance(event, kind) for event in exchange.events())
