"""One call's story: as a conversation with its findings, and as the demo judges it."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from trunkline_cli.calls.story import story
from trunkline_cli.demo.story import CLASSIFIER, SENTIMENT, SUMMARY, Told

EMPTY = dict.fromkeys(
    (
        *("label", "score", "label_scores", "matched", "match_score", "utterances", "extracted"),
        *("normalized", "result_text", "result_json", "measure", "evidence", "raw"),
        "unverified",
    )
)


def result(name: str, source: str = "v2", **found: Any) -> dict[str, Any]:
    return {**EMPTY, "operator_name": name, "source": source, **found}


def turn(number: int, at: str, **said: Any) -> dict[str, Any]:
    words = {"asked": None, "said": "", "heard": "", "interrupted": False, **said}
    return {"what": "turn", "at": at, "detail": {"turn": number, **words}}


EVIDENCE = {
    "phrase": "are you open",
    "words": "are you open",
    "score": 100.0,
    "speaker": "customer",
    "turn": 1,
}
STORY: dict[str, Any] = {
    "call": {
        "call_sid": "CA1",
        "direction": "inbound",
        "number": "+15005550000",
        "agent_id": "receptionist",
        "attempt_outcome": None,
        "outcome": "agent_ended",
    },
    "timeline": [
        {"what": "session", "at": "2026-11-20T09:30:00Z", "detail": {"epoch": 0}},
        turn(
            1,
            "2026-11-20T09:30:02Z",
            asked="Are you [b]open[/b]?",
            said="On Saturday we open at nine.",
            heard="On Saturday",
            interrupted=True,
        ),
        turn(0, "2026-11-20T09:30:03Z", said="Hello.", heard="Hello."),
        {
            "what": "tool",
            "at": "2026-11-20T09:30:04Z",
            "detail": {"tool": "find_slot", "status": "succeeded"},
        },
        {"what": "sentence", "at": "2026-11-20T09:30:04Z", "detail": {}},
        {"what": "ended", "at": "2026-11-20T09:30:05Z", "detail": {"reason": "agent_ended"}},
    ],
    "results": [
        result(CLASSIFIER, "own", label="opening-hours", score=1.0, evidence=[EVIDENCE]),
        result(SENTIMENT, label="positive", score=0.67),
        result(SUMMARY, result_text="They asked when it is open."),
        result(
            "Entities",
            extracted={"entities": [{"label": "day", "text": "Saturday"}] * 2},
            match_score=0.9,
        ),
        result("Facts", result_json={"questions": 1, "days": ["Saturday", "Saturday"]}),
        result("Introduction", matched=True, utterances=[{"utterance": "This is the clinic."}]),
        result("Escalation", matched=False, utterances=[{"utterance": "not shown"}]),
        result("Silence", "own", measure=1.5),
        result("New", "v3", raw={"x": None}),
    ],
}


@pytest.fixture
def seen() -> str:
    screen = StringIO()
    Console(width=100, file=screen).print(story(STORY))
    return screen.getvalue()


def test_the_conversation_is_told_in_its_order(seen: str) -> None:
    lines = (
        "session: begins",
        "agent: Hello.",
        "customer: Are you [b]open[/b]?",
        "tool: find_slot",
    )
    places = [seen.index(line) for line in (*lines, "end: agent_ended")]

    assert places == sorted(places)


def test_of_a_call_that_only_twilio_has_transcribed_its_sentences_are_the_conversation() -> None:
    spoken = [("agent", 1, "Hello."), ("customer", 2, "Are you open?"), (None, 3, "Who is it?")]
    sentences = [
        {
            "what": "sentence",
            "at": f"2026-11-20T09:30:0{n}Z",
            "detail": {"speaker": speaker, "channel": channel, "body": body},
        }
        for n, (speaker, channel, body) in enumerate(spoken)
    ]
    screen = StringIO()

    Console(width=100, file=screen).print(story({**STORY, "timeline": sentences}))

    for line in ("agent: Hello.", "customer: Are you open?", "channel 3: Who is it?"):
        assert line in screen.getvalue()


def test_what_an_interruption_left_unheard_is_told_apart(seen: str) -> None:
    assert "agent: On Saturday …interrupted unheard: we open at nine." in seen


def test_findings_stand_by_their_source_with_what_they_stand_on(seen: str) -> None:
    own, twilio = seen.index("our own operators"), seen.index("Twilio's operators found\n")

    assert own < seen.index("opening-hours (1.00)") < twilio < seen.index("positive (0.67)")
    assert "“are you open”: customer, in turn 1, 100 % like “are you open”" in seen
    assert "“This is the clinic.”" in seen
    assert "not shown" not in seen


def test_findings_of_every_shape_are_words(seen: str) -> None:
    for words in ("They asked when", "day Saturday (0.90)", "questions: 1, days: Saturday", "1.5"):
        assert words in seen
    assert "day Saturday, day Saturday" not in seen


def test_a_story_that_has_everything_has_no_problems() -> None:
    told = Told(STORY, 17, 17, 0.5)

    assert told.problems() == []
    assert told.figures() == {
        "calls_stored": 17,
        "turns": 2,
        "results": 9,
        "sentiment": "positive",
        "label": "opening-hours",
        "label_score": 1.0,
        "waited_seconds": 0.5,
    }


def test_what_a_story_lacks_is_named() -> None:
    assert len(Told({}, 0, 0, 1.0).problems()) == 6
    without = {**STORY, "results": STORY["results"][1:]}

    assert Told(without, 1, 1, 1.0).problems() == [
        "the call's story lacks the Service Classifier's label"
    ]


def test_calls_that_are_not_stored_are_counted() -> None:
    assert Told(STORY, 15, 17, 1.0).problems() == ["15 of 17 calls are stored"]
