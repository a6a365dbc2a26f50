"""Tools of the sample receptionist, at the clinic that stands beside the stack."""

from calllog import asked, logged

from trunkline.events.call import ToolReturned, ToolStatus
from trunkline_cli.demo.clinic_service import ClinicService
from trunkline_cli.testing import RunningStack
from twilio_emulator import Call, dial

FIND = "I would like to see Doctor Okafor on Tuesday."
BOOK = "Please book the first one. My name is Ann Example."


async def say(call: Call, words: str) -> str:
    await call.say(words)
    return (await call.reply()).text


async def test_an_appointment_is_booked_exactly_once(
    stack: RunningStack, clinic: ClinicService
) -> None:
    async with dial(stack.plan("receptionist")) as call:
        offered = await say(call, FIND)
        booked = await say(call, BOOK)
        after = await say(call, "When are you open on Saturday?")

    (booking,) = clinic.clinic.ledger
    assert "half past nine, a quarter past two and four o'clock" in offered
    assert "on Tuesday at half past nine with Doctor Okafor" in booked
    assert "nine in the morning" in after
    assert (booking.call, booking.name) == (call.ledger.call_sid, "Ann Example")
    assert [one.path for one in clinic.requests] == ["/slots", "/appointments"]
    assert len({one.key for one in clinic.requests} - {""}) == 2


async def test_keys_reach_a_tool_as_one_number_whether_asked_for_or_not(
    stack: RunningStack, clinic: ClinicService
) -> None:
    async with dial(stack.plan("receptionist")) as call:
        await call.listen()
        await call.press("1234#")
        unasked = (await call.reply()).text
        await say(call, "And I have another referral number.")
        await call.listen()
        await call.press("48215#")
        asked_for = (await call.reply()).text

    assert "Doctor Marchetti" in unasked
    assert "Doctor Tanaka" in asked_for
    assert [one.path for one in clinic.requests] == ["/referrals/1234", "/referrals/48215"]


async def test_while_a_tool_takes_its_time_the_caller_is_told_so(
    stack: RunningStack, clinic: ClinicService
) -> None:
    clinic.delay_seconds = 1.5
    async with dial(stack.plan("receptionist")) as call:
        offered = await say(call, FIND)
        turn = call.ledger.turns[-1]

    assert turn.filler.strip() == "One moment, I am looking at the calendar."
    assert offered.startswith("On Tuesday")


async def test_a_tool_that_fails_is_owned_up_to(stack: RunningStack, clinic: ClinicService) -> None:
    clinic.broken = True
    async with dial(stack.plan("receptionist")) as call:
        offered = await say(call, FIND)

    assert "I cannot see the calendar just now" in offered


async def test_a_caller_who_interrupts_while_a_tool_runs_gets_one_effect_and_its_result_later(
    stack: RunningStack, clinic: ClinicService
) -> None:
    async with dial(stack.plan("receptionist", speaking_cps=80.0, barge_in_ms=50)) as call:
        await say(call, FIND)
        clinic.hold()
        await call.say(BOOK)
        await clinic.until(lambda: bool(clinic.clinic.ledger))
        await call.interrupt("When are you open on Saturday?")  # of the filler
        meanwhile = await call.reply()
        clinic.release()
        await logged(stack, call.ledger.call_sid, ToolReturned, lambda end: end.turn == 2)
        await say(call, "Do you have a skin doctor?")
        prompts = [await asked(stack, call.ledger.call_sid, turn) for turn in (3, 4)]

    assert "nine in the morning" in meanwhile.text
    assert [prompt.uses[-1].tool for prompt in prompts] == ["book_appointment"] * 2
    assert [prompt.uses[-1].status for prompt in prompts] == [
        ToolStatus.UNSPECIFIED,
        ToolStatus.SUCCEEDED,
    ]
    assert "Ann Example" in prompts[1].uses[-1].result
    assert [one.path for one in clinic.requests].count("/appointments") == 1
