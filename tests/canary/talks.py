"""What the canary says, types and is asked: one talk for each path through the services."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress

from bird import DIGITS, NUMBER, PHRASE, WORD, frame, plan
from canary_agents import BROKEN, DESK, KEYED, TALKER, TOOLED

from trunkline_cli.stack.run import Stack
from twilio_emulator import CallLedger, dial
from twilio_emulator.call import Call, CallOver

Talk = Callable[[Call], Coroutine[None, None, None]]


async def calls(stack: Stack) -> list[CallLedger]:
    """Calls of the canary, all at once, one of them to a number that nobody answers."""
    talks: list[tuple[str, Talk]] = [
        (DESK, talk_of_everything),
        (BROKEN, ask),
        (TALKER, interrupt),
        (NUMBER, ask),
        (KEYED, ask),
        (TOOLED, use_tools),
        (TOOLED, interrupt_a_tool),
        (TOOLED, type_numbers),
        (TOOLED, change_language),
        (TOOLED, ask_for_people),
        (TOOLED, opt_out),
    ]
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(_call(stack, to, talk), name=f"talk {to}") for to, talk in talks
        ]
    return [task.result() for task in running]


async def _call(stack: Stack, to: str, talk: Talk) -> CallLedger:
    async with dial(plan(stack, to)) as call:
        with suppress(CallOver):
            await talk(call)
    return call.ledger


async def _say(call: Call, words: str) -> None:
    await call.say(words)
    await call.reply()


async def use_tools(call: Call) -> None:
    """Tools that answer, fail, break off, are refused, cannot be reached and may not be called."""
    for tool in ("find", "broken", "refused", "cut", "closed", "forbidden", "absent", "wrong"):
        await _say(call, f"please use {tool} for {PHRASE} {DIGITS}")


async def interrupt_a_tool(call: Call) -> None:
    await call.say(f"please use slow for {PHRASE}")
    await call.interrupt(PHRASE)
    await call.reply()


async def type_numbers(call: Call) -> None:
    """Keys for a tool, and keys that the model has asked for."""
    await call.listen()
    await call.press(f"{DIGITS}#", 0.01)
    await call.reply()
    await _say(call, f"collect digits of {PHRASE}")
    await call.press(f"{DIGITS}#", 0.01)
    await call.reply()


async def change_language(call: Call) -> None:
    """A language that there is, and one that is no language."""
    await _say(call, f"spanish please, {PHRASE}")
    await call.send_raw(frame(type="prompt", voicePrompt=PHRASE, lang=WORD, last=True))
    await call.reply()
    await _say(call, f"switch to {WORD}")


async def ask_for_people(call: Call) -> None:
    """Passed on with a reason that is the canary's: nobody answers; then a queue and its task."""
    await call.say(f"transfer to desk because {PHRASE} {DIGITS}")
    await call.until(lambda: len(call.ledger.opened) == 2, 10)
    await call.until(lambda: "nobody could take the call" in call.ledger.said, 10)
    await call.say(f"transfer to queue because {PHRASE} {DIGITS}")
    await call.wait_for_end(10)


async def opt_out(call: Call) -> None:
    await _say(call, f"remove {PHRASE} {DIGITS}")


async def ask(call: Call) -> None:
    await call.say(PHRASE)
    await call.reply()


async def interrupt(call: Call) -> None:
    await call.say(PHRASE)
    await call.interrupt(PHRASE, after_chars=10)
    await call.send_raw(frame(type="interrupt", utteranceUntilInterrupt=PHRASE))


async def talk_of_everything(call: Call) -> None:
    """Every frame there is, and some that there are not; then a lost connection."""
    await ask(call)
    await call.send_raw(frame(type="dtmf", digit=NUMBER))
    await call.send_raw(frame(type="error", description=f"Invalid message received: {PHRASE}"))
    await call.send_raw(frame(type="info", name="tokensPlayed", value=PHRASE))
    await call.send_raw(frame(type=PHRASE, name=NUMBER))
    await call.send_raw(f"{NUMBER} {PHRASE}")
    await call.send_raw(frame(type="prompt", voicePrompt={"words": PHRASE}))
    await ask(call)
    for _ in range(10):
        await call.send_raw(PHRASE)
    await ask(call)
    await call.drop_connection()
    await ask(call)
