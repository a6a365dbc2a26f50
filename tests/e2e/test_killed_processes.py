"""Processes that are lost in mid-sentence or while a tool runs: the call goes on, no word is said
twice, and no effect happens twice.
"""

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest
from calllog import asked, logged, process

from trunkline.events.call import Attached, ToolReturned, ToolStatus, TurnStarted
from trunkline_cli.demo.clinic_service import ClinicService
from trunkline_cli.testing import RunningStack, StackRunner
from twilio_emulator import Call, CallPlan, dial, numbered

FIND = "I would like an appointment with Doctor Okafor on Tuesday."
START_SECONDS = 120  # of a worker, on a busy machine
PATIENT = 40  # seconds: twice the longest turn
BOOK = "Please book the first one. My name is Ann Example."


@pytest.fixture(scope="module")
def mortal(stacks: StackRunner, tools: Mapping[str, str]) -> RunningStack:
    """So many gateways and workers that each test of this file can kill one."""
    counts = ("--gateways", "3", "--workers", "3")
    return stacks.start("mortal", *counts, "--no-restart", environment=tools)


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
async def test_a_worker_lost_in_mid_sentence_is_taken_over_without_a_word_twice(
    mortal: RunningStack, how: signal.Signals
) -> None:
    """A worker that was stopped wakes up later: what it then writes is spoken by nobody."""
    async with dial(_unhurried(mortal)) as call:
        await call.say("Tell me everything.")
        await _until_words(call, "t1.6")
        worker = await _worker(mortal, call, turn=1)
        os.kill(worker, how)
        reply = await call.reply(10)
        if how is signal.SIGSTOP:
            os.kill(worker, signal.SIGCONT)
        await call.say("And then?")
        await call.reply(10)
        ledger = await call.hang_up()

    assert reply.text.split() == [f"t1.{number}" for number in range(1, 25)]
    assert numbered.received(ledger).none
    assert numbered.heard(ledger).none


async def test_a_worker_killed_between_a_tools_effect_and_its_record_costs_an_honest_word(
    mortal: RunningStack, clinic: ClinicService
) -> None:
    """Nobody knows what became of the booking: the agent says so, and never books again."""
    async with dial(mortal.plan("receptionist")) as call:
        await _offered(call)
        clinic.hold()
        await call.say(BOOK)
        await clinic.until(lambda: bool(clinic.clinic.ledger))
        os.kill(await _worker(mortal, call, turn=2), signal.SIGKILL)
        told = await call.reply(15)
        clinic.release()
        await call.say(BOOK)
        again = await call.reply(15)

    assert "I do not know whether it is booked" in told.text
    assert "I do not know whether it is booked" in again.text
    assert _bookings(clinic, call) == 1


async def test_a_gateway_killed_in_mid_sentence_costs_the_session_and_not_the_call(
    mortal: RunningStack,
) -> None:
    async with dial(_unhurried(mortal)) as call:
        await call.say("Hello?")
        await call.reply()
        await call.say("Tell me everything.")
        await _until_words(call, "t2.6")
        await _kill_gateway(mortal, call)
        resumed = await call.reply(10)
        await call.say("Thank you.")
        reply = await call.reply(10)
        ledger = await call.hang_up()

    words = [f"t2.{number}" for number in range(1, 25)]
    before, since = resumed.text.split()[:-24], resumed.text.split()[-24:]
    assert since == words  # nobody knows how much of a sentence was heard, so it is said again
    assert before == words[: len(before)]
    assert reply.text.split() == [f"t3.{number}" for number in range(1, 25)]
    assert not ledger.failures


async def test_a_gateway_killed_while_a_tool_runs_leaves_its_result_to_the_next(
    mortal: RunningStack, clinic: ClinicService
) -> None:
    async with dial(mortal.plan("receptionist")) as call:
        await _offered(call)
        clinic.hold()
        await call.say(BOOK)
        await clinic.until(lambda: bool(clinic.clinic.ledger))
        await _kill_gateway(mortal, call)
        clinic.release()
        await logged(mortal, call.ledger.call_sid, ToolReturned, lambda end: end.turn == 2)
        await call.say_now("When are you open on Saturday?")
        reply = await call.reply(10)
        prompt = await asked(mortal, call.ledger.call_sid, turn=3)

    assert "nine in the morning" in reply.text
    assert [(use.tool, use.status) for use in prompt.uses] == [
        ("find_slot", ToolStatus.SUCCEEDED),
        ("book_appointment", ToolStatus.SUCCEEDED),
    ]
    assert _bookings(clinic, call) == 1


@pytest.mark.timeout(400)  # with a stack of its own, and a worker that starts twice
async def test_a_worker_that_is_back_at_once_under_its_name_costs_no_call_a_word(
    stacks: StackRunner,
) -> None:
    """As Kubernetes does it. Whoever joins its group makes all wait for who has left it so."""
    stack = stacks.start("restarting", "--gateways", "1", "--workers", "2")
    async with AsyncExitStack() as calls:
        live = [await calls.enter_async_context(dial(_unhurried(stack))) for _ in range(4)]
        for call in live:
            await call.say("Tell me everything.")
        for call in live:
            await _until_words(call, "t1.6")
        killed = await _worker(stack, live[0], turn=1)
        os.kill(killed, signal.SIGKILL)
        told = [await call.reply(PATIENT) for call in live]
        await _is_back(stack, killed)
        for call in live:
            await call.say("And then?")
        more = [await call.reply(PATIENT) for call in live]
        ledgers = [await call.hang_up() for call in live]

    for turn, replies in ((1, told), (2, more)):
        words = [f"t{turn}.{number}" for number in range(1, 25)]
        assert [reply.text.split() for reply in replies] == [words] * len(live)
    assert all(numbered.received(ledger).none for ledger in ledgers)
    assert not [ledger.failures for ledger in ledgers if ledger.failures]


def _unhurried(stack: RunningStack) -> CallPlan:
    """A call whose greeting lasts until its topic is ready, also on a busy machine."""
    return stack.plan("scripted", speaking_cps=30.0)


async def _until_words(call: Call, word: str) -> None:
    assert await call.until(lambda: word in call.ledger.answer, 10)


async def _offered(call: Call) -> None:
    await call.say(FIND)
    reply = await call.reply()
    assert "half past nine" in reply.text


async def _worker(stack: RunningStack, call: Call, turn: int) -> int:
    """The process that answers this turn."""
    started = await logged(
        stack, call.ledger.call_sid, TurnStarted, lambda event: event.turn == turn
    )
    return process(stack.report["workers"], started.worker)


async def _kill_gateway(stack: RunningStack, call: Call) -> None:
    """Kill the call's gateway, and wait until another one has the call."""
    attached = await logged(stack, call.ledger.call_sid, Attached)
    os.kill(process(stack.report["gateways"], attached.gateway), signal.SIGKILL)
    assert await call.until(lambda: len(call.ledger.opened) == 2, 15)


async def _is_back(stack: RunningStack, killed: int) -> None:
    """Wait until all workers are there again, under the names that they had."""
    names, report = _names(stack.report), stack.frame_logs.parent / "report.json"
    async with asyncio.timeout(START_SECONDS):
        while True:
            now = json.loads(report.read_text())
            if _names(now) == names and killed not in [one["pid"] for one in now["workers"]]:
                return
            await asyncio.sleep(0.1)


def _names(report: Mapping[str, Any]) -> list[str]:
    return [worker["id"] for worker in report["workers"]]


def _bookings(clinic: ClinicService, call: Call) -> int:
    """How often the clinic was asked to book something, which is as often as it did."""
    requests = [one for one in clinic.requests if one.path == "/appointments"]
    assert len(clinic.clinic.ledger) == len(requests)
    assert {one.call for one in requests} == {call.ledger.call_sid}
    return len(requests)
