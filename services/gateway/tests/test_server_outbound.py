"""What a person hears who has answered a call that we placed."""

import io
from collections.abc import Mapping
from dataclasses import replace
from xml.etree import ElementTree

import httpx
import pytest
from fakes import AGENT, CALL, NUMBER, until
from serving import (
    ACCOUNT,
    INCOMING,
    PLACED,
    PLACED_FORM,
    PUBLIC,
    SUBACCOUNT,
    SUBACCOUNT_TOKEN,
    Server,
    asked_at,
    form_request,
    lines,
    serving,
    urls_of,
)

from trunkline.agents import Language, Opening, Phrases, Words
from trunkline.events.topics import CALLBACKS
from trunkline.events.twilio import OutboundAnswered
from trunkline.outbound import OUTBOUND_PATH, OnMachine, OutboundTicket
from trunkline.testing.virtual_time import unix_now

SUBJECT = AGENT.model_copy(
    update={
        "greeting": "Hello {{name}}, this is Acme.",
        "variables": {"name": "there"},
        "disclosure": "I am an AI.",
        "phrases": Phrases(busy="All lines are busy.", opt_out_notice="Call us to opt out."),
        "languages": (
            Language(code="en-US"),
            Language(code="es-ES", words=Words(greeting="Hola {{name}}, somos Acme.")),
        ),
    }
)
CALLER = {"CallSid": CALL, "From": "+15005550006", "To": NUMBER, "Direction": "inbound"}
ADA = replace(PLACED, variables={"name": "Ada"})


async def answer(
    server: Server, ticket: OutboundTicket = PLACED, **fields: str
) -> ElementTree.Element:
    response = await server.post(asked_at(urls_of(ticket).twiml, {**PLACED_FORM, **fields}))
    assert response.status_code == 200
    return ElementTree.fromstring(response.text)


def said(twiml: ElementTree.Element) -> str:
    assert [child.tag for child in twiml] == ["Say", "Hangup"]
    return twiml[0].text or ""


def relay_of(twiml: ElementTree.Element) -> Mapping[str, str]:
    relay = twiml.find("Connect/ConversationRelay")
    assert relay is not None
    return relay.attrib


async def told(server: Server) -> list[OutboundAnswered]:
    """What the dialer hears: behind the answer, so a moment later."""
    await until(lambda: len(server.exchange.callbacks()) > 0)
    events = [one.event for one in server.exchange.callbacks()]
    return [event for event in events if isinstance(event, OutboundAnswered)]


async def test_a_person_who_answers_is_connected_with_the_agent_of_the_attempt() -> None:
    ticket = replace(ADA, language="es-ES", on_machine=OnMachine.TALK, opt_out_key="9")
    ticket = replace(ticket, detects_machines=True)
    async with serving(agents=[SUBJECT]) as server:
        twiml = await answer(server, ticket)
        parameter = twiml.find("Connect/ConversationRelay/Parameter")
        assert parameter is not None
        session = server.exchange.tickets.read(parameter.attrib["value"])
        await told(server)
        (callback,) = server.exchange.callbacks()

    assert relay_of(twiml)["welcomeGreeting"] == "Hola Ada, somos Acme. I am an AI."
    assert relay_of(twiml)["language"] == "es-ES"
    assert (session.call_sid, session.agent_id, session.variables) == (
        CALL,
        AGENT.id,
        {"name": "Ada"},
    )
    assert (session.attempt_id, session.campaign_id, session.on_machine, session.opt_out_key) == (
        PLACED.attempt_id,
        PLACED.campaign_id,
        OnMachine.TALK,
        "9",
    )
    assert session.detects_machines
    assert (callback.tenant_id, callback.attempt_id, callback.account_sid, callback.call_sid) == (
        "acme",
        PLACED.attempt_id,
        ACCOUNT,
        CALL,
    )
    assert callback.event == OutboundAnswered(True)


async def test_a_recorded_call_begins_with_saying_so_and_a_machine_is_not_recorded() -> None:
    recorded = replace(ADA, is_recorded=True)
    async with serving(agents=[SUBJECT]) as server:
        person = await answer(server, recorded)
        machine = await answer(server, recorded, AnsweredBy="machine_start")
        plain = await answer(server, ADA)
        busy = said(await answer(server, replace(recorded, expires_at=1)))

    assert [child.tag for child in person] == ["Start", "Connect"]
    assert relay_of(person)["welcomeGreeting"] == (
        "This call is recorded. Hello Ada, this is Acme. I am an AI."
    )
    assert [child.tag for child in machine] == [child.tag for child in plain] == ["Connect"]
    assert "recorded" not in busy


async def test_an_agent_that_listens_first_greets_nobody() -> None:
    listener = SUBJECT.model_copy(update={"opening": Opening(mode="listen")})
    async with serving(agents=[listener]) as server:
        assert "welcomeGreeting" not in relay_of(await answer(server))


@pytest.mark.parametrize(
    ("answered_by", "on_machine", "is_greeted"),
    [
        ("human", OnMachine.HANGUP, True),
        ("unknown", OnMachine.HANGUP, True),
        ("machine_start", OnMachine.HANGUP, False),
        ("machine_end_beep", OnMachine.MESSAGE, False),
        ("machine_end_beep", OnMachine.TALK, True),
    ],
)
async def test_a_verdict_that_comes_with_the_answer_is_told_and_no_machine_is_greeted(
    answered_by: str, on_machine: OnMachine, is_greeted: bool
) -> None:
    ticket = replace(PLACED, on_machine=on_machine)
    async with serving() as server:
        twiml = await answer(server, ticket, AnsweredBy=answered_by)
        heard = await told(server)

    assert ("welcomeGreeting" in relay_of(twiml)) is is_greeted
    assert heard == [OutboundAnswered(True, answered_by)]


async def test_who_answers_too_late_hears_who_called_and_how_to_opt_out() -> None:
    async with serving(agents=[SUBJECT]) as server:
        words = said(await answer(server, replace(ADA, expires_at=int(unix_now()) - 1)))
        heard = await told(server)
        late = server.exchange.value('trunkline_gateway_outbound_answered_total{outcome="expired"}')

    assert words == "Hello Ada, this is Acme. I am an AI. Call us to opt out."
    assert heard == [OutboundAnswered(False)]
    assert late == 1


async def test_who_answers_when_no_line_is_free_hears_that_too() -> None:
    async with serving(slots=1, agents=[SUBJECT]) as server:
        server.exchange.room.hear(server.exchange.room.ours())
        slot = server.exchange.slots.take()
        assert slot is not None
        words = said(await answer(server, replace(ADA, language="es-ES")))
        slot.release()
        heard = await told(server)

    assert words == "Hola Ada, somos Acme. I am an AI. All lines are busy. Call us to opt out."
    assert heard == [OutboundAnswered(False)]


async def test_what_is_kept_for_inbound_calls_is_not_given_to_placed_ones() -> None:
    async with serving(slots=1, reserve=1) as server:
        server.exchange.room.hear(server.exchange.room.ours())
        said(await answer(server))
        incoming = await server.post(form_request(INCOMING, CALLER))

    assert "ConversationRelay" in incoming.text


async def test_a_caller_for_whom_no_line_is_free_hears_so() -> None:
    async with serving(slots=1, agents=[SUBJECT]) as server:
        server.exchange.room.hear(server.exchange.room.ours())
        slot = server.exchange.slots.take()
        assert slot is not None
        response = await server.post(form_request(INCOMING, CALLER))
        slot.release()
        busy = server.exchange.value("trunkline_gateway_busy_total")

    assert said(ElementTree.fromstring(response.text)) == "All lines are busy."
    assert busy == 1


@pytest.mark.parametrize(
    "ticket", [replace(PLACED, agent_id="gone"), replace(PLACED, agent_version="another")]
)
async def test_an_agent_that_is_not_there_any_more_is_excused(ticket: OutboundTicket) -> None:
    """Nobody talks with another version than the one that the campaign was tested with."""
    async with serving() as server:
        words = said(await answer(server, ticket))
        heard = await told(server)
        excused = server.exchange.value(
            'trunkline_gateway_outbound_answered_total{outcome="no_agent"}'
        )

    assert words == Phrases().failed
    assert heard == [OutboundAnswered(False)]
    assert excused == 1


async def test_an_agent_that_has_the_version_asked_for_talks() -> None:
    async with serving() as server:
        assert relay_of(await answer(server, replace(PLACED, agent_version=AGENT.version)))


async def test_a_ticket_that_does_not_hold_connects_nobody_and_is_not_told() -> None:
    urls = urls_of(PLACED)
    tokens = {
        "forged": urls.twiml.partition(OUTBOUND_PATH)[2].partition("#")[0][:-6] + "AAAA==",
        "a callback's": urls.status.rpartition("/")[2].partition("#")[0],
        "none": "x",
    }
    async with serving(agents=[SUBJECT]) as server:
        answers = [
            await server.post(asked_at(PUBLIC + OUTBOUND_PATH + token, PLACED_FORM))
            for token in tokens.values()
        ]
        unknown = await server.post(
            asked_at(PUBLIC + OUTBOUND_PATH + "x", {**PLACED_FORM, "From": "+15005559999"})
        )
        refused = server.exchange.value('trunkline_gateway_refused_total{reason="ticket"}')
        heard = server.exchange.bus.records(CALLBACKS.name)

    words = [said(ElementTree.fromstring(one.text)) for one in answers]
    assert words == ["Hello there, this is Acme. I am an AI. Call us to opt out."] * 3
    assert said(ElementTree.fromstring(unknown.text)) == Phrases().opt_out_notice
    assert refused == 4
    assert heard == []


async def test_only_the_account_that_placed_a_call_may_ask_for_its_twiml() -> None:
    url = urls_of(PLACED).twiml
    theirs = {**PLACED_FORM, "AccountSid": SUBACCOUNT}
    own_url = urls_of(replace(PLACED, account_sid=SUBACCOUNT)).twiml
    async with serving(agents=[SUBJECT]) as server:
        foreign = await server.post(asked_at(url, theirs, SUBACCOUNT_TOKEN))
        own = await server.post(asked_at(own_url, theirs, SUBACCOUNT_TOKEN))

    assert "ConversationRelay" not in foreign.text
    assert "ConversationRelay" in own.text


async def test_an_answer_never_waits_for_the_bus_and_the_news_come_behind() -> None:
    async with serving() as server:
        server.exchange.bus.faults.stall("*")
        twiml = await answer(server)
        waiting = server.exchange.bus.records(CALLBACKS.name)
        server.exchange.bus.faults.release("*")
        heard = await told(server)

    assert relay_of(twiml)
    assert waiting == []
    assert heard == [OutboundAnswered(True)]


async def test_nothing_of_a_person_is_in_the_log(log: io.StringIO) -> None:
    async with serving(agents=[SUBJECT]) as server:
        await answer(server, ADA)
        await server.post(asked_at(PUBLIC + OUTBOUND_PATH + "x", PLACED_FORM))
        written = lines(log)

    assert [line["event"] for line in written] == ["outbound_answered", "request_refused"]
    assert written[0]["attempt_id"] == PLACED.attempt_id
    for secret in ("Ada", NUMBER, "+15005550006", "15005550006"):
        assert secret not in log.getvalue()


async def test_a_request_that_nobody_has_signed_is_refused() -> None:
    url = urls_of(PLACED).twiml
    async with serving() as server, httpx.AsyncClient() as client:
        path = url.removeprefix(PUBLIC).partition("#")[0]
        response = await client.post(server.url + path, data=PLACED_FORM)

    assert response.status_code == 403
