"""What Twilio is answered at the public port."""

import io
from dataclasses import replace
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from fakes import AGENT, CALL, NUMBER
from serving import (
    ACTION,
    DIAL_ACTION,
    FORM,
    INCOMING,
    PUBLIC,
    RELAY,
    Request,
    action_request,
    form_request,
    lines,
    serving,
)

from gateway.tickets import CallTickets, Ticket
from trunkline.agents import Language, Opening, Phrases, Relay, Words
from trunkline.events.lifecycle import CallEnded
from trunkline.testing.virtual_time import unix_now


async def test_a_call_is_connected_to_the_agent_of_its_number() -> None:
    async with serving() as server:
        twiml = ElementTree.fromstring((await server.post(Request())).text)
        relay = element(twiml, "Connect/ConversationRelay")
        action = element(twiml, "Connect").attrib["action"]
        ticket = server.exchange.tickets.read(parameter(relay))

    assert relay.attrib["url"] == "wss://voice.example.com/twilio/relay"
    assert relay.attrib["welcomeGreeting"] == "Hello."
    assert action.startswith(PUBLIC + ACTION)
    assert "?" not in action
    assert (ticket.call_sid, ticket.agent_id, ticket.tries) == (CALL, AGENT.id, 0)


async def test_a_session_says_who_the_customer_is() -> None:
    relay = Relay(customer_name="{{name}}")
    model = AGENT.model_copy(update={"relay": relay, "variables": {"name": "Ada"}})
    async with serving(agents=[model]) as server:
        response = await server.post(Request())

    assert 'customerName="Ada"' in response.text


async def test_a_public_url_on_this_machine_is_connected_to_without_tls() -> None:
    public = "http://127.0.0.1:8080"
    async with serving(public=public) as server:
        response = await server.post(Request(public + INCOMING))
        socket = await server.upgrade(Request("ws://127.0.0.1:8080" + RELAY))
        await socket.close()

    assert 'url="ws://127.0.0.1:8080/twilio/relay"' in response.text


async def test_a_number_without_an_agent_is_told_so_politely(log: io.StringIO) -> None:
    form = FORM.replace(urlencode({"To": NUMBER}), "To=%2B15005559999")
    async with serving() as server:
        response = await server.post(Request(body=form, signed_body=form))

    assert [child.tag for child in ElementTree.fromstring(response.text)] == ["Say", "Hangup"]
    assert [line["event"] for line in lines(log)] == ["number_without_agent"]
    assert "15005559999" not in log.getvalue()


LISTENER = AGENT.model_copy(update={"opening": Opening(mode="listen")})
OUTBOUND = {"CallSid": CALL, "From": NUMBER, "To": "+15005550006", "Direction": "outbound-api"}


async def test_a_call_that_we_place_is_connected_to_the_agent_of_the_calling_number() -> None:
    async with serving() as server:
        response = await server.post(form_request(INCOMING, OUTBOUND))

    assert 'welcomeGreeting="Hello."' in response.text


async def test_an_agent_that_listens_first_greets_nobody_it_calls() -> None:
    async with serving(agents=[LISTENER]) as server:
        placed = await server.post(form_request(INCOMING, OUTBOUND))
        received = await server.post(Request())

    assert "ConversationRelay" in placed.text
    assert "welcomeGreeting=" not in placed.text
    assert 'welcomeGreeting="Hello."' in received.text


async def test_a_session_that_failed_is_taken_up_in_its_language() -> None:
    languages = (
        *AGENT.languages,
        Language(code="es-ES", words=Words(failed="Lo siento, {{name}}.")),
    )
    async with serving(agents=[AGENT.model_copy(update={"languages": languages})]) as server:
        ticket = Ticket(
            *(CALL, "acme", AGENT.id, AGENT.version, 2**31),
            variables={"name": "Ada"},
            language="es-ES",
        )
        tokens = [server.exchange.tickets.issue(replace(ticket, tries=tries)) for tries in (1, 2)]
        answers = [(await server.post(action_request(token))).text for token in tokens]

    relay = element(ElementTree.fromstring(answers[0]), "Connect/ConversationRelay")
    say = element(ElementTree.fromstring(answers[1]), "Say")
    assert relay.attrib["language"] == "es-ES"
    assert (say.attrib, say.text) == ({"language": "es-ES"}, "Lo siento, Ada.")


AFTER_SESSIONS = [
    ("completed", "completed", 0, []),
    ("failed", "completed", 0, []),
    ("ended", "busy", 0, []),
    ("ended", "in-progress", 0, ["Hangup"]),
    ("completed", "in-progress", 0, ["Hangup"]),
    ("failed", "in-progress", 0, ["Connect"]),
    ("failed", "ringing", 0, ["Connect"]),
    ("failed", "in-progress", 1, ["Connect"]),
    ("failed", "in-progress", 2, ["Say", "Hangup"]),
    ("unheard-of", "in-progress", 0, ["Connect"]),
]


@pytest.mark.parametrize(("session", "call", "tries", "verbs"), AFTER_SESSIONS)
async def test_what_becomes_of_a_call_whose_session_is_over(
    session: str, call: str, tries: int, verbs: list[str]
) -> None:
    async with serving() as server:
        token = server.exchange.ticket(tries=tries)
        response = await server.post(action_request(token, session, call))

    assert response.status_code == 200
    assert [child.tag for child in ElementTree.fromstring(response.text)] == verbs


async def test_a_session_that_fails_again_and_again_is_renewed_twice_without_a_greeting() -> None:
    async with serving() as server:
        answer = ElementTree.fromstring((await server.post(Request())).text)
        greetings = []
        while (connect_ := answer.find("Connect")) is not None:
            relay = element(answer, "Connect/ConversationRelay")
            greetings.append(relay.attrib.get("welcomeGreeting"))
            token = connect_.attrib["action"].partition(ACTION)[2].partition("#")[0]
            answer = ElementTree.fromstring((await server.post(action_request(token))).text)

    assert greetings == ["Hello.", None, None]
    assert [child.tag for child in answer] == ["Say", "Hangup"]


async def test_a_recorded_call_that_cannot_go_on_hears_that_it_was_recorded() -> None:
    """No session may have come as far as to say it."""
    async with serving() as server:
        ticket = Ticket(CALL, "acme", AGENT.id, AGENT.version, 2**31, tries=2, is_recorded=True)
        token = server.exchange.tickets.issue(ticket)
        response = await server.post(action_request(token))

    assert f"This call is recorded. {Phrases().failed}" in response.text


@pytest.mark.parametrize(
    ("session", "call", "tries", "gone"),
    [
        ("failed", "completed", 0, True),
        ("failed", "in-progress", 2, True),
        ("failed", "in-progress", 1, False),
        ("completed", "completed", 0, False),
        ("ended", "in-progress", 0, False),
    ],
)
async def test_of_a_call_whose_session_failed_and_that_is_over_whoever_is_asked_tells(
    session: str, call: str, tries: int, gone: bool
) -> None:
    """Its gateway may have been killed in the moment in which the caller hung up."""
    async with serving() as server:
        office, ours = server.exchange.tickets, (CALL, "acme", AGENT.id, AGENT.version, 2**31)
        token = office.issue(Ticket(*ours, tries=tries, attempt_id="attempt-1"))
        server.exchange.bus.faults.stall("*")
        await server.post(action_request(token, session, call))
        server.exchange.bus.faults.release("*")
        await server.exchange.desk.drain()
        told = server.exchange.lifecycle()

    assert [
        (one.reason, one.epoch, one.attempt_id) for one in told if isinstance(one, CallEnded)
    ] == ([("gone", -1, "attempt-1")] if gone else [])


@pytest.mark.parametrize(
    ("session", "call"),
    [("completed", "completed"), ("completed", "in-progress"), ("ended", "in-progress")],
)
async def test_of_a_call_whose_session_should_tell_whoever_is_asked_tells_if_it_does_not(
    session: str, call: str
) -> None:
    async with serving() as server:
        office, ours = server.exchange.tickets, (CALL, "acme", AGENT.id, AGENT.version, 2**31)
        await server.post(action_request(office.issue(Ticket(*ours)), session, call))
        at_once = server.exchange.lifecycle()
        server.exchange.ends.close()
        await server.exchange.desk.drain()
        told = server.exchange.lifecycle()

    assert at_once == []
    assert [type(event) for event in told] == [CallEnded]


LOST = {"CallSid": CALL, "CallStatus": "in-progress", "SessionStatus": "failed"}


async def test_an_action_url_with_a_ticket_that_does_not_hold_ends_the_call() -> None:
    foreign = CallTickets(["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="], unix_now)
    async with serving() as server:
        office = server.exchange.tickets
        tokens = {
            "expired": office.issue(Ticket(CALL, "acme", AGENT.id, AGENT.version, 1)),
            "forged": server.exchange.ticket()[:-4] + "AAA=",
            "foreign": foreign.issue(Ticket(CALL, "acme", AGENT.id, AGENT.version, 2**31)),
            "another call's": server.exchange.ticket("CAother"),
            "an unknown agent's": office.issue(Ticket(CALL, "acme", "nobody", "v1", 2**31)),
        }
        answers = {
            (path, name): (await server.post(form_request(path + token, LOST))).text
            for path in (ACTION, DIAL_ACTION)
            for name, token in tokens.items()
        }
        refused = server.exchange.value('trunkline_gateway_refused_total{reason="ticket"}')

    verbs = {name: [c.tag for c in ElementTree.fromstring(answers[name])] for name in answers}
    assert verbs == {name: ["Hangup"] for name in answers}
    assert refused == 2 * len(tokens)


def element(twiml: ElementTree.Element, path: str) -> ElementTree.Element:
    found = twiml.find(path)
    assert found is not None
    return found


def parameter(relay: ElementTree.Element) -> str:
    return element(relay, "Parameter").attrib["value"]
