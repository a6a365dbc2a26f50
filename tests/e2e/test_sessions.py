"""Sessions that fail: the call goes on in another one, wherever that is."""

import pytest
from calllog import announced

from trunkline.events.lifecycle import CallEnded
from trunkline_cli.testing import RunningStack
from twilio_emulator import Quirks, dial, load_scenario, numbered, run_calls


async def test_a_dropped_socket_comes_back_and_the_story_goes_on(stack: RunningStack) -> None:
    # Its greeting lasts until its topic is ready, also on a busy machine.
    plan = stack.plan("scripted", script=load_scenario("dropped-socket"), speaking_cps=30.0)

    (ledger,) = await run_calls([plan])

    assert ledger.ok, ledger.failures
    assert numbered.received(ledger).none  # turn 2 is turn 2 in the second session, too


@pytest.mark.parametrize(
    ("agent", "ended_by"), [("receptionist", "transfer"), ("scripted", "agent")]
)
async def test_nobody_is_greeted_twice_and_the_third_failure_leaves_the_call_to_people_or_ends_it(
    stack: RunningStack, agent: str, ended_by: str
) -> None:
    async with dial(stack.plan(agent)) as call:
        for _ in range(3):
            await call.say("When are you open on Saturday?")
            await call.reply()
            await call.drop_connection()
        assert await call.wait_for_end(10)

    greetings = [session.greeting for session in call.ledger.opened]
    assert [bool(greeting) for greeting in greetings] == [True, False, False]
    assert str(call.ledger.ended_by) == ended_by


async def test_a_voice_that_the_account_may_not_use_is_replaced_and_the_caller_is_greeted(
    stack: RunningStack,
) -> None:
    blocked = Quirks(blocked_voices=frozenset({"google"}))
    async with dial(stack.plan("scripted", quirks=blocked)) as call:
        assert await call.until(lambda: "Go ahead." in call.ledger.said, 20)
        await call.say("Hello?")
        await call.reply()
        ledger = await call.hang_up()

    assert [closed.error_code for closed in ledger.closed] == [64101, None]
    assert len(ledger.opened) == 1


async def test_callers_who_hang_up_at_once_have_hung_up_whether_their_topic_was_ready_or_not(
    stack: RunningStack,
) -> None:
    for _ in range(10):
        async with dial(stack.plan("scripted")) as call:
            assert await call.until(lambda opened=call.ledger.opened: bool(opened), 30)  # type: ignore[misc]
            ledger = await call.hang_up()
        ended = await announced(stack, ledger.call_sid, CallEnded)

        assert ended.reason == "caller_hung_up"
