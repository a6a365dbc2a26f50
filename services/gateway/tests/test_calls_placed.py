"""Calls that we placed, and what is told of calls, on the bus in memory and in virtual time."""

import asyncio
from dataclasses import replace

import pytest
from fakes import (
    AGENT,
    ATTEMPT,
    CALL,
    PERSON,
    PLACED,
    Exchange,
    FakeSocket,
    open_exchange,
    prompt,
    until,
)

from gateway.news import command_news
from trunkline.agents import Agent, Opening, Phrases
from trunkline.events.call import Ended, EndReason
from trunkline.events.commands import MachineAnswered
from trunkline.events.lifecycle import CallEnded, CallResumed, CallStarted, OptOutRequested
from trunkline.events.topics import LIFECYCLE, call_topic
from trunkline.outbound import OnMachine
from trunkline.testing.virtual_time import in_virtual_time

MESSAGE = "Acme called."
CALLER = AGENT.model_copy(
    update={"phrases": Phrases(voicemail=MESSAGE, opted_out="All right.", goodbye="Bye.")}
)
LEAVES_MESSAGES = replace(PLACED, on_machine=OnMachine.MESSAGE)


def judges(exchange: Exchange, answered_by: str, call_sid: str = CALL) -> None:
    """A gateway was told who has answered, and tells all."""
    exchange.desk.put(command_news(MachineAnswered("acme", call_sid, answered_by)))


def told(exchange: Exchange) -> list[str]:
    return [type(event).__name__ for event in exchange.lifecycle()]


# Verdicts


@in_virtual_time
async def test_a_verdict_reaches_its_call_and_no_other() -> None:
    async with open_exchange(agent=CALLER) as exchange:
        socket = await exchange.placed(LEAVES_MESSAGES)
        other = await exchange.call("CAother")
        judges(exchange, "machine_end_beep")
        await until(lambda: socket.ended)
        socket.ends()
        await until(lambda: exchange.has(Ended))

    assert socket.text.strip() == MESSAGE
    assert exchange.events()[-1] == Ended(EndReason.VOICEMAIL)
    assert other.sent == []


@in_virtual_time
async def test_a_verdict_that_comes_before_the_session_is_kept_for_it() -> None:
    async with open_exchange(agent=CALLER) as exchange:
        judges(exchange, "machine_end_beep")
        await asyncio.sleep(50)
        socket = await exchange.placed(LEAVES_MESSAGES)
        await until(lambda: socket.ended)

    assert socket.text == MESSAGE


@in_virtual_time
async def test_a_verdict_is_not_kept_for_ever() -> None:
    async with open_exchange(agent=CALLER) as exchange:
        judges(exchange, "machine_end_beep")
        await asyncio.sleep(70)
        socket = await exchange.placed(LEAVES_MESSAGES)
        await asyncio.sleep(5)

    assert socket.sent == []


@in_virtual_time
async def test_a_verdict_that_came_with_the_answer_is_in_the_ticket() -> None:
    async with open_exchange(agent=CALLER) as exchange:
        hangs_up = replace(PLACED, on_machine=OnMachine.HANGUP, answered_by="machine_start")
        socket = await exchange.placed(hangs_up)
        await until(lambda: socket.ended)

    assert socket.text == ""


@in_virtual_time
async def test_a_human_is_talked_to() -> None:
    async with open_exchange(agent=CALLER) as exchange:
        exchange.answers()
        socket = await exchange.placed(replace(PLACED, on_machine=OnMachine.HANGUP))
        judges(exchange, "human")
        socket.says(prompt("Hello?"))
        await until(lambda: socket.text == "Answer 1 is this.")


# What is kept for inbound calls


@in_virtual_time
async def test_a_placed_call_that_meets_a_kept_slot_is_sent_on_but_only_once() -> None:
    async with open_exchange(slots=2, reserve=1) as exchange:
        await exchange.call("CAother")
        refused = await exchange.placed()
        await until(lambda: exchange.slots.used == 1)
        topics = await exchange.bus.topics()
        second = await exchange.placed(PLACED.after_failure())
        await until(lambda: second.text != "")

    assert refused.closed_with == 1013
    assert call_topic(CALL).name not in topics
    assert exchange.value('trunkline_gateway_refused_total{reason="reserved"}') == 1
    assert second.text == "Hello."  # nobody has greeted the person yet
    assert told(exchange)[-1:] == ["CallStarted"]


@in_virtual_time
async def test_a_caller_is_given_a_kept_slot() -> None:
    async with open_exchange(slots=2, reserve=2) as exchange:
        socket = await exchange.call()

    assert socket.closed_with is None


# What is told


@in_virtual_time
async def test_whoever_speaks_first_is_greeted_once_twilio_has_said_who_they_are() -> None:
    listens = AGENT.model_copy(update={"opening": Opening(mode="listen")})
    async with open_exchange(agent=listens) as exchange:
        socket = await exchange.placed(replace(PLACED, detects_machines=True))
        socket.says(prompt("Hello?"))
        await asyncio.sleep(1)
        before = socket.text
        judges(exchange, "human")
        await until(lambda: socket.text != "")
        greeted_at = asyncio.get_running_loop().time()

    assert before == ""
    assert socket.text == "Hello."
    assert greeted_at < 1.4


@in_virtual_time
async def test_a_call_is_told_from_its_first_attachment_to_its_end() -> None:
    async with open_exchange() as exchange:
        exchange.answers()
        socket = await exchange.placed()
        socket.says(prompt("Hello?"))
        await until(lambda: socket.text == "Answer 1 is this.")
        socket.ends(1000)
        await until(lambda: len(exchange.lifecycle()) == 2)
        started, ended = exchange.lifecycle()

    assert isinstance(started, CallStarted)
    assert isinstance(ended, CallEnded)
    assert (started.attempt_id, started.session_id, started.to) == (ATTEMPT, "VX1", PERSON)
    assert (ended.reason, ended.turns, ended.epoch) == ("caller_hung_up", 1, started.epoch)
    assert ended.at_ms - started.at_ms == ended.duration_ms


@in_virtual_time
async def test_a_call_that_comes_back_is_told_with_a_higher_epoch() -> None:
    async with open_exchange() as exchange:
        first = await exchange.call()
        first.says(prompt("Hello?"))
        await until(lambda: len(exchange.events()) > 1)
        first.ends(1006)
        await exchange.call(tries=1)
        await until(lambda: len(exchange.lifecycle()) == 2)
        started, resumed = exchange.lifecycle()

    assert isinstance(resumed, CallResumed)
    assert resumed.epoch > started.epoch


@in_virtual_time
async def test_a_call_without_a_topic_is_told_without_an_epoch() -> None:
    async with open_exchange(creates=0) as exchange:
        socket = await exchange.call()
        socket.ends(1000)
        await until(lambda: len(exchange.lifecycle()) == 2)

    assert [event.epoch for event in exchange.lifecycle()] == [-1, -1]


@in_virtual_time
async def test_a_call_that_nobody_takes_up_again_is_told_as_lost_by_whoever_has_waited() -> None:
    async with open_exchange() as exchange:
        socket = await exchange.placed()
        socket.ends(1006)
        await asyncio.sleep(59)
        waiting = told(exchange)
        await asyncio.sleep(2)
        lost = exchange.lifecycle()[-1]

    assert waiting == ["CallStarted"]
    assert isinstance(lost, CallEnded)
    assert (lost.reason, lost.attempt_id) == ("lost", ATTEMPT)
    assert lost.duration_ms < 2000


@in_virtual_time
async def test_a_call_that_is_taken_up_again_is_not_lost() -> None:
    async with open_exchange() as exchange:
        first = await exchange.call()
        first.says(prompt("Hello?"))
        await until(lambda: len(exchange.events()) > 1)
        first.ends(1006)
        await exchange.call(tries=1)
        await asyncio.sleep(100)

    assert told(exchange) == ["CallStarted", "CallResumed"]


async def hangs_up_while_the_bus_is_away(exchange: Exchange) -> FakeSocket:
    socket = await exchange.placed(replace(PLACED, opt_out_key="9"))
    await until(lambda: told(exchange) == ["CallStarted"])
    exchange.bus.faults.stall(LIFECYCLE.name)
    socket.says({"type": "dtmf", "digit": "9"})
    await asyncio.sleep(3)
    socket.ends(1000)
    await asyncio.sleep(20)
    return socket


@in_virtual_time
async def test_a_wish_is_told_before_the_end_though_the_bus_was_away_for_both() -> None:
    async with open_exchange(agent=CALLER) as exchange:
        socket = await hangs_up_while_the_bus_is_away(exchange)
        used = exchange.slots.used
        exchange.bus.faults.release(LIFECYCLE.name)
        await until(lambda: "CallEnded" in told(exchange))
        wishes = [one for one in exchange.lifecycle() if isinstance(one, OptOutRequested)]
        order = list(dict.fromkeys(told(exchange)))

    assert used == 0  # a call that is over waits for nothing
    assert socket.text == ""  # nothing was confirmed
    assert order == ["CallStarted", "OptOutRequested", "CallEnded"]
    assert {(one.number, one.attempt_id) for one in wishes} == {(PERSON, ATTEMPT)}


@in_virtual_time
async def test_a_wish_is_confirmed_within_moments_and_the_call_ends() -> None:
    async with open_exchange(agent=CALLER) as exchange:
        socket = await exchange.placed(replace(PLACED, opt_out_key="9"))
        socket.says({"type": "dtmf", "digit": "9"})
        pressed = asyncio.get_running_loop().time()
        await until(lambda: "OptOutRequested" in told(exchange))
        noted = asyncio.get_running_loop().time() - pressed
        await until(lambda: socket.ended)
        socket.ends()
        await until(lambda: "CallEnded" in told(exchange))

    assert noted < 0.1
    assert "All right." in socket.text
    assert told(exchange) == ["CallStarted", "OptOutRequested", "CallEnded"]


@pytest.mark.parametrize("agent", [AGENT, CALLER], ids=["no message", "a message"])
@in_virtual_time
async def test_every_call_ends_in_the_books_though_the_bus_was_away_for_a_minute(
    agent: Agent,
) -> None:
    async with open_exchange(agent=agent) as exchange:
        socket = await exchange.placed()
        exchange.bus.faults.fail("calls.*")
        socket.ends(1000)
        await asyncio.sleep(60)
        exchange.bus.faults.release("calls.*")
        await until(lambda: "CallEnded" in told(exchange))

    assert told(exchange)[-1] == "CallEnded"
