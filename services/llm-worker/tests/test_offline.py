"""Answers from the documents: what they say, what they do not, and what changes with them."""

from contextlib import aclosing
from pathlib import Path

import pytest

from llm_worker.model import ModelMessage, Question, Speaker, TextDelta
from llm_worker.prompt import ask
from llm_worker.providers import english
from llm_worker.providers.offline import OfflineModel, Pace
from trunkline.agents import Agent, Document, Language, ModelChoice, Provider
from trunkline.agents.load import load_agents
from trunkline.events.turn import Message, Role, TurnRef, TurnRequested

HOURS = """# Opening hours

On Friday the clinic is open from eight in the morning until four in the afternoon.

The clinic is closed on Sunday.
"""
PRICES = """# Prices

A flu shot costs thirty dollars. A first visit costs ninety dollars.

Ask Dr. Okafor about vaccines for children.
"""


@pytest.mark.parametrize(
    ("asked", "fact"),
    [
        ("What are your opening hours on Friday?", "until four in the afternoon"),
        ("when do you close on friday", "until four in the afternoon"),
        ("And on Sunday?", "closed on Sunday"),
        ("How much is a flu shot?", "thirty dollars"),
        ("what's the price of a first visit", "ninety dollars"),
        ("Which doctor do I ask about vaccines for kids?", "Dr. Okafor"),
    ],
)
def test_a_question_is_answered_with_what_the_documents_say(asked: str, fact: str) -> None:
    assert fact in answer(asked)


@pytest.mark.parametrize("asked", ["Do you sell pizza?", "Who won the world cup?", "it's -'* OR ("])
def test_what_the_documents_do_not_say_is_not_known(asked: str) -> None:
    assert answer(asked) == english.UNKNOWN


def test_a_new_question_is_not_answered_with_what_was_asked_before() -> None:
    """The subject before once raised its own sentence above the one that answers."""
    receptionist = load_agents(Path(__file__).parents[3] / "agents").current("receptionist")
    assert receptionist is not None
    said = ("How much is a flu shot without insurance?", "Is there parking, and is it free?")
    messages = tuple(ModelMessage(Speaker.CALLER, text) for text in said)
    question = Question(receptionist, receptionist.models[0], 2, "en-US", messages)

    assert "ninety minutes" in OfflineModel(Pace()).answer(question)


def test_thanks_and_greetings_are_answered_in_kind() -> None:
    assert answer("Thank you!") == english.WELCOME
    assert answer("Goodbye") == english.FAREWELL
    assert answer("Hello?") == english.HELLO


def test_a_changed_document_changes_the_answer() -> None:
    model = OfflineModel(Pace())
    changed = PRICES.replace("thirty", "thirty-five")

    assert "thirty dollars" in answer("How much is a flu shot?", model=model)
    assert "thirty-five dollars" in answer(
        "How much is a flu shot?", model=model, prices=changed, version="v2"
    )


async def test_the_answer_is_streamed_word_by_word_and_the_same_each_time() -> None:
    model = OfflineModel(Pace(0, 0))
    question = asking("How much is a flu shot?")
    async with aclosing(model.reply(question)) as deltas:
        words = [delta.text async for delta in deltas if isinstance(delta, TextDelta)]

    assert len(words) > 3
    assert "".join(words) == model.answer(question)


def test_the_prompt_holds_instructions_documents_and_the_conversation_in_order() -> None:
    request = TurnRequested(
        ref=TurnRef("default", "CA1", "AT1", 7, 2, 1),
        reply_topic="call.CA1",
        deadline_ms=0,
        agent_id="clinic",
        agent_version="v1",
        language="en-US",
        variables={"name": "Ada"},
        history=(
            Message(Role.SUMMARY, "Earlier: parking."),
            Message(Role.AGENT, "We open at eight."),
            Message(Role.CALLER, "And on Friday?"),
        ),
    )
    one = agent()
    messages = ask(one, request, one.models[0], "On Friday").messages

    assert messages[0].text.startswith("You help Ada at Harbour Street.")
    assert "A flu shot costs thirty dollars." in messages[0].text
    assert [message.speaker for message in messages] == [
        Speaker.SYSTEM,
        Speaker.SYSTEM,
        Speaker.AGENT,
        Speaker.CALLER,
        Speaker.AGENT,
        Speaker.SYSTEM,
    ]
    assert messages[-2].text == "On Friday"


def answer(
    asked: str, *, model: OfflineModel | None = None, prices: str = PRICES, version: str = "v1"
) -> str:
    return (model or OfflineModel(Pace())).answer(asking(asked, prices, version))


def asking(asked: str, prices: str = PRICES, version: str = "v1") -> Question:
    one = agent(prices, version)
    said = (ModelMessage(Speaker.CALLER, asked),)
    return Question(one, one.models[0], turn=1, language="en-US", messages=said)


def agent(prices: str = PRICES, version: str = "v1") -> Agent:
    return Agent(
        id="clinic",
        version=version,
        greeting="Hello.",
        instructions="You help {{name}} at {{street}}.",
        variables={"street": "Harbour Street"},
        languages=(Language(code="en-US"),),
        models=(ModelChoice(provider=Provider.OFFLINE),),
        knowledge=(
            Document(source="hours.md", text=HOURS),
            Document(source="prices.md", text=prices),
        ),
    )
