"""Whole conversations: the emulated caller, two gateways, two workers, real Kafka."""

import shutil
from pathlib import Path

import pytest

from trunkline_cli.paths import ROOT
from trunkline_cli.testing import RunningStack, StackRunner
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


async def test_answers_come_from_the_documents(stacks: StackRunner, tmp_path: Path) -> None:
    agents = tmp_path / "agents"
    shutil.copytree(ROOT / "agents", agents)
    document = agents / "receptionist" / "prices.md"
    document.write_text(document.read_text().replace("thirty dollars", "forty-one dollars"))
    stack = stacks.start("other-documents", "--workers", "1", agents=agents)

    async with dial(stack.plan("receptionist")) as call:
        await call.say("What does a flu shot cost?")
        answer = await call.reply()

    assert "forty-one dollars" in answer.text
