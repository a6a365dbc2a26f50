"""The end of each call is told by somebody, whoever dies."""

import asyncio

from fakes import AGENT, CALL, open_exchange, until

from trunkline.events.lifecycle import CallEnded
from trunkline.testing.virtual_time import in_virtual_time

WHOSE = AGENT.tenant_id, CALL, "attempt-1"


@in_virtual_time
async def test_an_end_that_its_session_tells_is_told_once() -> None:
    async with open_exchange() as exchange:
        watching = exchange.tasks.create_task(exchange.watch_ends(), name="ends")
        socket = await exchange.call()
        exchange.ends.over(*WHOSE)
        socket.ends()
        await asyncio.sleep(30)
        told = [event for event in exchange.lifecycle() if isinstance(event, CallEnded)]
        watching.cancel()

    assert [event.reason for event in told] == ["caller_hung_up"]


@in_virtual_time
async def test_an_end_whose_session_has_died_is_told_by_whoever_knows_of_it() -> None:
    async with open_exchange() as exchange:
        watching = exchange.tasks.create_task(exchange.watch_ends(), name="ends")
        exchange.ends.over(*WHOSE)
        await until(lambda: exchange.lifecycle() != [])
        told_at = asyncio.get_running_loop().time()
        (told,) = exchange.lifecycle()
        watching.cancel()

    assert isinstance(told, CallEnded)
    assert (told.reason, told.epoch, told.attempt_id) == ("gone", -1, "attempt-1")
    assert told_at >= 5


@in_virtual_time
async def test_a_call_whose_next_session_never_comes_has_an_end() -> None:
    async with open_exchange(creates=0) as exchange:
        watching = exchange.tasks.create_task(exchange.watch_ends(), name="ends")
        socket = await exchange.call()
        socket.ends(1006)  # without a log nobody could know that it goes on elsewhere
        exchange.ends.goes_on(*WHOSE)
        await until(lambda: len(exchange.lifecycle()) == 2, seconds=70)
        watching.cancel()

    assert [type(event).__name__ for event in exchange.lifecycle()] == ["CallStarted", "CallEnded"]


@in_virtual_time
async def test_a_gateway_that_stops_tells_what_it_could_not_tell_later() -> None:
    async with open_exchange() as exchange:
        exchange.ends.over(*WHOSE)
        exchange.ends.close()
        await exchange.desk.drain()

    assert [event.call_sid for event in exchange.lifecycle()] == [CALL]
