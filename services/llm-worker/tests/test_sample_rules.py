"""The sample agents' rules: what a caller's words make of their tools, and what is said then."""

import json
from pathlib import Path

import pytest

from llm_worker.model import ModelCall, ModelMessage, Question, Speaker
from llm_worker.prompt import UNKNOWN
from llm_worker.providers.rules import Act, follow
from llm_worker.toolbox import Toolbox
from trunkline.agents import Agent
from trunkline.agents.load import load_agents

AGENTS = {agent.id: agent for agent in load_agents(Path(__file__).parents[3] / "agents")}
RECEPTIONIST, SALES, HOST = (AGENTS[name] for name in ("receptionist", "sales-es", "event-host"))


def act(agent: Agent, *messages: ModelMessage, language: str = "") -> Act | None:
    choice = agent.models[0]
    spoken = language or agent.language
    question = Question(agent, choice, 1, spoken, messages, variables=agent.variables)
    return follow(choice.rules, question)


def asked_for(agent: Agent, said: str, language: str = "") -> tuple[str, dict[str, object]]:
    """The tool or action that these words ask for; its arguments must be what it takes."""
    found = act(agent, ModelMessage(Speaker.CALLER, said), language=language)
    if found is None or found.call is None:
        return "", {}
    assert Toolbox(agent).read(found.call.name, found.call.arguments).complaint == ""
    return found.call.name, json.loads(found.call.arguments)


def said_after(agent: Agent, tool: str, answer: str, *, is_error: bool = False) -> str:
    found = act(
        agent,
        ModelMessage(Speaker.CALLER, "Please."),
        ModelMessage(Speaker.AGENT, "", calls=(ModelCall("call_1", tool, "{}"),)),
        ModelMessage(Speaker.TOOL, answer, call_id="call_1", is_error=is_error),
    )
    assert found is not None
    return found.say


@pytest.mark.parametrize(
    ("said", "day", "doctor"),
    [
        ("I'd like an appointment on Tuesday with Dr. Okafor.", "Tuesday", "Okafor"),
        ("Can I see Doctor Marchetti on Thursday?", "Thursday", "Marchetti"),
        ("I need an appointment for Friday, please.", "Friday", "any"),
        ("On Monday with Doctor Tanaka, please.", "Monday", "Tanaka"),
        ("wednesday please", "wednesday", "any"),
    ],
)
def test_a_day_leads_to_free_times(said: str, day: str, doctor: str) -> None:
    assert asked_for(RECEPTIONIST, said) == ("find_slot", {"day": day, "doctor": doctor})


@pytest.mark.parametrize(
    ("said", "slot", "name"),
    [
        ("Please book the first one, my name is Ann Miller.", "first", "Ann Miller"),
        ("My name is Ann Miller, take the second time please.", "second", "Ann Miller"),
        ("Book the third one.", "third", "a caller of this number"),
        ("Yes, book it. My name is Ann.", "first", "Ann"),
        ("Yes, please book it.", "first", "a caller of this number"),
    ],
)
def test_a_choice_is_booked(said: str, slot: str, name: str) -> None:
    wanted = ("book_appointment", {"slot_id": slot, "name": name})

    assert asked_for(RECEPTIONIST, said) == wanted


@pytest.mark.parametrize(
    ("said", "action", "arguments"),
    [
        ("I have a referral.", "collect_digits", {"finish_key": "#", "max_digits": 8}),
        ("Can I talk to a real person?", "transfer", {"destination": "front-desk"}),
        ("There is a mistake in my bill.", "transfer", {"destination": "billing"}),
        ("Thank you, that is all.", "end_call", {}),
    ],
)
def test_people_keys_and_the_end_are_actions(
    said: str, action: str, arguments: dict[str, object]
) -> None:
    name, given = asked_for(RECEPTIONIST, said)

    assert name == action
    assert arguments.items() <= given.items()


@pytest.mark.parametrize(
    "said",
    [
        "Hello, are you open on Saturdays?",
        "When are you open on Saturday?",
        "Do I need an appointment for a blood test?",
        "Is Doctor Okafor in the clinic on Tuesday?",
        "Do I need a referral for Doctor Tanaka?",
        "How can I pay my bill?",
        "When do I take the second dose of the shingles vaccine?",
        "Thank you, goodbye.",
        "Please tell me everything about your opening hours.",
    ],
)
def test_what_stands_in_the_documents_is_left_to_them(said: str) -> None:
    assert act(RECEPTIONIST, ModelMessage(Speaker.CALLER, said)) is None


@pytest.mark.parametrize("tool", ["find_slot", "book_appointment", "find_referral"])
def test_what_the_clinic_answers_is_said(tool: str) -> None:
    assert said_after(RECEPTIONIST, tool, '{"spoken": "At ten."}') == "At ten."


def test_nobody_is_told_that_a_booking_worked_when_that_is_not_known() -> None:
    failed = said_after(RECEPTIONIST, "book_appointment", '{"error": "x"}', is_error=True)
    unknown = said_after(RECEPTIONIST, "book_appointment", UNKNOWN, is_error=True)

    assert failed == "I am sorry, I could not book that. Shall I look for another time?"
    assert "I do not know whether it is booked" in unknown


@pytest.mark.parametrize(
    ("said", "name", "arguments"),
    [
        ("El martes me va bien.", "find_meeting", {"day": "martes"}),
        ("Resérveme la segunda, por favor.", "book_meeting", {"slot_id": "segunda"}),
        ("De acuerdo, resérvela.", "book_meeting", {"slot_id": "primera"}),
        ("No me llame más, por favor.", "opt_out", {}),
        ("No vuelva a llamar.", "opt_out", {}),
        ("Quíteme de la lista.", "opt_out", {}),
        ("No, gracias.", "end_call", {}),
        ("¿Cuánto cuesta?", "", {}),
    ],
)
def test_the_sales_agent_books_and_takes_no_for_an_answer(
    said: str, name: str, arguments: dict[str, object]
) -> None:
    found, given = asked_for(SALES, said)

    assert found == name
    assert arguments.items() <= given.items()


@pytest.mark.parametrize("language", ["pt-BR", "es-US", "en-US"])
def test_the_words_that_change_the_language_are_answered_in_the_new_one(language: str) -> None:
    spoken = HOST.find_language(language)
    assert spoken is not None

    for phrase in spoken.switch.phrases:
        found = act(HOST, ModelMessage(Speaker.CALLER, f"{phrase.title()}."), language=language)
        assert found is not None
        assert found.say


@pytest.mark.parametrize(
    ("language", "said", "other"),
    [
        ("pt-BR", "Obrigado, era só isso.", "That is all, thank you."),
        ("es-US", "Gracias, eso es todo.", "Era só isso."),
        ("en-US", "That's all, thank you.", "Nada más, gracias."),
    ],
)
def test_the_host_ends_a_call_in_the_language_of_the_call(
    language: str, said: str, other: str
) -> None:
    assert asked_for(HOST, said, language)[0] == "end_call"
    assert asked_for(HOST, other, language)[0] == ""
