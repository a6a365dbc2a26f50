"""What becomes of words that were not written yet: interrupts and full transports."""

import asyncio

import pytest
from fakes import (
    FakeSocket,
    interrupt,
    open_exchange,
    prompt,
    until,
)

from trunkline.events.call import (
    Attached,
    CallerInterrupted,
    Detached,
)
from trunkline.events.turn import Message, Role
from trunkline.testing.virtual_time import in_virtual_time


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
        await until(lambda: exchange.has(CallerInterrupted))
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
        await until(lambda: exchange.has(CallerInterrupted))
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
        await until(lambda: exchange.has(CallerInterrupted))
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
        await until(lambda: exchange.has(Attached))
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
        Message(Role.AGENT, "One.", 1),
        Message(Role.CALLER, "Only the first.", 2),
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
        await until(lambda: exchange.has(Detached))
        lasted = asyncio.get_running_loop().time() - began

    assert lasted == pytest.approx(10, abs=0.1)
    assert exchange.events()[-1] == Detached(1006)
