"""The session's timers in virtual time: moved, stopped, and never fired after that."""

import asyncio

from gateway.effects import Timer
from gateway.timers import Timers
from trunkline.testing.virtual_time import in_virtual_time


async def fired_within(timers: Timers, seconds: float) -> list[Timer]:
    asyncio.get_running_loop().call_later(seconds, timers.close)
    fired = []
    while (timer := await timers.next()) is not None:
        fired.append(timer)
    return fired


@in_virtual_time
async def test_timers_fire_in_the_order_of_their_times() -> None:
    timers = Timers()
    timers.start(Timer.TURN, 2.0)
    timers.start(Timer.WATCHDOG, 1.0)

    assert await fired_within(timers, 3.0) == [Timer.WATCHDOG, Timer.TURN]


@in_virtual_time
async def test_a_timer_fires_after_its_time() -> None:
    timers, loop = Timers(), asyncio.get_running_loop()
    began = loop.time()
    timers.start(Timer.SPEECH, 0.25)

    await timers.next()

    assert round(loop.time() - began, 6) == 0.25


@in_virtual_time
async def test_a_timer_that_is_started_again_is_moved_and_fires_once() -> None:
    timers = Timers()
    timers.start(Timer.SILENCE, 1.0)
    timers.start(Timer.SILENCE, 2.0)

    assert await fired_within(timers, 1.5) == []

    timers = Timers()
    timers.start(Timer.SILENCE, 2.0)
    timers.start(Timer.SILENCE, 1.0)

    assert await fired_within(timers, 3.0) == [Timer.SILENCE]


@in_virtual_time
async def test_a_timer_that_was_stopped_never_fires() -> None:
    timers = Timers()
    timers.start(Timer.WATCHDOG, 1.0)
    timers.start(Timer.TURN, 2.0)
    timers.stop(Timer.WATCHDOG)
    timers.stop(Timer.GOODBYE)

    assert await fired_within(timers, 3.0) == [Timer.TURN]


@in_virtual_time
async def test_a_timer_stopped_after_it_ran_out_but_before_anyone_looked_does_not_fire() -> None:
    # A frame may be handled in the same turn of the event loop in which a timer runs out.
    timers = Timers()
    timers.start(Timer.SILENCE, 1.0)
    await asyncio.sleep(2.0)
    timers.stop(Timer.SILENCE)

    assert await fired_within(timers, 1.0) == []


@in_virtual_time
async def test_closed_timers_fire_no_more() -> None:
    timers = Timers()
    timers.start(Timer.WATCHDOG, 1.0)
    timers.start(Timer.CALL, 3.0)
    await asyncio.sleep(2.0)  # the watchdog has run out, but nobody has looked
    timers.close()

    assert await timers.next() is None
