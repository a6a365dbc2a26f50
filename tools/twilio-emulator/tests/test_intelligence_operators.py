"""What each type of operator finds in a conversation, and what each leaves empty."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
from listening import conversation

from twilio_emulator.rest.intelligence.analysis import redacted, sentiment
from twilio_emulator.rest.intelligence.conversation import Sentence
from twilio_emulator.rest.intelligence.operators import (
    PREBUILT,
    Operator,
    OperatorType,
    found_by,
)

SAID = conversation().sentences
BY_NAME = {operator.name: operator for operator in PREBUILT}


def found(name: str, sentences: tuple[Sentence, ...] = SAID) -> dict[str, Any]:
    return found_by(BY_NAME[name], sentences)


def customer(*texts: str) -> tuple[Sentence, ...]:
    return tuple(Sentence(channel=2, start=0.0, end=1.0, text=text) for text in texts)


def test_there_is_an_operator_of_every_type() -> None:
    assert {operator.type for operator in PREBUILT} == set(get_args(OperatorType))


@pytest.mark.parametrize("operator", PREBUILT, ids=lambda operator: operator.name)
def test_the_same_words_bring_the_same_results_and_no_words_bring_some(operator: Operator) -> None:
    assert found_by(operator, SAID) == found_by(operator, tuple(SAID))
    assert found_by(operator, ())


@pytest.mark.parametrize(
    ("texts", "label"),
    [
        (["That was great, thank you."], "positive"),
        (["This is terrible and wrong."], "negative"),
        (["Are you open?"], "neutral"),
        (["Great, but the waiting was awful."], "mixed"),
    ],
)
def test_sentiment_follows_from_the_customers_words(texts: list[str], label: str) -> None:
    result = found("Sentiment Analysis", customer(*texts))

    assert result["predicted_label"] == label
    assert sum(sentiment(customer(*texts)).values()) == pytest.approx(1.0, abs=0.001)
    assert result["predicted_probability"] == result["label_probabilities"][label]


def test_an_utterance_is_found_where_it_was_said_and_on_the_right_side() -> None:
    asked = found("Escalation Request")
    disclosed = found("Recording Disclosure")

    assert [each["utterance_index"] for each in asked["utterance_results"]] == [3]
    assert [each["media_channel"] for each in disclosed["utterance_results"]] == [1]
    assert not found("Voicemail Detection")["utterance_match"]


def test_entities_are_extracted_and_personal_ones_apart() -> None:
    entities = found("Entity Recognition")["extract_results"]["entities"]
    personal = found("Personal Information")["extract_results"]["entities"]

    assert [(each["label"], each["text"]) for each in entities] == [
        ("name", "Ann"),
        ("day", "Saturday"),
        ("time", "10:30"),
    ]
    assert {each["label"] for each in personal} == {"person_name", "phone_number"}


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Please do not call me again.", "Do not call"),
        ("Please leave a message after the tone.", "Voicemail"),
        ("No thank you.", "Not interested"),
        ("Yes, I would like to.", "Interested"),
        ("Hm.", "Unknown"),
    ],
)
def test_a_disposition_is_one_of_few(text: str, outcome: str) -> None:
    assert found("Outbound Call Disposition", customer(text))["normalized_result"] == outcome


def test_a_summary_repeats_what_was_said_and_facts_count_it() -> None:
    summary = found("Summarization")["text_generation_results"]
    facts = found("Conversation Facts")["json_results"]

    assert summary["format"] == "text"
    assert "Goodbye." in summary["result"]
    assert facts["escalation_requested"]
    assert (facts["agent_sentences"], facts["customer_sentences"]) == (3, 3)


def test_redaction_takes_out_names_and_numbers_and_leaves_the_rest() -> None:
    texts = [sentence.text for sentence in redacted(SAID)]

    assert texts[1] == "My name is [REDACTED], and my number is [REDACTED]."
    assert texts[3] == SAID[3].text


def custom(kind: OperatorType, config: dict[str, object]) -> Operator:
    return replace(PREBUILT[0], name="Opening hours", type=kind, config=config, account_sid="AC1")


def test_a_custom_operator_looks_for_its_own_phrases() -> None:
    config: dict[str, object] = {"phrases": ["open on"]}
    matched: Any = found_by(custom("utterance-classify", config), SAID)
    extracted: Any = found_by(custom("extract", config), SAID)

    assert [each["utterance_index"] for each in matched["utterance_results"]] == [3]
    assert [each["text"] for each in extracted["extract_results"]["entities"]] == ["open on"]


def test_a_custom_classification_has_the_accounts_own_labels() -> None:
    config: dict[str, object] = {"labels": {"hours": ["open"], "bill": ["invoice"]}}
    classified = found_by(custom("conversation-classify", config), SAID)
    nothing = found_by(custom("conversation-classify", {"labels": {"bill": ["invoice"]}}), SAID)

    assert classified["predicted_label"] == "hours"
    assert nothing["predicted_label"] == "other"
