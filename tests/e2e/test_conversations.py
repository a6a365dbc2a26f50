"""Whole conversations: the emulated caller, two gateways, two workers, real Kafka."""

import pytest

from trunkline_cli.testing import RunningStack
from twilio_emulator import dial, load_scenario, numbered, run_calls


@pytest.mark.parametrize("name", ["happy-path", "barge-in", "silence", "malformed-frames"])
async def test_a_shipped_scenario_holds(stack: RunningStack, name: str) -> None:
    (ledger,) = await run_calls([stack.plan("receptionist", script=load_scenario(name))])

    assert ledger.ok, ledger.failures


async def test_a_burst_of_prompts_is_answered_once(stack: RunningStack) -> None:
    (ledger,) = await run_calls([stack.plan("scripted", script=load_scenario("burst"))])

    assert ledger.ok, ledger.failures
    assert numbered.received(ledger).none
    assert ledger.turns[-1].text.split()[-1] == "t3.24"


async def test_answers_come_from_the_documents(stack: RunningStack) -> None:
    """Two agents that differ in a price alone."""
    prices = []
    for agent in ("receptionist", "dearer"):
        async with dial(stack.plan(agent)) as call:
            await call.say("What does a flu shot cost?")
            prices.append((await call.reply()).text)

    assert "thirty dollars" in prices[0]
    assert "forty-one dollars" in prices[1]
