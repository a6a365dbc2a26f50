"""Frames as no documentation has them: in other types, again, and of nobody's call."""

import json

import pytest

from trunkline_cli.demo.clinic_service import ClinicService
from trunkline_cli.testing import RunningStack
from twilio_emulator import Quirks, dial, load_scenario, numbered, run_calls

OTHER_SETUP = {"type": "setup", "callSid": "CA" + "1" * 32, "customParameters": {"ticket": "x"}}
MEANINGLESS = [
    {"type": "interrupt", "utteranceUntilInterrupt": None, "durationUntilInterruptMs": "12"},
    {"type": "interrupt", "utteranceUntilInterrupt": "", "durationUntilInterruptMs": 12.5},
    {"type": "dtmf", "digit": [5]},
    {"type": "dtmf", "digit": None},
    {"type": "info", "name": "tokensPlayed", "value": 7},
    {"type": "prompt", "voicePrompt": {"words": "Hello?"}, "last": True},
    {"type": "prompt", "voicePrompt": "", "last": "true"},
    {"type": "prompt", "voicePrompt": "half a sen", "last": "false"},
]
QUIRKS = [
    Quirks(duration_as_string=True, nulls_in_setup=True, empty_prompts=True, unknown_messages=True),
    Quirks(final_partial_on_hangup=False, epoch_offset_ms=1_700_000_000_000),
]


def words(turn: int) -> list[str]:
    return [f"t{turn}.{number}" for number in range(1, 25)]


@pytest.mark.parametrize("quirks", QUIRKS, ids=["documented once", "seen in the wild"])
async def test_what_is_said_about_twilio_in_two_ways_is_understood_in_both(
    stack: RunningStack, quirks: Quirks
) -> None:
    plan = stack.plan("receptionist", script=load_scenario("barge-in"), quirks=quirks)

    (ledger,) = await run_calls([plan])

    assert ledger.ok, ledger.failures


async def test_frames_that_mean_nothing_change_nothing(stack: RunningStack) -> None:
    async with dial(stack.plan("scripted")) as call:
        await call.say("Hello?")
        await call.reply()
        for frame in MEANINGLESS:
            await call.send_raw(json.dumps(frame))
        await call.say("And now?")
        reply = await call.reply()
        ledger = await call.hang_up()

    assert reply.text.split() == words(2)
    assert numbered.received(ledger).none
    assert len(ledger.opened) == 1


async def test_keys_are_understood_as_texts_and_as_numbers(
    stack: RunningStack, clinic: ClinicService
) -> None:
    async with dial(stack.plan("receptionist")) as call:
        await call.listen()
        for digit in (1, "2", 3, "4", "#"):
            await call.send_raw(json.dumps({"type": "dtmf", "digit": digit}))
        assert await call.until(lambda: "Doctor Marchetti" in call.ledger.said, 10)

    assert [one.path for one in clinic.requests] == ["/referrals/1234"]


async def test_a_second_setup_is_not_believed_whatever_call_it_names(stack: RunningStack) -> None:
    async with dial(stack.plan("scripted")) as call:
        await call.say("Hello?")
        await call.reply()
        own_setup = {**OTHER_SETUP, "callSid": call.ledger.call_sid}
        for frame in (OTHER_SETUP, own_setup):
            await call.send_raw(json.dumps(frame))
        await call.say("And now?")
        reply = await call.reply()
        ledger = await call.hang_up()

    assert reply.text.split() == words(2)
    assert len(ledger.opened) == 1


async def test_a_prompt_that_comes_twice_is_answered_like_a_caller_who_repeats_himself(
    stack: RunningStack,
) -> None:
    async with dial(stack.plan("scripted")) as call:
        await call.say("Hello?")
        await call.reply()
        again = {"type": "prompt", "voicePrompt": "Hello?", "lang": "en-US", "last": True}
        await call.send_raw(json.dumps(again))
        assert await call.until(lambda: "t2.24" in call.ledger.said, 10)
        await call.say("And now?")
        reply = await call.reply()
        ledger = await call.hang_up()

    assert reply.text.split() == words(3)
    assert ledger.said.split().count("t2.1") == 1
