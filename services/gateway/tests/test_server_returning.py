"""Who was called and calls back reaches the agent who wanted to talk with them."""

import io
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from fakes import AGENT, CALL, NUMBER, PERSON, TICKET_KEY, FakeSocket, open_exchange, setup, until
from serving import ACCOUNT, INCOMING, SUBACCOUNT, Server, form_request, lines, serving

from gateway.tickets import Ticket
from trunkline.agents import Phrases
from trunkline.callers import CallerTicket, PersonIndex, caller_office
from trunkline.events.dial import PersonCalled
from trunkline.events.lifecycle import CallStarted
from trunkline.testing.virtual_time import in_virtual_time, unix_now

SURVEY = AGENT.model_copy(
    update={
        "id": "survey",
        "numbers": (),
        "greeting": "Hello {{name}}, this is Acme.",
        "variables": {"name": "there"},
        "phrases": Phrases(busy="All lines are busy."),
    }
)
ADA = CallerTicket(
    *("acme", "attempt-1", "spring", "survey", 2**31, "", {"name": "Ada"}), opt_out_key="9"
)
FORM = {"CallSid": CALL, "From": PERSON, "To": NUMBER, "Direction": "inbound"}
BACK = "trunkline_gateway_called_back_total"


def was_called(
    server: Server, ticket: CallerTicket = ADA, *, account: str = ACCOUNT, ours: str = NUMBER
) -> None:
    """The bus tells of an attempt to call the person."""
    person = PersonIndex([TICKET_KEY]).of(account, ours, PERSON)
    text = caller_office([TICKET_KEY], unix_now).issue(ticket)
    server.callers.hear(PersonCalled(person, text, ticket.expires_at * 1000, 1))


async def calls_back(server: Server, **fields: str) -> tuple[str, Ticket]:
    """The greeting, and the ticket of the call."""
    response = await server.post(form_request(INCOMING, {**FORM, **fields}))
    relay = ElementTree.fromstring(response.text).find("Connect/ConversationRelay")
    assert relay is not None
    parameter = relay.find("Parameter")
    assert parameter is not None
    ticket = server.exchange.tickets.read(parameter.attrib["value"])
    return relay.attrib["welcomeGreeting"], ticket


async def test_somebody_who_calls_back_reaches_their_agent_who_knows_them() -> None:
    async with serving(agents=[AGENT, SURVEY]) as server:
        was_called(server)
        greeting, ticket = await calls_back(server)
        counted = server.exchange.value(BACK)

    assert greeting == "Hello Ada, this is Acme."
    assert (ticket.agent_id, ticket.variables) == ("survey", {"name": "Ada"})
    assert (ticket.attempt_id, ticket.campaign_id) == ("attempt-1", "spring")
    assert (ticket.call_sid, ticket.opt_out_key) == (CALL, "9")
    assert counted == 1


async def test_a_number_that_no_agent_answers_is_answered_for_those_it_has_called() -> None:
    async with serving(agents=[SURVEY]) as server:
        was_called(server)
        greeting, _ = await calls_back(server)

    assert greeting == "Hello Ada, this is Acme."


@pytest.mark.parametrize(
    "called",
    [
        {},
        {"ours": "+15005550009"},
        {"account": SUBACCOUNT},
        {"ticket": replace(ADA, agent_id="nobody")},
        {"ticket": replace(ADA, expires_at=1)},
    ],
)
async def test_all_others_reach_the_agent_of_the_number(called: dict[str, object]) -> None:
    async with serving(agents=[AGENT, SURVEY]) as server:
        if called:
            was_called(server, **called)  # type: ignore[arg-type]
        greeting, ticket = await calls_back(server)
        counted = server.exchange.value(BACK)

    assert greeting == "Hello."
    assert (ticket.agent_id, ticket.attempt_id, counted) == (AGENT.id, "", 0)


async def test_another_persons_call_is_not_theirs() -> None:
    async with serving(agents=[AGENT, SURVEY]) as server:
        was_called(server)
        greeting, _ = await calls_back(server, From="+15005550007")

    assert greeting == "Hello."


async def test_a_ticket_of_a_key_that_is_not_kept_is_nobodys() -> None:
    async with serving(agents=[AGENT, SURVEY]) as server:
        person = PersonIndex([TICKET_KEY]).of(ACCOUNT, NUMBER, PERSON)
        server.callers.hear(PersonCalled(person, "x" * 100, 2**41, 1))
        greeting, _ = await calls_back(server)

    assert greeting == "Hello."


async def test_who_calls_back_when_there_is_no_room_hears_that_from_their_agent(
    log: io.StringIO,
) -> None:
    async with serving(slots=0, agents=[AGENT, SURVEY]) as server:
        was_called(server)
        server.exchange.room.hear(server.exchange.room.ours())
        response = await server.post(form_request(INCOMING, FORM))

    assert "All lines are busy." in response.text
    assert PERSON not in log.getvalue()
    assert {line["event"] for line in lines(log)} == {"caller_found_no_room"}


@in_virtual_time
async def test_a_call_back_is_told_with_the_attempt_it_answers() -> None:
    async with open_exchange() as exchange:
        ticket = Ticket(
            *(CALL, "acme", AGENT.id, AGENT.version, 2**31),
            attempt_id="attempt-1",
            campaign_id="spring",
        )
        socket = FakeSocket()
        socket.says(setup(CALL, exchange.tickets.issue(ticket)))
        exchange.accept(socket)
        await until(lambda: exchange.lifecycle() != [])
        (started,) = exchange.lifecycle()

    assert isinstance(started, CallStarted)
    assert (started.attempt_id, started.direction) == ("attempt-1", "inbound")
