"""What follows a session: the call is passed on, gathered for, or comes back to the agent."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

import pytest
from reference_server import Conversation, Hook, Message, ReferenceServer, calling

from twilio_emulator import Call
from twilio_emulator.outcomes import Callee, Queue

DESK = "+15005550009"


async def hand_over(conversation: Conversation, message: Message) -> None:
    """Answer, and end at the second prompt of the call."""
    if message["type"] == "prompt":
        await conversation.tokens(2)
        if "human" in message["voicePrompt"]:
            await conversation.send(type="end", handoffData='{"reason":"human"}')


def after(twiml: str, **answers: str) -> ReferenceServer:
    """A server whose session is followed by this, with the answers of `/dialled` and so on."""
    paths = {f"/{name}": f"<Response>{answer}</Response>" for name, answer in answers.items()}
    return ReferenceServer(hand_over, after_session=f"<Response>{twiml}</Response>", answers=paths)


def of_path(server: ReferenceServer, path: str) -> Hook:
    [hook] = [hook for hook in server.hooks if hook.path == path]
    assert hook.signed
    return hook


async def ask_for_a_human(call: Call) -> None:
    await call.say("A human, please.")
    assert await call.wait_for_end(5)


async def test_a_call_that_is_answered_elsewhere_ends_there() -> None:
    server = after(f'<Dial action="/dialled"><Number>{DESK}</Number></Dial>', dialled="<Hangup/>")
    async with calling(server, callees={"0009": Callee("answer", 0.05, 1.1)}) as call:
        await ask_for_a_human(call)

    told = of_path(server, "/dialled").params
    assert (told["DialCallStatus"], told["DialBridged"]) == ("completed", "true")
    assert (told["DialCallDuration"], told["CallStatus"]) == ("1", "in-progress")
    assert told["DialCallSid"].startswith("CA")
    assert call.ledger.ended_by == "transfer"
    assert call.ledger.verbs[-1].targets == (DESK,)
    [passed] = call.ledger.passed_on
    assert (passed.status, passed.reached) == ("completed", True)
    assert passed.seconds >= 1.1


async def test_a_busy_number_brings_the_call_back_to_the_agent() -> None:
    server = after(
        f'<Dial action="/dialled" timeout="20" callerId="+15005550001">{DESK}</Dial>',
        dialled="<Say>Nobody is free.</Say>{again}",
    )
    async with calling(server, callees={DESK: "busy"}) as call:
        await call.say("A human, please.")
        await call.until(lambda: len(call.ledger.opened) == 2, 3)
        await call.say("Then tell me yourself.")
        await call.reply()
        ledger = await call.hang_up()

    told = of_path(server, "/dialled").params
    assert (told["DialCallStatus"], told["DialBridged"]) == ("busy", "false")
    assert "DialCallDuration" not in told
    assert ledger.verbs[0].attributes["callerId"] == "+15005550001"
    assert ledger.opened[0].session_id != ledger.opened[1].session_id
    assert ledger.ended_by == "caller"


async def test_without_an_action_the_next_verb_follows() -> None:
    server = after(f"<Dial>{DESK}</Dial><Say>Nobody is there.</Say>")
    async with calling(server, callees={"": "failed"}) as call:
        await ask_for_a_human(call)

    assert [run.verb for run in call.ledger.verbs] == ["Dial", "Say"]
    assert call.ledger.ended_by == "agent"


async def test_nobody_answers_for_longer_than_the_timeout() -> None:
    server = after(f'<Dial timeout="0.2" action="/dialled">{DESK}</Dial>', dialled="<Hangup/>")
    async with calling(server, callees={"": Callee(ring_seconds=60.0)}) as call:
        await ask_for_a_human(call)

    assert of_path(server, "/dialled").params["DialCallStatus"] == "no-answer"


async def test_a_caller_who_hangs_up_while_it_rings_cancels_the_other_leg() -> None:
    server = after(f'<Dial action="/dialled">{DESK}</Dial>', dialled="<Hangup/>")
    async with calling(server, callees={"": Callee(ring_seconds=20.0)}) as call:
        await call.say("A human, please.")
        await call.until(lambda: bool(call.ledger.verbs), 3)
        ledger = await call.hang_up()

    told = of_path(server, "/dialled").params
    assert (told["DialCallStatus"], told["CallStatus"]) == ("canceled", "completed")
    assert ledger.ended_by == "caller"


async def test_a_sip_address_tells_its_status_too() -> None:
    server = after(
        '<Dial action="/dialled"><Sip>sip:desk@a.example</Sip></Dial>', dialled="<Hangup/>"
    )
    async with calling(server, callees={"sip:desk@a.example": "busy"}) as call:
        await ask_for_a_human(call)

    assert of_path(server, "/dialled").params["DialSipResponseCode"] == "486"


async def test_a_task_waits_in_a_workflow_with_its_attributes() -> None:
    task = escape(json.dumps({"reason": "human", "language": "en"}))
    server = after(
        f'<Enqueue workflowSid="WW1" action="/left"><Task priority="5">{task}</Task></Enqueue>',
        left="<Hangup/>",
    )
    async with calling(server, queues={"WW1": Queue("bridged", 0.6, 0.1)}) as call:
        await ask_for_a_human(call)

    told = of_path(server, "/left").params
    assert (told["QueueResult"], told["QueueTime"]) == ("bridged", "1")
    assert told["QueueSid"].startswith("QU")
    assert call.ledger.verbs[0].attributes == {"reason": "human", "language": "en"}
    assert call.ledger.ended_by == "transfer"


@pytest.mark.parametrize(
    ("result", "ended_by"), [("queue-full", "agent"), ("error", "agent"), ("leave", "agent")]
)
async def test_a_queue_that_leads_nowhere_goes_on_with_the_action(
    result: str, ended_by: str
) -> None:
    server = after(
        '<Enqueue action="/left">support</Enqueue>', left="<Say>Call again.</Say><Hangup/>"
    )
    async with calling(server, queues={"support": result}) as call:
        await ask_for_a_human(call)

    assert of_path(server, "/left").params["QueueResult"] == result
    assert [run.verb for run in call.ledger.verbs] == ["Enqueue", "Say"]
    assert call.ledger.ended_by == ended_by


async def test_a_caller_may_give_up_in_the_queue() -> None:
    server = after('<Enqueue action="/left">support</Enqueue>', left="<Hangup/>")
    async with calling(server, queues={"": "hangup"}) as call:
        await ask_for_a_human(call)

    told = of_path(server, "/left").params
    assert (told["QueueResult"], told["CallStatus"]) == ("hangup", "completed")
    assert call.ledger.ended_by == "caller"


@pytest.mark.parametrize("task", ["reason: human", "[1]", "{"])
async def test_a_task_that_is_no_json_object_is_an_error(task: str) -> None:
    server = after(
        f'<Enqueue workflowSid="WW1" action="/left"><Task>{task}</Task></Enqueue>',
        left="<Hangup/>",
    )
    async with calling(server) as call:
        await ask_for_a_human(call)

    assert of_path(server, "/left").params["QueueResult"] == "error"
    assert call.ledger.notes[-1].text == "the attributes of a <Task> must be a JSON object"


async def test_a_session_that_twilio_refuses_to_start_is_a_failed_one() -> None:
    server = ReferenceServer(hand_over, {"voice": "Polly.Joanna"}, again_on_failure=False)
    async with calling(server) as call:
        assert await call.wait_for_end(3)

    told = server.hooks[-1].params
    assert (told["SessionStatus"], told["ErrorCode"]) == ("failed", "64101")
    assert told["CallStatus"] == "in-progress"
    assert server.upgrades_signed == []
    assert call.ledger.opened == []


async def test_the_pause_of_a_gather_begins_anew_with_every_key() -> None:
    server = after("<Gather action='/keys' timeout='0.4'/>", keys="<Hangup/>")
    async with calling(server) as call:
        await call.say("A human, please.")
        await call.until(lambda: call.ledger.closed != [], 3)
        await call.press("12345", gap_seconds=0.15)
        assert await call.wait_for_end(3)

    assert of_path(server, "/keys").params["Digits"] == "12345"


async def test_a_gather_without_input_goes_on_unless_it_wants_to_be_told() -> None:
    quiet = after("<Gather action='/keys' timeout='0.1'><Play>ding</Play></Gather><Say>Bye</Say>")
    keen = after(
        "<Gather action='/keys' timeout='0.1' actionOnEmptyResult='true'/>", keys="<Hangup/>"
    )
    for server in (quiet, keen):
        async with calling(server, sounds={"ding": 0.05}) as call:
            await ask_for_a_human(call)

    assert "/keys" not in [hook.path for hook in quiet.hooks]
    assert "Digits" not in of_path(keen, "/keys").params


async def test_what_is_said_after_a_gather_is_heard_to_its_end() -> None:
    server = after("<Gather action='/keys' numDigits='1'/>", keys=f"<Say>{'word ' * 20}</Say>")
    async with calling(server, speaking_cps=200.0) as call:
        await call.say("A human, please.")
        await call.until(lambda: call.ledger.closed != [], 3)
        await call.press("1")
        assert await call.wait_for_end(3)

    said = call.ledger.verbs[-1]
    assert (said.verb, said.attributes) == ("Say", {"language": "", "voice": ""})
    assert call.ledger.ended_at is not None
    assert call.ledger.ended_at - said.at >= 0.45


async def test_partial_prompts_grow_word_by_word_and_the_final_one_is_whole() -> None:
    server = ReferenceServer(hand_over, {"partialPrompts": "true"})
    async with calling(server, partial_gap_ms=10.0) as call:
        await call.say("Are you open today?")
        await call.reply()

    heard = server.conversations[0].of_type("prompt")
    assert [(prompt["voicePrompt"], prompt["last"]) for prompt in heard] == [
        ("Are", False),
        ("Are you", False),
        ("Are you open", False),
        ("Are you open today?", True),
    ]
    assert len(call.ledger.turns) == 1


async def test_a_caller_who_hangs_up_in_mid_sentence_leaves_the_words_spoken_so_far() -> None:
    server = ReferenceServer(hand_over, {"partialPromptOnHangup": "true"})
    async with calling(server) as call:
        await call.say("Hello?")
        await call.reply()
        await call.hang_up(while_saying="I would li")

    assert server.conversations[0].of_type("prompt")[-1]["voicePrompt"] == "I would li"
    assert call.ledger.lost_turns() == []
    assert server.hooks[-1].params["SessionStatus"] == "completed"


async def test_a_recording_that_is_started_is_in_the_ledger_and_the_call_goes_on() -> None:
    server = after('<Start><Recording channels="dual"/></Start><Say>Bye.</Say>')
    async with calling(server) as call:
        before = call.ledger.recorded
        await ask_for_a_human(call)

    started, said = call.ledger.verbs
    assert (before, call.ledger.recorded) == (False, True)
    assert (started.verb, started.attributes) == ("Recording", {"channels": "dual"})
    assert (said.verb, said.detail) == ("Say", "Bye.")
