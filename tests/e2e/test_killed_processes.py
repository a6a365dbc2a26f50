"""Processes that are lost in mid-sentence: the call goes on, and no word is said twice."""

import asyncio
import os
import signal
from typing import Any, TypeVar

import pytest

from trunkline.bus import Start
from trunkline.bus.kafka import KafkaBus
from trunkline.events.call import Attached, TurnStarted
from trunkline.events.topics import call_topic
from trunkline.events.wire import decode_record
from trunkline_cli.testing import RunningStack, StackRunner
from twilio_emulator import Call, CallPlan, dial, numbered

FIND_SECONDS = 10
Kind = TypeVar("Kind", Attached, TurnStarted)


@pytest.fixture
def own_stack(stacks: StackRunner, request: pytest.FixtureRequest) -> RunningStack:
    """A stack of the test's own, to kill parts of."""
    return stacks.start(request.node.name, "--gateways", "2", "--no-restart")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_worker_lost_in_mid_sentence_is_taken_over_without_a_word_twice(
    own_stack: RunningStack, how: signal.Signals
) -> None:
    """A worker that was stopped wakes up later: what it then writes is spoken by nobody."""
    async with dial(_unhurried(own_stack)) as call:
        await call.say("Tell me everything.")
        await _until_words(call, "t1.6")
        started = await _first(own_stack, call.ledger.call_sid, TurnStarted)
        worker = _process(own_stack.report["workers"], started.worker)
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


async def test_a_gateway_killed_in_mid_sentence_costs_the_session_and_not_the_call(
    own_stack: RunningStack,
) -> None:
    async with dial(_unhurried(own_stack)) as call:
        await call.say("Hello?")
        await call.reply()
        await call.say("Tell me everything.")
        await _until_words(call, "t2.6")
        attached = await _first(own_stack, call.ledger.call_sid, Attached)
        os.kill(_process(own_stack.report["gateways"], attached.gateway), signal.SIGKILL)
        assert await call.until(lambda: len(call.ledger.opened) == 2, 15)
        await call.say("Are you still there?")
        reply = await call.reply(10)
        ledger = await call.hang_up()

    assert reply.text.split() == [f"t3.{number}" for number in range(1, 25)]
    assert not ledger.failures


def _unhurried(stack: RunningStack) -> CallPlan:
    """A call whose greeting lasts until its topic is ready, also on a busy machine."""
    return stack.plan("scripted", speaking_cps=30.0)


async def _until_words(call: Call, word: str) -> None:
    assert await call.until(lambda: word in call.ledger.answer, 10)


def _process(parts: list[dict[str, Any]], name: str) -> int:
    (pid,) = [part["pid"] for part in parts if part["id"] == name]
    return int(pid)


async def _first(stack: RunningStack, call_sid: str, kind: type[Kind]) -> Kind:
    """The first event of this kind in the call's topic."""
    async with (
        asyncio.timeout(FIND_SECONDS),
        KafkaBus.open(stack.report["kafka"]["bootstrap"], client_id="test") as bus,
        bus.read(call_topic(call_sid).name, Start.BEGINNING) as reader,
    ):
        while True:
            for record in await reader.fetch():
                event = decode_record(record.value).event
                if isinstance(event, kind):
                    return event
