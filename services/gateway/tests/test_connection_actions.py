"""What is not words reaches Twilio's socket and the bus at its place, in real shells."""

import asyncio

from fakes import AGENT, CALL, Exchange, FakeSocket, open_exchange, prompt, until

from gateway.handoff import Handoff, encode_handoff
from trunkline.agents import Agent, Dial, Enqueue, Language, Sound, TransferTo
from trunkline.events.call import (
    Action,
    ActionDone,
    EndCall,
    Ended,
    EndReason,
    OptOut,
    PlaySound,
    SendDigits,
    SwitchLanguage,
    Transfer,
)
from trunkline.events.lifecycle import OptOutRequested
from trunkline.events.topics import LIFECYCLE, call_topic
from trunkline.testing.virtual_time import in_virtual_time

TOPIC = call_topic(CALL).name
ABLE = AGENT.model_copy(
    update={
        "languages": (Language(code="en-US"), Language(code="es-US")),
        "sounds": {"bell": Sound(url="https://sounds.example/bell.mp3")},
        "transfers": {
            "desk": TransferTo(about="People.", dial=Dial(number="+15005550111")),
            "bills": TransferTo(about="Bills.", enqueue=Enqueue(queue="bills")),
        },
    }
)


async def acting(exchange: Exchange, *actions: Action, said: str = "Well. ") -> FakeSocket:
    """A call in whose first turn the model says this and then does these things."""
    exchange.listens()
    socket = await exchange.call()
    socket.says(prompt("Go ahead."))
    request = await exchange.worker.next()
    await exchange.worker.start(request)
    if said:
        await exchange.worker.say(request, said)
    for number, action in enumerate(actions):
        await exchange.worker.asks_for(request, action, f"use-{number}")
    await exchange.worker.finish(request)
    return socket


def kinds(socket: FakeSocket) -> list[str]:
    return [frame["type"] for frame in socket.sent]


@in_virtual_time
async def test_languages_sounds_and_keys_follow_the_words_before_them() -> None:
    actions = (SwitchLanguage("es-US"), PlaySound("bell"), SendDigits("12w3"))
    async with open_exchange(agent=ABLE) as exchange:
        socket = await acting(exchange, *actions)
        await until(lambda: len(socket.sent) >= 5)

    assert socket.sent == [
        {"type": "text", "token": "Well. ", "last": False, "lang": "en-US"},
        {"type": "text", "token": "", "last": True},
        {"type": "language", "ttsLanguage": "es-US", "transcriptionLanguage": "es-US"},
        {"type": "play", "source": "https://sounds.example/bell.mp3", "loop": 1},
        {"type": "sendDigits", "digits": "12w3"},
    ]


@in_virtual_time
async def test_a_call_is_passed_on_when_the_words_have_been_heard() -> None:
    async with open_exchange(agent=ABLE) as exchange:
        socket = await acting(exchange, Transfer("desk", "asked for a person"))
        await until(lambda: "text" in kinds(socket))
        assert "end" not in kinds(socket)
        await until(lambda: socket.ended)
        socket.ends()
        await until(lambda: exchange.has(Ended))
        done = exchange.events()[-2:]

    handoff = encode_handoff(Handoff("desk", "asked for a person", "en-US"))
    assert socket.sent[-1] == {"type": "end", "handoffData": handoff}
    assert done == [
        ActionDone(1, "use-0", Transfer("desk", "asked for a person")),
        Ended(EndReason.TRANSFERRED),
    ]


async def topics_after(agent: Agent, action: Action, seconds: float) -> frozenset[str]:
    """The topics so long after a call that ended with this."""
    async with open_exchange(agent=agent) as exchange:
        socket = await acting(exchange, action)
        await until(lambda: socket.ended)
        socket.ends()
        await asyncio.sleep(seconds)
        return frozenset(await exchange.bus.topics())


@in_virtual_time
async def test_the_topic_of_a_call_that_rings_elsewhere_is_kept_until_it_may_have_come_back() -> (
    None
):
    assert TOPIC in await topics_after(ABLE, Transfer("desk"), 80.0)
    assert TOPIC not in await topics_after(ABLE, Transfer("desk"), 100.0)


@in_virtual_time
async def test_the_topic_of_a_call_that_waits_in_a_queue_is_left_to_the_janitor() -> None:
    assert TOPIC in await topics_after(ABLE, Transfer("bills"), 3000.0)


@in_virtual_time
async def test_the_topic_of_a_call_that_the_agent_ended_is_kept_no_longer_than_others() -> None:
    assert TOPIC not in await topics_after(ABLE, EndCall(), 70.0)


@in_virtual_time
async def test_a_wish_not_to_be_called_is_in_the_books_before_it_is_confirmed() -> None:
    async with open_exchange(agent=ABLE) as exchange:
        socket = await acting(exchange, OptOut())
        await until(lambda: "We will not call you again." in socket.text)
        (wish,) = [one for one in exchange.lifecycle() if isinstance(one, OptOutRequested)]

    assert (wish.call_sid, wish.number, wish.agent_id, wish.turn) == (
        CALL,
        "+15005550006",
        "desk",
        1,
    )


@in_virtual_time
async def test_a_wish_that_the_bus_does_not_take_is_tried_again_and_not_confirmed_before() -> None:
    async with open_exchange(agent=ABLE) as exchange:
        exchange.bus.faults.stall(LIFECYCLE.name)
        socket = await acting(exchange, OptOut())
        await asyncio.sleep(8.0)
        assert "We will not call you again." not in socket.text
        exchange.bus.faults.release(LIFECYCLE.name)
        await until(lambda: "We will not call you again." in socket.text)


@in_virtual_time
async def test_a_session_in_another_language_than_the_calls_is_told_at_once() -> None:
    async with open_exchange(agent=ABLE) as exchange:
        first = await acting(exchange, SwitchLanguage("es-US"))
        await until(lambda: "language" in kinds(first))
        await until(lambda: exchange.has(ActionDone))
        first.ends(1006)
        second = await exchange.call(tries=1)
        await until(lambda: len(second.sent) > 0)

    assert second.sent[0]["type"] == "language"
