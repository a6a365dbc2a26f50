"""What a call does when nothing happens."""

import asyncio

from fakes import (
    FakeSocket,
    open_exchange,
    prompt,
    until,
)

from trunkline.events.call import (
    Attached,
    CallerSpoke,
    Ended,
    EndReason,
    Spoken,
)
from trunkline.testing.virtual_time import in_virtual_time


@in_virtual_time
async def test_silence_is_followed_by_a_reprompt_a_goodbye_and_the_end() -> None:
    async with open_exchange() as exchange:
        socket = await exchange.call()
        await until(lambda: socket.ended, seconds=300)
        socket.ends()
        await until(lambda: exchange.has(Ended))

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
        await until(lambda: exchange.has(Attached))
        socket.says(prompt("Are you open?"))  # the watchdog and the turn's limit run
        await until(lambda: exchange.has(CallerSpoke))
        socket.ends()
        await until(lambda: exchange.has(Ended))
        written = len(exchange.log())
        await asyncio.sleep(55)

        assert len(exchange.log()) == written
        assert not held.done()
