"""With which words a session begins, and in which language."""

import pytest
from builders import GREETING, agent

from gateway.beginning import MAX_GREETING, greeting_of, language_of
from trunkline.agents import Agent, Language, Opening, Words

BOT = Words(greeting="Olá, {{name}}.", disclosure="Sou um assistente automático.")


def bilingual(mode: str = "greet", **texts: object) -> Agent:
    languages = (Language(code="en-US"), Language(code="pt-BR", words=BOT))
    opening = Opening.model_validate({"mode": mode})
    return agent().model_copy(update={"languages": languages, "opening": opening, **texts})


def test_the_greeting_comes_before_the_disclosure() -> None:
    model = bilingual(disclosure="I am an automated assistant.")

    assert greeting_of(model, "en-US", {}, "inbound") == f"{GREETING} I am an automated assistant."


def test_without_a_disclosure_the_greeting_is_all() -> None:
    assert greeting_of(bilingual(), "en-US", {}, "inbound") == GREETING


def test_words_are_those_of_the_language_with_the_calls_variables() -> None:
    words = greeting_of(bilingual(variables={"name": "amiga"}), "pt-BR", {"name": "Ada"}, "inbound")

    assert words == "Olá, Ada. Sou um assistente automático."


@pytest.mark.parametrize(
    ("mode", "direction", "greets"),
    [
        ("greet", "inbound", True),
        ("greet", "outbound-api", True),
        ("listen", "inbound", True),
        ("listen", "", True),
        ("listen", "outbound-api", False),
        ("listen", "outbound-dial", False),
    ],
)
def test_only_on_outbound_calls_an_agent_may_listen_first(
    mode: str, direction: str, greets: bool
) -> None:
    assert bool(greeting_of(bilingual(mode), "en-US", {}, direction)) is greets


@pytest.mark.parametrize("mode", ["greet", "listen"])
def test_that_a_call_is_recorded_is_said_before_anything_else(mode: str) -> None:
    words = greeting_of(bilingual(mode), "en-US", {}, "outbound-api", is_recorded=True)

    assert words == f"This call is recorded. {GREETING}"


def test_a_greeting_is_bounded_whatever_its_variables_are() -> None:
    model = bilingual(greeting="Hello {{name}}.", variables={"name": ""})

    assert len(greeting_of(model, "en-US", {"name": "x" * 100_000}, "inbound")) == MAX_GREETING


@pytest.mark.parametrize(
    ("code", "found"),
    [("pt-BR", "pt-BR"), ("pt-PT", "pt-BR"), ("", "en-US"), ("fr-FR", "en-US"), ("en-GB", "en-US")],
)
def test_a_language_is_found_by_its_code_or_near_it_or_is_the_first(code: str, found: str) -> None:
    assert language_of(bilingual(), code).code == found
