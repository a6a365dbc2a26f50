"""Whole calls over real HTTP and WebSockets against the reference server."""

from __future__ import annotations

import asyncio
import random
from http import HTTPStatus

import pytest
from reference_server import (
    Conversation,
    Message,
    ReferenceServer,
    calling,
    plan,
    say_nothing,
    serving,
)

from twilio_emulator import CallOver, NoReply, Quirks, dial, report, run_calls
from twilio_emulator import scenario as steps
from twilio_emulator.caller import run_call
from twilio_emulator.numbered import heard, received
from twilio_emulator.scenario import Scenario, Step
from twilio_emulator.scenario_file import load_scenario, shipped_scenarios


async def answer(conversation: Conversation, message: Message) -> None:
    """Answer each prompt at once and in full."""
    if message["type"] == "prompt":
        await conversation.tokens(5)


async def answer_slowly(conversation: Conversation, message: Message) -> None:
    """Answer over half a second, and stop at an interrupt."""
    if message["type"] == "prompt":
        await conversation.tokens(25, seconds=0.02)


async def never_stop(conversation: Conversation, message: Message) -> None:
    """Answer on and on, whatever the caller does."""
    if message["type"] == "prompt":
        await conversation.tokens(50, seconds=0.02, heed=False)


async def test_a_call_is_signed_answered_and_hung_up() -> None:
    server = ReferenceServer(answer, {"welcomeGreeting": "Hello."})
    async with calling(server) as call:
        await call.say("Are you open?")
        reply = await call.reply()
        ledger = await call.hang_up()

    assert reply.text == "t1.1 t1.2 t1.3 t1.4 t1.5 "
    assert [hook.signed for hook in server.hooks] == [True, True]
    assert server.upgrades_signed == [True]
    assert ledger.ended_by == "caller"
    last = server.hooks[-1].params
    assert (last["SessionStatus"], last["CallStatus"]) == ("completed", "completed")
    assert server.conversations[0].socket.close_code == 1000
    assert server.conversations[0].socket.close_reason == "Closing websocket session"


async def test_setup_names_the_call_and_carries_the_parameters() -> None:
    server = ReferenceServer(answer)
    async with calling(server, quirks=Quirks(nulls_in_setup=True)) as call:
        await call.say("Hello?")
        await call.reply()

    setup = server.conversations[0].received[0]
    assert setup["type"] == "setup"
    assert setup["callSid"] == call.ledger.call_sid == server.hooks[0].params["CallSid"]
    assert setup["customParameters"] == {"tenant": "t1"}
    assert (setup["from"], setup["to"]) == (call.ledger.from_number, call.ledger.to_number)
    assert setup["callerName"] is None


async def test_an_interrupt_tells_what_was_heard_and_the_new_question_is_answered() -> None:
    server = ReferenceServer(answer_slowly)
    async with calling(server, speaking_cps=100.0) as call:
        await call.say("Tell me everything.")
        told = await call.interrupt("Stop. Where are you?", after_chars=12)
        reply = await call.reply(3)
        ledger = await call.hang_up()

    assert len(told) >= 12
    assert "".join(f"t1.{number} " for number in range(1, 26)).startswith(told)
    [interrupt] = server.conversations[0].of_type("interrupt")
    assert interrupt["utteranceUntilInterrupt"] == told
    assert interrupt["durationUntilInterruptMs"] >= 120
    assert reply.text.startswith("t2.1 t2.2 ")
    assert ledger.stale_tokens() == []
    assert received(ledger).none
    assert heard(ledger).none


async def test_a_server_that_keeps_talking_after_an_interrupt_is_found_out() -> None:
    async with calling(ReferenceServer(never_stop), speaking_cps=100.0, barge_in_ms=300) as call:
        await call.say("Tell me everything.")
        await call.interrupt("Stop!", after_ms=100)
        await call.reply(3)
        ledger = await call.hang_up()

    assert report([ledger]).stale_tokens >= 1
    assert received(ledger).stray


async def test_interrupts_at_random_moments_leave_every_call_in_order() -> None:
    moments = random.Random(7)
    scripts = [
        Scenario(
            steps=(
                steps.Say("Tell me everything."),
                steps.Interrupt("Stop!", after_ms=moments.uniform(0, 450)),
                steps.WaitForReply(spoken=False),
            )
        )
        for _ in range(20)
    ]
    async with serving(ReferenceServer(answer_slowly)) as server:
        plans = [plan(server, script=script, speaking_cps=100.0) for script in scripts]
        ledgers = await run_calls(plans)

    figures = report(ledgers)
    assert (figures.interrupts, figures.turns_lost, figures.stale_tokens) == (20, 0, 0)
    assert all(received(call).none and heard(call).none for call in ledgers)


async def test_words_over_an_agent_that_may_not_be_interrupted_are_not_delivered() -> None:
    server = ReferenceServer(answer_slowly, {"interruptible": "none"})
    async with calling(server, speaking_cps=50.0) as call:
        await call.say("Tell me everything.")
        with pytest.raises(NoReply, match="may not be interrupted"):
            await call.interrupt("Stop!", after_chars=5)
        await call.say_now("Stop!")
        await call.hang_up()

    assert server.conversations[0].of_type("interrupt") == []
    assert len(server.conversations[0].of_type("prompt")) == 1


async def test_a_reset_connection_comes_back_as_a_new_session_of_the_same_call() -> None:
    server = ReferenceServer(answer)
    async with calling(server) as call:
        await call.say("Hello?")
        await call.reply()
        await call.drop_connection()
        await call.say("Still there?")
        await call.reply()

    first, second = (conversation.received[0] for conversation in server.conversations)
    assert first["callSid"] == second["callSid"]
    assert first["sessionId"] != second["sessionId"]
    failed = server.hooks[1].params
    assert failed["SessionStatus"] == "failed"
    assert failed["ErrorCode"] == "64105"
    assert failed["CallStatus"] == "in-progress"


async def test_a_refused_upgrade_is_reported_to_the_action_and_tried_with_its_twiml() -> None:
    server = ReferenceServer(
        answer, refuse_upgrades=[HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.FORBIDDEN]
    )
    async with calling(server) as call:
        await call.say("Hello?")
        await call.reply()

    codes = [hook.params.get("ErrorCode") for hook in server.hooks]
    assert codes == [None, "64102", "64102", None]


async def test_an_end_by_the_server_hands_its_data_to_the_action_and_follows_the_twiml() -> None:
    async def hand_over(conversation: Conversation, message: Message) -> None:
        if message["type"] == "prompt":
            await conversation.tokens(2)
            await conversation.send(type="end", handoffData='{"reason":"human"}')

    server = ReferenceServer(
        hand_over, after_session="<Response><Say>Bye</Say><Dial>+15005550009</Dial></Response>"
    )
    async with calling(server) as call:
        await call.say("A human, please.")
        assert await call.wait_for_end(3)

    done = server.hooks[-1].params
    assert (done["SessionStatus"], done["CallStatus"]) == ("ended", "in-progress")
    assert done["HandoffData"] == '{"reason":"human"}'
    assert [(run.verb, run.detail) for run in call.ledger.verbs] == [
        ("Say", "Bye"),
        ("Dial", "+15005550009"),
    ]
    assert call.ledger.ended_by == "transfer"


async def test_garbage_is_answered_with_an_error_and_ten_in_a_row_end_the_session() -> None:
    async def talk_nonsense(conversation: Conversation, message: Message) -> None:
        if message["type"] == "prompt":
            for _ in range(9):
                await conversation.socket.send("{nonsense")
            await conversation.tokens(1)
            for _ in range(10):
                await conversation.send(type="connected")

    server = ReferenceServer(talk_nonsense, again_on_failure=False)
    async with calling(server) as call:
        await call.say("Hello?")
        assert await call.wait_for_end(3)

    assert len(server.conversations[0].of_type("error")) == 18
    assert server.conversations[0].socket.close_code == 1007
    assert server.hooks[-1].params["ErrorCode"] == "64105"


async def test_a_silent_server_loses_the_turn() -> None:
    async with calling(ReferenceServer(say_nothing)) as call:
        await call.say("Hello?")
        with pytest.raises(NoReply):
            await call.reply(0.1)
        ledger = await call.hang_up()

    assert report([ledger]).turns_lost == 1


async def test_a_reply_that_is_never_closed_counts_as_complete_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("twilio_emulator.call.UNCLOSED_SECONDS", 0.2)

    async def leave_open(conversation: Conversation, message: Message) -> None:
        if message["type"] == "prompt":
            await conversation.send(type="text", token="Yes.", last=False)

    async with calling(ReferenceServer(leave_open)) as call:
        await call.say("Hello?")
        assert (await call.reply()).text == "Yes."


async def test_only_the_last_prompt_of_a_burst_need_be_answered() -> None:
    async def answer_the_third(conversation: Conversation, message: Message) -> None:
        if message["type"] == "prompt" and message["voicePrompt"] == "three":
            await conversation.tokens(3)

    async with calling(ReferenceServer(answer_the_third)) as call:
        for word in ("one", "two", "three"):
            await call.say_now(word)
        await call.reply()
        ledger = await call.hang_up()

    assert [turn.superseded for turn in ledger.turns] == [True, True, False]
    assert report([ledger]).turns_lost == 0


async def test_the_action_url_is_retried_as_its_fragment_asks_and_signed_without_it() -> None:
    server = ReferenceServer(answer, action_fragment="#rc=3&amp;rp=all&amp;ct=1000")
    async with calling(server) as call:
        await call.say("Hello?")
        await call.reply()
        server.hook_failures = [HTTPStatus.BAD_GATEWAY, HTTPStatus.NOT_FOUND]
        await call.hang_up()

    actions = [hook for hook in server.hooks if hook.path == "/action"]
    assert [hook.signed for hook in actions] == [True, True, True]
    assert len({hook.idempotency_token for hook in actions}) == 1
    assert call.ledger.webhooks[-1].tries == 3


async def test_a_failed_voice_webhook_ends_the_call_unless_there_is_a_fallback() -> None:
    failing = [HTTPStatus.INTERNAL_SERVER_ERROR]
    async with serving(ReferenceServer(answer, hook_failures=failing * 2)) as server:
        script = Scenario(steps=(steps.Say("Hello?"), steps.WaitForReply()))
        alone = await run_call(plan(server, script=script))
        saved = await run_call(plan(server, script=script, fallback_url=server.voice_url))

    assert alone.ended_by == "error"
    assert saved.ok
    assert server.hooks[-2].params["ErrorCode"] == "11200"


async def test_keys_reach_the_server_only_with_dtmf_detection() -> None:
    deaf, keen = ReferenceServer(answer), ReferenceServer(answer, {"dtmfDetection": "true"})
    for server in (deaf, keen):
        async with calling(server) as call:
            await call.press("12#", gap_seconds=0.01)

    assert deaf.conversations[0].of_type("dtmf") == []
    digits = [message["digit"] for message in keen.conversations[0].of_type("dtmf")]
    assert digits == ["1", "2", "#"]


async def test_a_gather_takes_the_keys_and_its_action_decides() -> None:
    gather = "<Response><Gather action='{}' numDigits='2'><Say>Two</Say></Gather></Response>"
    server = ReferenceServer(answer, after_session="<Response><Hangup/></Response>")
    async with serving(server):
        server.first_twiml = gather.format(f"http://127.0.0.1:{server.port}/action")
        async with dial(plan(server)) as call:
            await call.press("42", gap_seconds=0.01)
            assert await call.wait_for_end(3)

    assert server.hooks[-1].params["Digits"] == "42"
    assert call.ledger.ended_by == "agent"


async def test_relative_urls_belong_to_the_document_they_stand_in() -> None:
    server = ReferenceServer(answer, after_session="<Response><Hangup/></Response>")
    server.first_twiml = "<Response><Redirect>/elsewhere?x=1</Redirect></Response>"
    async with calling(server) as call:
        assert await call.wait_for_end(3)

    assert [(hook.path, hook.signed) for hook in server.hooks] == [
        ("/voice", True),
        ("/elsewhere?x=1", True),
    ]


async def test_speech_is_reported_where_the_twiml_asks_for_it() -> None:
    server = ReferenceServer(answer, {"events": "speaker-events tokens-played"})
    async with calling(server) as call:
        await call.say("Hello?")
        await call.reply()
        assert await call.listen()

    infos = server.conversations[0].of_type("info")
    played = "".join(info["value"] for info in infos if info["name"] == "tokensPlayed")
    assert played == "t1.1 t1.2 t1.3 t1.4 t1.5 "
    speaking = [info["value"] for info in infos if info["name"] == "agentSpeaking"]
    assert speaking == ["on", "off"]


async def test_what_is_not_known_of_twilio_can_be_had_the_other_way() -> None:
    quirks = Quirks(duration_as_string=True, empty_prompts=True, unknown_messages=True)
    server = ReferenceServer(answer_slowly)
    async with calling(server, quirks=quirks, speaking_cps=100.0) as call:
        await call.say("Hello?")
        await call.interrupt(after_chars=5)

    conversation = server.conversations[0]
    assert [message["voicePrompt"] for message in conversation.of_type("prompt")] == ["", "Hello?"]
    assert isinstance(conversation.of_type("interrupt")[0]["durationUntilInterruptMs"], str)
    assert len(conversation.of_type("configUpdated")) == 1


async def test_a_script_records_what_did_not_hold_and_goes_on() -> None:
    script: tuple[Step, ...] = (
        steps.Say("Hello?"),
        steps.WaitForReply(),
        steps.Expect(contains="pizza", turns=2),
        steps.HangUp(),
        steps.Say("Anyone?"),
        steps.Expect(ended_by="caller", action_called="completed"),
    )
    async with serving(ReferenceServer(answer)) as server:
        ledger = await run_call(plan(server, script=Scenario(steps=script)))

    shown = [failure.text for failure in ledger.failures]
    assert shown == [
        "step 3: the reply does not contain 'pizza': 't1.1 t1.2 t1.3 t1.4 t1.5 '",
        "step 3: 1 turns, not 2",
        "step 5: the call was over: the caller hung up",
    ]
    assert not ledger.ok


async def test_acting_after_the_end_says_that_the_call_is_over() -> None:
    async with calling(ReferenceServer(answer)) as call:
        await call.hang_up()
        with pytest.raises(CallOver):
            await call.say("Hello?")


class Concierge:
    """A well-behaved server for every shipped scenario: it does what it is asked for."""

    def __init__(self) -> None:
        self.keys = ""

    async def __call__(self, conversation: Conversation, message: Message) -> None:
        match message:
            case {"type": "dtmf", "digit": digit}:
                self.keys += digit
                if digit == "#":
                    await conversation.send(type="text", token=f"You keyed {self.keys}", last=True)
            case {"type": "prompt", "voicePrompt": words}:
                await self.answer(conversation, words)

    async def answer(self, conversation: Conversation, words: str) -> None:
        if "Spanish" in words:
            language = {"ttsLanguage": "es-MX", "transcriptionLanguage": "es-MX"}
            await conversation.send(type="language", **language)
        if "a person" in words:
            await conversation.send(type="end", handoffData='{"reason":"asked for a person"}')
        elif "appointment" in words:
            await conversation.send(type="text", token="On Tuesday at ten.", last=True)
        else:
            await conversation.tokens(4)


@pytest.mark.parametrize("name", [file.name.removesuffix(".yaml") for file in shipped_scenarios()])
async def test_a_well_behaved_server_passes_every_shipped_scenario(name: str) -> None:
    script = load_scenario(name)
    back = {"/dialled": "<Response>{again}</Response>"}
    server = ReferenceServer(Concierge(), {"dtmfDetection": "true"}, answers=back)
    if name == "transfer-answered":
        back["/dialled"] = "<Response><Hangup/></Response>"
    if name.startswith("transfer"):
        dial_desk = '<Dial action="/dialled">+15005550009</Dial>'
        server.after_session = f"<Response>{dial_desk}</Response>"
    async with serving(server):
        ledger = await run_call(plan(server, script=script, speaking_cps=150.0))

    assert [failure.text for failure in ledger.failures] == []


async def test_fifty_calls_at_once_are_told_apart() -> None:
    script = Scenario(steps=(steps.Say("Hello?"), steps.WaitForReply(), steps.HangUp()))
    async with serving(ReferenceServer(answer)) as server:
        ledgers = await run_calls([plan(server, script=script) for _ in range(50)])

    figures = report(ledgers)
    assert (figures.calls, figures.turns, figures.turns_lost) == (50, 50, 0)
    assert all(call.ok and received(call).none for call in ledgers)


async def test_a_server_that_reads_nothing_does_not_hold_the_call_for_ever() -> None:
    stuck = asyncio.Event()

    async def hang(conversation: Conversation, message: Message) -> None:
        await stuck.wait()

    async with calling(ReferenceServer(hang), max_seconds=0.5) as call:
        assert await call.wait_for_end(3)
    stuck.set()

    assert call.ledger.ended_by == "error"
