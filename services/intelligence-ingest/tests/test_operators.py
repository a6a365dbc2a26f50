"""Our own operators: stories in, results out."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from intelligence_ingest.operators.classifier import Service, ServiceClassifier
from intelligence_ingest.operators.declared import load_operators
from intelligence_ingest.operators.interruptions import InterruptionCount
from intelligence_ingest.operators.matching import matches
from intelligence_ingest.operators.phrases import PhraseCheck
from intelligence_ingest.operators.silence import LongestSilence
from intelligence_ingest.operators.story import AGENT, CUSTOMER, Story, Utterance, folded
from intelligence_ingest.operators.talk_ratio import TalkRatio
from intelligence_ingest.settings import OPERATORS
from trunkline.errors import Invalid

SERVICES = ServiceClassifier(
    "service",
    [
        Service("appointments", {"en": ["book an appointment"], "pt": ["marcar uma consulta"]}),
        Service("art", {"any": ["art"]}),
        Service("billing", {"en": ["my invoice", "a refund"]}),
    ],
)


def said(*texts: str, speaker: str = CUSTOMER, language: str = "en-US") -> Story:
    return Story(tuple(Utterance(speaker, each, language, n) for n, each in enumerate(texts, 1)))


@pytest.mark.parametrize(
    ("text", "language", "label"),
    [
        ("Hi, I would like to book an appointment please", "en-US", "appointments"),
        ("hi id like to book an apointment", "en-US", "appointments"),
        ("Bom dia, queria MARCAR UMA CONSULTA", "pt-BR", "appointments"),
        ("Queria marcár uma consúlta", "pt-BR", "appointments"),
        ("marcar uma consulta", "en-US", None),
        ("marcar uma consulta", "", "appointments"),
        ("there is a party tonight", "en-US", None),
        ("I love art", "en-US", "art"),
        ("I want a refund for my invoice", "en-US", "billing"),
        ("nothing of interest", "en-US", None),
        ("", "en-US", None),
    ],
)
def test_the_service_is_found_by_what_the_caller_says(
    text: str, language: str, label: str | None
) -> None:
    found = SERVICES.run(said(text, language=language))

    assert found.label == label
    assert (found.score is not None) == (label is not None)


def test_the_label_comes_with_the_words_it_was_found_by() -> None:
    found = SERVICES.run(said("hello", "can I book an apointment"))

    assert found.evidence == [
        {
            "phrase": "book an appointment",
            "words": "book an apointment",
            "score": 97.3,
            "speaker": "customer",
            "turn": 2,
        }
    ]
    assert found.label_scores == {"appointments": 0.973}


def test_what_the_agent_says_is_not_what_the_caller_wants() -> None:
    assert SERVICES.run(said("Shall I book an appointment?", speaker=AGENT)).label is None


def test_of_equal_services_the_one_with_more_of_its_phrases_is_meant() -> None:
    found = SERVICES.run(said("book an appointment", "my invoice", "a refund"))

    assert found.label == "billing"
    assert set(found.label_scores or {}) == {"appointments", "billing"}


@pytest.mark.parametrize(("speaker", "matched"), [(CUSTOMER, False), (AGENT, True), ("", True)])
def test_a_phrase_check_listens_to_one_side_or_both(speaker: str, matched: bool) -> None:
    check = PhraseCheck("disclosure", {"any": ["automated assistant"]}, speaker)

    found = check.run(said("I am an automated assistant", speaker=AGENT))

    assert found.matched is matched
    assert (found.match_score == 1.0) is matched


def test_every_phrase_is_found_at_its_best_place() -> None:
    found = matches({"any": ["stop calling me"]}, said("stop call me", "stop calling me").words, 80)

    assert [(match.words, match.utterance.turn) for match in found] == [("stop calling me", 2)]


def timed(*spans: tuple[str, float, float]) -> Story:
    return Story(
        spoken=tuple(Utterance(who, "words", "", None, start, end) for who, start, end in spans),
        waits_ms=(700, 2500),
    )


@pytest.mark.parametrize(
    ("story", "share", "by"),
    [
        (timed((AGENT, 0, 6), (CUSTOMER, 6, 8)), 0.75, "seconds"),
        (said("abc"), 0.0, "letters"),
        (Story(), None, "letters"),
    ],
)
def test_the_share_of_talking_is_by_time_or_by_letters(
    story: Story, share: float | None, by: str
) -> None:
    found = TalkRatio("talk").run(story)

    assert found.measure == share
    assert isinstance(found.evidence, dict)
    assert found.evidence["by"] == by


@pytest.mark.parametrize(
    ("story", "seconds"),
    [
        (timed((AGENT, 0, 2), (CUSTOMER, 5, 6), (AGENT, 7, 8)), 3.0),
        (timed((AGENT, 0, 9), (CUSTOMER, 1, 2), (AGENT, 10, 11)), 1.0),
        (timed((AGENT, 4, 5), (CUSTOMER, 0, 1)), 3.0),
        (Story(waits_ms=(700, 2500)), 2.5),
        (Story(), None),
    ],
)
def test_silence_begins_when_the_last_speaker_has_ended(
    story: Story, seconds: float | None
) -> None:
    assert LongestSilence("silence").run(story).measure == seconds


def test_interruptions_are_counted() -> None:
    assert InterruptionCount("cut").run(Story(interruptions=3)).measure == 3.0


@pytest.mark.parametrize(
    ("text", "plain"), [("  Olá, MUNDO! ", "ola mundo"), ("Straße", "strasse"), ("", "")]
)
def test_spelling_case_and_accents_make_no_difference(text: str, plain: str) -> None:
    assert folded(text) == plain


def test_the_operators_that_come_with_the_service_are_valid() -> None:
    names = [each.name for each in load_operators(OPERATORS)]

    assert names[0] == "service-classifier"
    assert {"disclosure-said", "opt-out-asked", "talk-ratio", "longest-silence"} <= set(names)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("operators: [{type: phrase, name: a}]", ["phrases", "required"]),
        ("operators: [{type: guess, name: a}]", ["guess"]),
        ("operators: [{type: talk-ratio, name: a}, {type: talk-ratio, name: a}]", ["twice", "a"]),
        ("operators: [{type: talk-ratio, name: A b}]", ["name"]),
        ("operators: [", ["not YAML"]),
    ],
)
def test_a_mistake_in_the_file_is_explained(
    tmp_path: Path, text: str, words: Sequence[str]
) -> None:
    path = tmp_path / "operators.yaml"
    path.write_text(text)

    with pytest.raises(Invalid) as error:
        load_operators(path)
    assert all(word in str(error.value) for word in words)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"no\.yaml"):
        load_operators(tmp_path / "no.yaml")
