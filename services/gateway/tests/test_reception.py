"""In which language and with which words a session begins that may."""

from dataclasses import replace

import pytest
from builders import CALL_SID, GREETING, agent

from gateway.reception import Opening
from gateway.tickets import Ticket
from gateway.wire import Setup
from trunkline.agents import Language
from trunkline.agents import Opening as Manner

AGENT = agent().model_copy(
    update={
        "disclosure": "I am {{what}}.",
        "languages": (Language(code="en-US"), Language(code="pt-BR")),
        "opening": Manner(mode="listen"),
    }
)
TICKET = Ticket(CALL_SID, "acme", AGENT.id, "v1", 2**31, variables={"what": "a machine"})


def opening(ticket: Ticket = TICKET, direction: str = "inbound") -> Opening:
    return Opening(Setup(CALL_SID, direction=direction), ticket, AGENT)


def test_a_session_begins_with_the_words_that_twilio_greets_with() -> None:
    assert opening().greeting == f"{GREETING} I am a machine."


def test_nobody_is_greeted_where_the_agent_listens_first() -> None:
    assert opening(direction="outbound-api").greeting == ""


@pytest.mark.parametrize("ticket", [TICKET.after_failure(), TICKET.after_return()])
def test_nobody_is_greeted_twice(ticket: Ticket) -> None:
    assert opening(ticket).greeting == ""


def test_a_session_begins_in_the_tickets_language_or_the_agents_first() -> None:
    assert opening().language == "en-US"
    assert opening(replace(TICKET, language="pt-BR")).language == "pt-BR"
    assert opening(replace(TICKET, language="fr-FR")).language == "en-US"
