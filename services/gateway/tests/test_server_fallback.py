"""What Twilio is answered about a call whose voice or recognition fails, until somebody has it."""

from collections.abc import Mapping
from xml.etree import ElementTree

from fakes import AGENT, CALL
from serving import ACTION, DIAL_ACTION, Request, Server, action_request, form_request, serving

from gateway.tickets import Ticket
from trunkline.agents import Agent, Dial, Fallback, Language, Phrases, TransferTo

SPANISH = Language(
    code="es-MX",
    tts_provider="ElevenLabs",
    voice="UgBBYS2sOqTuMpoF3BR0",
    transcription_provider="Deepgram",
    speech_model="nova-3-general",
    fallback=Fallback(tts_provider="Amazon", voice="Mia-Neural"),
)
DESK = TransferTo(about="A person.", dial=Dial(number="+15005550111"))
PHRASES = Phrases(transfer="One moment, {{name}}.", failed="Sorry.")
HOST = AGENT.model_copy(
    update={"languages": (SPANISH,), "phrases": PHRASES, "variables": {"name": "Ada"}}
)
WITH_DESK = HOST.model_copy(update={"transfers": {"desk": DESK}, "fallback": "desk"})


async def ring(server: Server) -> ElementTree.Element:
    return ElementTree.fromstring((await server.post(Request())).text)


async def fail(server: Server, answer: ElementTree.Element, code: str) -> ElementTree.Element:
    """What is answered when the session of this answer has failed with this error."""
    request = action_request(token_of(answer, ACTION), ErrorCode=code)
    return ElementTree.fromstring((await server.post(request)).text)


def token_of(answer: ElementTree.Element, path: str) -> str:
    (asking,) = [verb for verb in answer if "action" in verb.attrib]
    return asking.attrib["action"].partition(path)[2].partition("#")[0]


def tags(answer: ElementTree.Element) -> list[str]:
    return [verb.tag for verb in answer]


def said_with(answer: ElementTree.Element) -> list[Mapping[str, str]]:
    """Voice and recognition of the session, and of the language it declares."""
    relay = answer[0][0]
    names = ("ttsProvider", "voice", "transcriptionProvider", "speechModel")
    told = [relay.attrib, relay[0].attrib]
    return [{name: one[name] for name in names if name in one} for one in told]


async def test_a_voice_that_is_not_taken_is_replaced_by_the_declared_one_then_by_others() -> None:
    async with serving(agents=[HOST]) as server:
        first = await ring(server)
        second = await fail(server, first, "64101")
        third = await fail(server, second, "64106")
        last = await fail(server, third, "64101")

    declared = {"ttsProvider": "Amazon", "voice": "Mia-Neural", "transcriptionProvider": "Google"}
    assert said_with(second) == [declared] * 2
    assert said_with(third) == [{"ttsProvider": "Google", "transcriptionProvider": "Google"}] * 2
    assert tags(last) == ["Say", "Hangup"]


async def test_where_recognition_alone_fails_the_caller_hears_the_same_voice() -> None:
    async with serving(agents=[HOST]) as server:
        second = await fail(server, await ring(server), "64114")

    expected = {
        "ttsProvider": "ElevenLabs",
        "voice": "UgBBYS2sOqTuMpoF3BR0",
        "transcriptionProvider": "Google",
    }
    assert said_with(second) == [expected] * 2


async def test_a_lost_gateway_changes_no_voice() -> None:
    async with serving(agents=[HOST]) as server:
        first = await ring(server)
        second = await fail(server, first, "64105")

    assert said_with(second) == said_with(first)


async def give_up(server: Server) -> ElementTree.Element:
    answer = await ring(server)
    for _ in range(3):
        answer = await fail(server, answer, "64101")
    return answer


async def test_a_call_that_cannot_go_on_is_passed_on_to_whom_the_agent_names() -> None:
    async with serving(agents=[WITH_DESK]) as server:
        answer = await give_up(server)

    say, dial = answer
    assert (say.tag, say.attrib, say.text) == ("Say", {"language": "es-MX"}, "One moment, Ada.")
    assert (dial.tag, [(one.tag, one.text) for one in dial]) == (
        "Dial",
        [("Number", "+15005550111")],
    )


async def test_it_does_not_come_back_where_nobody_takes_it() -> None:
    async with serving(agents=[WITH_DESK]) as server:
        token = token_of(await give_up(server), DIAL_ACTION)
        form = {"CallSid": CALL, "CallStatus": "in-progress", "DialCallStatus": "no-answer"}
        answer = ElementTree.fromstring(
            (await server.post(form_request(DIAL_ACTION + token, form))).text
        )

    assert [(verb.tag, verb.text) for verb in answer] == [("Say", "Sorry."), ("Hangup", None)]


async def test_a_fallback_that_says_nothing_is_passed_on_to_at_once() -> None:
    silent: Agent = WITH_DESK.model_copy(update={"phrases": Phrases(transfer="")})
    async with serving(agents=[silent]) as server:
        answer = await give_up(server)

    assert tags(answer) == ["Dial"]


async def test_who_is_passed_on_in_a_recorded_call_is_told_that_it_is_one() -> None:
    """No session may have come as far as to say it."""
    async with serving(agents=[WITH_DESK]) as server:
        ticket = Ticket(CALL, "acme", AGENT.id, AGENT.version, 2**31, tries=2, is_recorded=True)
        token = server.exchange.tickets.issue(ticket)
        answer = ElementTree.fromstring((await server.post(action_request(token))).text)

    assert answer[0].text == "This call is recorded. One moment, Ada."


async def test_a_machine_is_passed_on_to_nobody() -> None:
    ticket = Ticket(
        *(CALL, "acme", HOST.id, HOST.version, 2**31), tries=2, answered_by="machine_start"
    )
    async with serving(agents=[WITH_DESK]) as server:
        request = action_request(server.exchange.tickets.issue(ticket), ErrorCode="64101")
        answer = ElementTree.fromstring((await server.post(request)).text)

    assert tags(answer) == ["Say", "Hangup"]
