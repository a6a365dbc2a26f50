"""Calls that are passed on at the public port, and come back where nobody takes them."""

import io
import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from fakes import AGENT, CALL
from serving import ACTION, DIAL_ACTION, Server, action_request, form_request, lines, serving

from gateway.handoff import Handoff, encode_handoff
from gateway.tickets import Ticket
from trunkline.agents import Dial, Enqueue, Language, Phrases, TransferTo, Words

WORKFLOW = "WW" + "0" * 32
PERSON = TransferTo(about="A person.", dial=Dial(number="+15005550111"))
BILLING = TransferTo(
    about="Bills.",
    enqueue=Enqueue(
        workflow_sid=WORKFLOW, attributes={"skill": "{{team}}", "lang": "x"}, priority=3
    ),
)
HOST = AGENT.model_copy(
    update={
        "variables": {"team": "accounts"},
        "languages": (
            Language(code="en-US"),
            Language(code="pt-BR", words=Words(failed="Desculpe.")),
        ),
        "transfers": {"person": PERSON, "billing": BILLING},
        "phrases": Phrases(failed="Sorry."),
    }
)
TICKET = Ticket(CALL, "acme", HOST.id, HOST.version, 2**31)


async def hand_over(
    server: Server, handoff: Handoff | str, ticket: Ticket = TICKET, session: str = "ended"
) -> ElementTree.Element:
    """Answer a session that has ended with this `handoffData`."""
    data = handoff if isinstance(handoff, str) else encode_handoff(handoff)
    token = server.exchange.tickets.issue(ticket)
    response = await server.post(action_request(token, session, HandoffData=data))
    assert response.status_code == 200
    return ElementTree.fromstring(response.text)


async def comes_back(
    server: Server, token: str, call: str = "in-progress", **outcome: str
) -> ElementTree.Element:
    """Answer what Twilio asks when a transfer is over."""
    form = {"CallSid": CALL, "CallStatus": call, **outcome}
    response = await server.post(form_request(DIAL_ACTION + token, form))
    assert response.status_code == 200
    return ElementTree.fromstring(response.text)


def token_in(answer: ElementTree.Element, path: str) -> str:
    """The ticket in an answer's action URL."""
    return answer[0].attrib["action"].partition(path)[2].partition("#")[0]


def verbs(answer: ElementTree.Element) -> list[str]:
    return [child.tag for child in answer]


async def test_a_call_is_passed_on_to_the_destination_that_the_session_names() -> None:
    async with serving(agents=[HOST]) as server:
        answer = await hand_over(server, Handoff("person", "wants a person"))

    assert verbs(answer) == ["Dial"]
    assert [(noun.tag, noun.text) for noun in answer[0]] == [("Number", "+15005550111")]


async def test_a_task_says_what_is_known_of_the_call() -> None:
    async with serving(agents=[HOST]) as server:
        answer = await hand_over(server, Handoff("billing", "an invoice", "pt-BR"))

    (task,) = answer[0]
    assert verbs(answer) == ["Enqueue"]
    assert (task.tag, task.attrib) == ("Task", {"priority": "3"})
    assert json.loads(task.text or "") == {
        "call_sid": CALL,
        "language": "pt-BR",
        "reason": "an invoice",
        "skill": "accounts",
        "lang": "x",
    }


@pytest.mark.parametrize(
    "data",
    [
        Handoff("nobody"),
        Handoff("+15005559999"),
        Handoff(""),
        "",
        "person",
        '{"destination": 7}',
        '{"number": "+15005559999"}',
        '{"destination": "person"}' + " " * 4000,
        '{"destination": "person", "x": ' + "[" * 3900,
    ],
)
async def test_a_session_that_ends_without_a_destination_of_the_agent_ends_the_call(
    data: Handoff | str,
) -> None:
    async with serving(agents=[HOST]) as server:
        answer = await hand_over(server, data)

    assert verbs(answer) == ["Hangup"]


@pytest.mark.parametrize(("session", "then"), [("failed", "Connect"), ("completed", "Hangup")])
async def test_only_a_session_that_we_have_ended_passes_its_call_on(
    session: str, then: str
) -> None:
    async with serving(agents=[HOST]) as server:
        answer = await hand_over(server, Handoff("person"), session=session)

    assert verbs(answer) == [then]


async def test_the_agent_takes_a_call_back_without_a_greeting_and_in_its_language() -> None:
    async with serving(agents=[HOST]) as server:
        token = token_in(await hand_over(server, Handoff("person", "", "pt-BR")), DIAL_ACTION)
        answer = await comes_back(server, token, DialCallStatus="no-answer")
        ticket = server.exchange.tickets.read(token_in(answer, ACTION))

    relay = answer[0][0]
    assert (verbs(answer), relay.tag) == (["Connect"], "ConversationRelay")
    assert relay.attrib["language"] == "pt-BR"
    assert "welcomeGreeting" not in relay.attrib
    assert (ticket.came_back, ticket.returns, ticket.tries) == (True, 1, 0)
    assert ticket.language == "pt-BR"


@pytest.mark.parametrize(("code", "kept"), [("", "pt-BR"), ("fr-FR", "pt-BR"), ("en-GB", "en-US")])
async def test_a_language_that_the_agent_has_not_changes_nothing(code: str, kept: str) -> None:
    async with serving(agents=[HOST]) as server:
        answer = await hand_over(
            server, Handoff("person", "", code), replace(TICKET, language="pt-BR")
        )
        ticket = server.exchange.tickets.read(token_in(answer, DIAL_ACTION))

    assert ticket.language == kept


TRANSFERS_OVER = [
    ({"DialCallStatus": "completed"}, "in-progress", ["Hangup"]),
    ({"DialCallStatus": "answered"}, "in-progress", ["Hangup"]),
    ({"DialCallStatus": "busy"}, "in-progress", ["Connect"]),
    ({"DialCallStatus": "canceled"}, "completed", []),
    ({"QueueResult": "bridged"}, "in-progress", ["Hangup"]),
    ({"QueueResult": "bridging-in-process"}, "in-progress", []),
    ({"QueueResult": "hangup"}, "completed", []),
    ({"QueueResult": "queue-full"}, "in-progress", ["Connect"]),
    ({"QueueResult": "system-error"}, "in-progress", ["Connect"]),
    ({}, "in-progress", ["Connect"]),
]


@pytest.mark.parametrize(("outcome", "call", "then"), TRANSFERS_OVER)
async def test_what_becomes_of_a_call_whose_transfer_is_over(
    outcome: dict[str, str], call: str, then: list[str]
) -> None:
    async with serving(agents=[HOST]) as server:
        token = server.exchange.tickets.issue(TICKET)
        answer = await comes_back(server, token, call, **outcome)

    assert verbs(answer) == then


async def test_a_call_that_nobody_takes_comes_back_three_times() -> None:
    async with serving(agents=[HOST]) as server:
        ticket, answers = TICKET, []
        for _ in range(4):
            token = token_in(
                await hand_over(server, Handoff("person", "", "pt-BR"), ticket), DIAL_ACTION
            )
            answers.append(await comes_back(server, token, DialCallStatus="busy"))
            if answers[-1][0].tag == "Connect":
                ticket = server.exchange.tickets.read(token_in(answers[-1], ACTION))

    say = answers[-1][0]
    assert [verbs(answer) for answer in answers] == [["Connect"]] * 3 + [["Say", "Hangup"]]
    assert (say.attrib, say.text) == ({"language": "pt-BR"}, "Desculpe.")


@pytest.mark.parametrize(("error", "came_back"), [("64102", True), ("64105", False)])
async def test_that_a_call_came_back_is_remembered_until_a_session_has_begun(
    error: str, came_back: bool
) -> None:
    async with serving(agents=[HOST]) as server:
        token = server.exchange.tickets.issue(TICKET.after_return())
        response = await server.post(action_request(token, "failed", ErrorCode=error))
        answer = ElementTree.fromstring(response.text)
        ticket = server.exchange.tickets.read(token_in(answer, ACTION))

    assert (ticket.came_back, ticket.returns, ticket.tries) == (came_back, 1, 1)


async def test_the_ticket_of_a_call_that_was_passed_on_outlasts_the_longest_call() -> None:
    async with serving(agents=[HOST]) as server:
        answer = await hand_over(server, Handoff("person"))
        passed_on = server.exchange.tickets.read(token_in(answer, DIAL_ACTION))
        answer = await comes_back(server, token_in(answer, DIAL_ACTION), DialCallStatus="busy")
        taken_back = server.exchange.tickets.read(token_in(answer, ACTION))

    assert passed_on.expires_at - taken_back.expires_at > 20 * 3600


async def test_neither_the_reason_nor_the_number_is_logged(log: io.StringIO) -> None:
    async with serving(agents=[HOST]) as server:
        answer = await hand_over(server, Handoff("person", "my card is 4711"))
        await comes_back(server, token_in(answer, DIAL_ACTION), DialCallStatus="busy")

    assert [(line["event"], line["next"]) for line in lines(log)] == [
        ("session_over", "transfer"),
        ("transfer_over", "take_back"),
    ]
    assert "4711" not in log.getvalue()
    assert "5550111" not in log.getvalue()
