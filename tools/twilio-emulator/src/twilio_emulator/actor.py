"""Plays a scenario on a call, step by step, and records what did not hold."""

from __future__ import annotations

from twilio_emulator import scenario
from twilio_emulator.call import Call, CallOver, NoReply
from twilio_emulator.expectations import unmet
from twilio_emulator.scenario import Scenario, Step


async def perform(call: Call, script: Scenario) -> None:
    """Play the script; after the call's end only expectations are looked at. Then hang up."""
    for number, step in enumerate(script.steps, 1):
        if isinstance(step, scenario.Expect):
            for text in unmet(step, call.ledger):
                call.fail(f"step {number}: {text}")
            continue
        if call.over and isinstance(step, scenario.HangUp | scenario.WaitForEnd):
            continue
        try:
            await _play(call, step)
        except NoReply as problem:
            call.fail(f"step {number}: {problem}")
        except CallOver as problem:
            call.fail(f"step {number}: the call was over: {problem}")
    if not call.over:
        await call.hang_up()


async def _play(call: Call, step: Step) -> None:
    match step:
        case scenario.Say(text, lang):
            await call.say(text, lang)
        case scenario.SayNow(text, lang):
            await call.say_now(text, lang)
        case scenario.Interrupt(say, chars, ms, phrase):
            await call.interrupt(say, after_chars=chars, after_ms=ms, after_phrase=phrase)
        case scenario.Press(digits, gap_ms):
            await call.press(digits, gap_ms / 1000)
        case scenario.WaitForReply(seconds, spoken):
            await call.reply(seconds)
            if spoken:
                await call.listen(seconds)
        case scenario.Silence(seconds):
            await call.silence(seconds)
        case scenario.HangUp(while_saying):
            await call.hang_up(while_saying)
        case scenario.DropConnection():
            await call.drop_connection()
        case scenario.SendRaw(frame):
            await call.send_raw(frame)
        case scenario.WaitForEnd(seconds):
            if not await call.wait_for_end(seconds):
                raise NoReply(f"the agent did not end the call within {seconds:g} s")
        case scenario.Expect():
            pass  # looked at by `perform`, also when the call is over
