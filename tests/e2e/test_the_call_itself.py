"""What is done to the call: its language, its transfers, its end, and never calling again."""

from dataclasses import replace

from calllog import announced, asked

from trunkline.events.lifecycle import OptOutRequested
from trunkline_cli.testing import RunningStack
from twilio_emulator import CallLedger, Scenario, dial, run_calls
from twilio_emulator.scenario import Expect, HangUp, Say, WaitForEnd, WaitForReply

APOLOGY = "nobody could take the call"


async def run(stack: RunningStack, agent: str, *steps: object, **manner: object) -> CallLedger:
    script = Scenario(name=agent, steps=steps, **manner)  # type: ignore[arg-type]
    (ledger,) = await run_calls([stack.plan(agent, script=script)])
    return ledger


async def test_a_caller_changes_the_language_and_everything_follows(stack: RunningStack) -> None:
    ledger = await run(
        stack,
        "event-host",
        Say("A que horas abre o credenciamento?", "pt-BR"),
        WaitForReply(),
        Expect(contains="oito da manhã", spoken_lang="pt-BR", language="pt-BR"),
        Say("English, please. When does the opening talk begin?", "pt-BR"),
        WaitForReply(),
        Expect(contains="half past nine", spoken_lang="en-US", language="en-US"),
        Say("Español por favor.", "en-US"),
        WaitForReply(),
        Say("¿A qué hora abre la acreditación?", "es-US"),
        WaitForReply(),
        Expect(contains="ocho de la mañana", spoken_lang="es-US", language="es-US"),
        HangUp(),
    )

    assert ledger.ok, ledger.failures
    assert (await asked(stack, ledger.call_sid, turn=2)).language == "en-US"


async def test_a_call_that_nobody_takes_comes_back_with_its_history(stack: RunningStack) -> None:
    plan = replace(stack.plan("receptionist"), callees={"": "busy"})
    async with dial(plan) as call:
        await call.say("When are you open on Saturday?")
        await call.reply()
        await call.say("I would like to speak to a person, please.")
        assert await call.until(lambda: APOLOGY in call.ledger.said, 10)
        await call.say("Do you have a skin doctor?")
        reply = await call.reply()
        ledger = await call.hang_up()

    prompt = await asked(stack, ledger.call_sid, turn=3)
    words = [message.text for message in prompt.history]
    assert "Marchetti" in reply.text
    assert [passed.status for passed in ledger.passed_on] == ["busy"]
    assert len(ledger.opened) == 2
    assert words[1] == "When are you open on Saturday?"
    assert "nine in the morning" in words[2]
    assert any(APOLOGY in text for text in words)


async def test_a_call_is_queued_with_what_people_there_need_to_know(stack: RunningStack) -> None:
    ledger = await run(
        stack,
        "receptionist",
        Say("I have a question about a bill."),
        WaitForEnd(15),
        Expect(verbs=("Enqueue",), transfer="bridged", ended_by="transfer"),
        Expect(task={"department": "billing", "clinic": "Harbour Street Clinic"}),
        Expect(task={"reason": "A question about a bill.", "language": "en-US"}),
    )

    assert ledger.ok, ledger.failures


async def test_the_agent_hangs_up_once_its_goodbye_was_heard_to_the_end(
    stack: RunningStack,
) -> None:
    async with dial(stack.plan("receptionist", speaking_cps=40.0)) as call:
        await call.say("Thank you, that is all.")
        assert await call.wait_for_end(15)

    ledger = call.ledger
    (end,) = [frame for frame in ledger.frames if frame.type == "end"]
    goodbye = ledger.spoken[-1]
    assert goodbye.text.strip() == "Thank you for calling Harbour Street Clinic. Goodbye."
    assert goodbye.how == "finished"
    assert goodbye.at <= end.at
    assert ledger.ended_by == "agent"


async def test_a_wish_not_to_be_called_again_is_told_to_those_who_call(
    stack: RunningStack,
) -> None:
    plan = stack.plan("sales-es", from_number="+15005550042")
    async with dial(plan) as call:
        await call.say("No me llamen más, por favor.", "es-US")
        reply = await call.reply()
        ledger = await call.hang_up()

    wish = await announced(stack, ledger.call_sid, OptOutRequested)
    assert "No le llamaremos más" in reply.text
    assert (wish.number, wish.agent_id) == ("+15005550042", "sales-es")
