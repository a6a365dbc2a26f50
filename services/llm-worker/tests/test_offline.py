"""Answers from the documents: what they say, what they do not, and what changes with them."""

from contextlib import aclosing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_worker.model import ModelMessage, Question, Speaker, TextDelta
from llm_worker.prompt import ask
from llm_worker.providers.english import ENGLISH
from llm_worker.providers.offline import OfflineModel, Pace, spoken_in
from llm_worker.providers.passages import cut
from llm_worker.providers.portuguese import PORTUGUESE
from llm_worker.providers.spanish import SPANISH
from llm_worker.providers.spoken import Spoken, words_of
from trunkline.agents import Agent, Document, Language, ModelChoice, Provider
from trunkline.agents.load import load_agents
from trunkline.events.turn import Message, Role, TurnRef, TurnRequested

AGENTS = Path(__file__).parents[3] / "agents"

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
    assert answer(asked) == ENGLISH.answers.unknown


@pytest.mark.parametrize(
    ("asked", "fact"),
    [
        ("Quanto custa o ingresso completo?", "quatrocentos e oitenta reais"),
        ("a que horas abre o credenciamento", "oito da manhã"),
        ("Que horas é o almoço?", "meio-dia e meia"),
        ("Onde fica o estacionamento?", "no subsolo"),
        ("onde acontece a conferência", "Cais da Alfândega"),
        ("Vocês fazem reembolso?", "trinta de abril"),
        ("Estudante paga meia?", "metade do preço"),
        ("Qual é a senha do wi-fi?", "verso do crachá"),
        ("Como chego de metrô?", "Estação Central"),
        ("Meu filho de dez anos paga?", "até doze anos não pagam"),
        ("Tem tradução para o espanhol?", "português, espanhol e inglês"),
    ],
)
def test_a_question_in_portuguese_is_answered_in_portuguese(asked: str, fact: str) -> None:
    assert fact in asking_the_host(asked, "pt-BR")


@pytest.mark.parametrize(
    ("asked", "fact"),
    [
        ("¿Cuánto cuesta la entrada completa?", "cuatrocientos ochenta reales"),
        ("a qué hora abre la acreditación", "ocho de la mañana"),
        ("¿Dónde puedo aparcar?", "en el sótano"),
        ("¿Dónde es la conferencia?", "Cais da Alfândega"),
        ("¿Hay reembolso?", "treinta de abril"),
        ("Los estudiantes, ¿pagan menos?", "la mitad del precio"),
        ("¿Cuál es la contraseña del wifi?", "reverso de la credencial"),
        ("¿Cómo llego en metro?", "Estación Central"),
        ("¿Puedo pasar mi entrada a otra persona?", "pasar a otra persona"),
        ("¿Me mandan una factura?", "por correo electrónico"),
        ("¿Quién habla sobre corales?", "Mateus Figueira"),
    ],
)
def test_a_question_in_spanish_is_answered_in_spanish(asked: str, fact: str) -> None:
    assert fact in asking_the_host(asked, "es-US")


@pytest.mark.parametrize(
    ("asked", "fact"),
    [
        ("How much is the full ticket?", "four hundred and eighty reais"),
        ("Where does the conference take place?", "Convention Centre"),
        ("What is the wifi password?", "back of your badge"),
        ("Is there vegetarian food?", "Lunch is served"),
    ],
)
def test_the_same_agent_answers_in_english_from_other_documents(asked: str, fact: str) -> None:
    assert fact in asking_the_host(asked, "en-US")


@pytest.mark.parametrize(
    ("language", "spoken", "nonsense", "hello", "thanks", "goodbye"),
    [
        ("en-US", ENGLISH, "Do you sell pizza?", "Hello", "Thank you", "Goodbye"),
        ("pt-BR", PORTUGUESE, "Vocês vendem pizza?", "Olá, bom dia", "Muito obrigado", "Até logo"),
        ("es-US", SPANISH, "¿Venden pizza?", "Hola, buenas tardes", "Muchas gracias", "Adiós"),
    ],
)
def test_each_language_has_its_own_manners(
    language: str, spoken: Spoken, nonsense: str, hello: str, thanks: str, goodbye: str
) -> None:
    answers = spoken.answers

    assert asking_the_host(nonsense, language) == answers.unknown
    assert asking_the_host(hello, language) == answers.hello
    assert asking_the_host(thanks, language) == answers.welcome
    assert asking_the_host(goodbye, language) == answers.farewell


def test_a_language_is_known_by_its_primary_tag_and_english_stands_in_for_others() -> None:
    assert spoken_in("pt") is spoken_in("pt-PT") is PORTUGUESE
    assert spoken_in("ES-mx") is SPANISH
    assert spoken_in("multi") is spoken_in("fr-FR") is ENGLISH


def test_accents_make_no_difference() -> None:
    assert asking_the_host("A que horas e o almoco?", "pt-BR") == asking_the_host(
        "A que horas é o almoço?", "pt-BR"
    )
    assert words_of("¿Cuándo está, l\u2019été?") == ["cuando", "esta", "lete"]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Es gratis. ¿Y mañana? También.", ["Es gratis.", "¿Y mañana?", "También."]),
        ("A Dra. Prado abre. Às dez.", ["A Dra. Prado abre.", "Às dez."]),
        ("Room No. 5 is free. It is no. Sorry.", ["Room No. 5 is free.", "It is no.", "Sorry."]),
    ],
)
def test_sentences_end_where_they_end(text: str, sentences: list[str]) -> None:
    assert [one.text for one in cut(Document(source="a.md", text=text))] == sentences


@given(st.text(max_size=60), st.sampled_from(["en-US", "pt-BR", "es-US"]))
def test_whatever_is_said_there_is_an_answer(asked: str, language: str) -> None:
    assert asking_the_host(asked, language)


def test_a_new_question_is_not_answered_with_what_was_asked_before() -> None:
    """The subject before once raised its own sentence above the one that answers."""
    receptionist = load_agents(AGENTS).current("receptionist")
    assert receptionist is not None
    said = ("How much is a flu shot without insurance?", "Is there parking, and is it free?")
    messages = tuple(ModelMessage(Speaker.CALLER, text) for text in said)
    question = Question(receptionist, receptionist.models[-1], 2, "en-US", messages)

    assert "ninety minutes" in OfflineModel(Pace()).answer(question)


def test_thanks_and_greetings_are_answered_in_kind() -> None:
    assert answer("Thank you!") == ENGLISH.answers.welcome
    assert answer("Goodbye") == ENGLISH.answers.farewell
    assert answer("Hello?") == ENGLISH.answers.hello


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


HOST, HOST_MODEL = load_agents(AGENTS).current("event-host"), OfflineModel(Pace())


def asking_the_host(asked: str, language: str) -> str:
    """What the host of the sample conference answers."""
    assert HOST is not None
    said = (ModelMessage(Speaker.CALLER, asked),)
    return HOST_MODEL.answer(Question(HOST, HOST.models[-1], 1, language, said))


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
