"""The end of each call is told by somebody, whoever dies."""

import asyncio

from fakes import AGENT, CALL, open_exchange, prompt, until

from trunkline.events.call import CallerSpoke
from trunkline.events.lifecycle import CallEnded
from trunkline.events.topics import call_topic
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


@in_virtual_time
async def test_a_call_that_goes_on_without_its_log_is_not_told_as_lost() -> None:
    """Whoever has it by now could not write so into its log."""
    async with open_exchange() as exchange:
        watching = exchange.tasks.create_task(exchange.watch_ends(), name="ends")
        first = await exchange.call()
        first.says(prompt("Are you open?"))
        await until(lambda: exchange.has(CallerSpoke))
        first.ends(1006)
        exchange.bus.faults.stall(call_topic(CALL).name)
        second = await exchange.call(tries=1)
        await asyncio.sleep(58)
        second.says(prompt("Are you still there?"))
        await asyncio.sleep(10)
        before = [type(event).__name__ for event in exchange.lifecycle()]
        second.ends(1000)
        await until(lambda: len(exchange.lifecycle()) == 3)
        ended = exchange.lifecycle()[-1]
        exchange.bus.faults.release(call_topic(CALL).name)
        watching.cancel()

    assert before == ["CallStarted", "CallResumed"]
    assert isinstance(ended, CallEnded)
    assert ended.reason == "caller_hung_up"
