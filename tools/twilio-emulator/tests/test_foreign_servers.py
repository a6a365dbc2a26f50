"""Servers that were written by others, well and badly: each is driven, none can hang a call."""

from __future__ import annotations

import pytest
from foreign_servers import (
    Handler,
    foreign,
    hands_over,
    never_last,
    sends,
    speaks_and_plays,
    whole_replies,
)
from reference_server import calling, plan, serving

from twilio_emulator import load_scenario
from twilio_emulator.caller import run_call
from twilio_emulator.expectations import unmet
from twilio_emulator.scenario import Expect


async def test_a_server_that_answers_in_one_token_and_ends_the_call() -> None:
    async with calling(foreign(whole_replies)) as call:
        await call.say("Hello there")
        reply = await call.reply()
        await call.say("Goodbye")
        assert await call.wait_for_end(3)

    assert reply.text == "You said: Hello there"
    ledger = call.ledger
    assert [turn.complete for turn in ledger.turns] == [True, True]
    assert (ledger.closed[0].status, ledger.closed[0].handoff_data) == ("ended", None)
    assert (ledger.ended_by, ledger.notes) == ("agent", [])


async def test_a_server_that_never_says_last_is_answered_to_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("twilio_emulator.call.UNCLOSED_SECONDS", 0.3)
    async with calling(foreign(never_last), patience_seconds=3.0) as call:
        await call.say("cats")
        first = await call.reply()
        await call.say("dogs")
        told = await call.interrupt("birds", after_phrase="About dogs")
        last = await call.reply()
        ledger = await call.hang_up()

    assert first.text == "About cats I know nothing."
    assert told.startswith("About dogs")
    assert last.text == "About birds I know nothing."
    assert (len(ledger.interrupts), ledger.lost_turns(), ledger.failures) == (1, [], [])


async def test_a_server_that_hands_the_caller_over_with_data() -> None:
    server = foreign(hands_over)
    server.after_session = "<Response><Dial>+15005550009</Dial></Response>"
    async with calling(server, callees={"": "busy"}) as call:
        await call.say("A human, please")
        assert await call.wait_for_end(3)

    caller = call.ledger.from_number
    expect = Expect(
        handoff={"reasonCode": "live-agent-handoff", "caller": caller},
        transferred_to="+15005550009",
        transfer="busy",
    )
    assert unmet(expect, call.ledger) == []


async def test_a_server_that_changes_the_language_and_plays() -> None:
    server = foreign(speaks_and_plays)
    async with calling(server, sounds={"jingle": 0.2}) as call:
        await call.say("Español, por favor")
        first = await call.reply()
        await call.listen()
        spanish = Expect(language="es-MX", lang="es-MX", spoken_lang="es-MX", said="un momento")
        wrong = unmet(spanish, call.ledger)
        await call.say("Play it")
        await call.until(lambda: call.ledger.keys_heard == "12#", 3)
        english = Expect(played="jingle", keys_heard="12#", spoken_lang="en-US")
        wrong += unmet(english, call.ledger)
        await call.say_now("Hold the line")
        await call.until(lambda: len(call.ledger.played) == 2, 3)
        await call.interrupt("Enough")
        ledger = await call.hang_up()

    assert wrong == []
    assert first.text == "Claro, en español."
    assert [turn.lang for turn in ledger.turns] == ["en-US", "es-MX", "es-MX", "es-MX"]
    assert ledger.turns[0].filler == "Un momento. "
    assert [(item.how, item.kind) for item in ledger.spoken if "hold" in item.text] == [
        ("interrupted", "play")
    ]
    assert [note.text for note in ledger.notes] == [
        "there is no <Language> for es-MX: the provider's defaults are used"
    ]


@pytest.mark.parametrize(
    "frame",
    [
        '{"type":"connected","protocol":"Call"}',
        '{"type":"interrupt"}',
        '{"type":"text","token":5}',
        '{"type":"text","token":"Yes","last":"true"}',
        '{"type":"text","token":"Yes","interruptible":"maybe"}',
        '{"type":"play","source":"tune","loop":"1"}',
        '{"type":"play","source":"tune","loop":-1}',
        '{"type":"play","loop":1}',
        '{"type":"sendDigits","digits":12}',
        '{"type":"language"}',
        '{"type":"end","handoffData":{"reason":"human"}}',
        '{"type":"text","token":"a","new":' + "[" * 50_000,
        "",
        b'{"type":"text","token":"binary"}',
        b"\xff\x00",
    ],
)
async def test_a_frame_that_twilio_cannot_read_is_complained_about_and_passed_over(
    frame: str | bytes,
) -> None:
    async with calling(foreign(sends(frame))) as call:
        await call.say("Hello?")
        reply = await call.reply()
        ledger = await call.hang_up()

    assert reply.text == "Done."
    assert [note.text.partition(":")[0] for note in ledger.notes] == ["64107"]
    assert [item.type for item in ledger.frames if item.direction == "sent"].count("error") == 1
    assert ledger.ended_by == "caller"


async def test_ten_of_them_in_a_row_end_the_session_and_nine_do_not() -> None:
    nine, ten = foreign(sends(*["{"] * 9)), foreign(sends(*["{"] * 10))
    async with calling(nine) as call:
        await call.say("Hello?")
        await call.reply()
    assert call.ledger.closed[0].status == "completed"

    async with calling(ten) as call:
        await call.say("Hello?")
        assert await call.wait_for_end(3)
    assert (call.ledger.closed[0].status, call.ledger.closed[0].error_code) == ("failed", 64105)
    assert call.ledger.closed[0].close_code == 1007


async def test_a_frame_larger_than_a_mebibyte_ends_the_session() -> None:
    huge = '{"type":"text","token":"' + "a" * (1 << 20) + '"}'
    async with calling(foreign(sends(huge))) as call:
        await call.say("Hello?")
        assert await call.wait_for_end(3)

    assert call.ledger.closed[0].error_code == 64105
    assert "frame of more than" in call.ledger.notes[0].text


@pytest.mark.parametrize("handler", [whole_replies, never_last, hands_over, speaks_and_plays])
async def test_a_scenario_comes_to_its_end_whatever_the_server_is_like(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twilio_emulator.call.UNCLOSED_SECONDS", 0.2)
    async with serving(foreign(handler)) as server:
        script = load_scenario("happy-path")
        ledger = await run_call(plan(server, script=script, patience_seconds=0.5, max_seconds=20))

    assert ledger.ended_by in ("caller", "agent")
    assert ledger.webhooks[-1].params["CallStatus"] in ("completed", "in-progress")
