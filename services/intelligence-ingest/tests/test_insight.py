"""Providers' documents in our own terms, however much of them is missing or odd."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intelligence_ingest import insight, insight_v3
from intelligence_ingest.bundle import Bundle, joined
from intelligence_ingest.reading_json import moment
from intelligence_ingest.results import OperatorResult
from trunkline.errors import Invalid

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=8), part, max_size=3)
    ),
    max_leaves=8,
)
V2_FIELDS = [
    *("sid", "account_sid", "status", "channel", "language_code", "redaction", "duration", "links"),
    *("media_start_time", "date_created", "service_sid"),
]
RESULT_FIELDS = [
    *("operator_sid", "name", "operator_type", "predicted_label", "predicted_probability"),
    *("label_probabilities", "utterance_match", "utterance_results", "match_probability"),
    *("extract_match", "extract_results", "normalized_result", "text_generation_results"),
    "json_results",
]


def result(**document: Any) -> OperatorResult:
    (found,) = insight.operator_results([document])
    return found


@pytest.mark.parametrize(
    ("document", "field", "value"),
    [
        ({"predicted_label": "negative"}, "label", "negative"),
        ({"predicted_probability": "0.05"}, "score", 0.05),
        ({"predicted_probability": 0.5}, "score", 0.5),
        ({"predicted_probability": "high"}, "score", None),
        ({"label_probabilities": {"a": "0.2", "b": 0.8}}, "label_scores", {"a": 0.2, "b": 0.8}),
        ({"utterance_match": False}, "matched", False),
        ({"utterance_match": None, "extract_match": "true"}, "matched", True),
        ({"match_probability": "0.7"}, "match_score", 0.7),
        ({"extract_results": {"a": 1}}, "extracted", {"a": 1}),
        ({"extract_results": {}}, "extracted", None),
        ({"normalized_result": "voicemail"}, "normalized", "voicemail"),
        ({"text_generation_results": {"format": "text", "result": "x"}}, "result_text", "x"),
        ({"text_generation_results": "bare"}, "result_text", "bare"),
        ({"text_generation_results": ["a list"]}, "result_text", None),
        ({"text_generation_results": {"result": {"an": "object"}}}, "result_text", None),
        ({"json_results": {"deep": [1]}}, "result_json", {"deep": [1]}),
        ({"operator_sid": "LY1", "name": "N"}, "key", "LY1"),
        ({"name": "N"}, "key", "N"),
        ({"operator_type": "new-kind"}, "type", "new-kind"),
        ({}, "type", "unknown"),
        ({"aura": "blue"}, "raw", {"aura": "blue"}),
    ],
)
def test_a_result_of_v2_is_typed_by_the_fields_it_has(
    document: dict[str, Any], field: str, value: object
) -> None:
    assert getattr(result(**document), field) == value


def test_an_operator_that_is_listed_twice_has_one_result() -> None:
    found = insight.operator_results(
        [{"operator_sid": "LY1", "predicted_label": "a"}, {"operator_sid": "LY1"}]
    )

    assert len(found) == 1


@pytest.mark.parametrize(
    ("participant", "speaker"),
    [
        ({"full_name": "Virtual Agent"}, "agent"),
        ({"role": "Customer"}, "customer"),
        ({"role": "Supervisor"}, None),
    ],
)
def test_a_channel_belongs_to_whom_its_participant_says(
    participant: dict[str, Any], speaker: str | None
) -> None:
    channel = {"participants": [{"channel_participant": 2, **participant}]}
    found = insight.transcript({"sid": "GT1", "account_sid": "AC1", "channel": channel})

    assert found.channels.get("2") == speaker


def test_the_channels_of_a_relay_session_are_known_without_participants() -> None:
    channel = {"media_properties": {"source": "ConversationRelay", "source_sid": "VX1"}}
    found = insight.transcript({"sid": "GT1", "account_sid": "AC1", "channel": channel})

    assert found.channels == {"1": "agent", "2": "customer"}
    assert found.source_sid == "VX1"


def test_sentences_without_an_index_or_with_the_same_one_are_kept() -> None:
    documents: list[dict[str, Any]] = [
        {"sentence_index": 1, "transcript": "b"},
        {"sentence_index": 0, "transcript": "a"},
        {"sentence_index": 1, "transcript": "again"},
        {"transcript": "none"},
    ]

    found = insight.sentences(documents, {})

    assert [(each.index, each.body) for each in found] == [
        *((0, "a"), (1, "b"), (2, "again")),
        (3, "none"),
    ]


def test_what_a_sentence_tells_in_fields_that_are_new_is_kept() -> None:
    word = {"word": "hi", "start_time": "0.1", "end_time": "0.2", "confidence": "0.9"}

    (found,) = insight.sentences([{"transcript": "hi", "mood": "calm", "words": [word]}], {})

    assert found.more == {"mood": "calm"}
    assert found.words == [{"word": "hi", "start_s": 0.1, "end_s": 0.2, "confidence": "0.9"}]


def test_results_of_v3_without_an_id_are_told_by_what_they_say() -> None:
    one, other = {"outputFormat": "TEXT", "result": {"text": "a"}}, {"outputFormat": "JSON"}

    found = insight_v3.operator_results({"operatorResults": [one, other, dict(one)]})

    assert [each.raw for each in found] == [one, other]


def test_what_is_new_in_a_webhook_of_v3_is_kept() -> None:
    body = {"conversationId": "c", "mood": "calm", "operatorResults": [{"id": "r"}]}

    assert insight_v3.conversation(body, "AC1").raw == {"conversationId": "c", "mood": "calm"}


def test_a_transcript_that_does_not_say_which_it_is_is_invalid() -> None:
    with pytest.raises(Invalid):
        insight.transcript({"status": "completed"})


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(V2_FIELDS, JSON)))
def test_no_transcript_breaks_the_reader(document: dict[str, Any]) -> None:
    found = insight.transcript({**document, "sid": "GT1", "account_sid": "AC1"})

    assert Bundle(found, (), (), _asked()).content_hash


@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(RESULT_FIELDS, JSON)), max_size=4))
def test_no_result_breaks_the_reader_or_is_dropped(documents: list[dict[str, Any]]) -> None:
    found = insight.operator_results(documents)

    assert bool(found) == bool(documents)
    assert all(each.raw is not None for each in found)


@given(st.dictionaries(st.sampled_from(["conversationId", "operatorResults", "accountId"]), JSON))
def test_no_webhook_of_v3_breaks_the_reader(body: dict[str, Any]) -> None:
    insight_v3.conversation({**body, "conversationId": "conv_1"}, "AC1")
    insight_v3.operator_results(body)


@pytest.mark.parametrize(
    ("output_format", "value", "field", "expected"),
    [
        ("TEXT", {"text": "hello"}, "result_text", "hello"),
        ("TEXT", "bare", "result_text", "bare"),
        ("TEXT", {"words": 1}, "result_text", None),
        ("CLASSIFICATION", {"label": "positive"}, "label", "positive"),
        ("EXTRACTION", {"entities": [{"a": 1}]}, "extracted", [{"a": 1}]),
        ("JSON", {"a": 1}, "result_json", {"a": 1}),
        ("NOVEL", {"a": 1}, "result_json", {"a": 1}),
    ],
)
def test_a_result_of_v3_is_typed_by_its_format(
    output_format: str, value: object, field: str, expected: object
) -> None:
    document = {
        "id": "intelligence_operatorresult_1",
        "operator": {"id": "o1", "friendlyName": "Old name", "version": 2},
        "outputFormat": output_format,
        "result": value,
        "dateCreated": "2026-06-01T00:00:00.123456789Z",
    }
    (found,) = insight_v3.operator_results({"operatorResults": [document]})

    assert getattr(found, field) == expected
    assert (found.name, found.operator_version, found.key) == (
        *("Old name", "2"),
        "intelligence_operatorresult_1",
    )
    assert found.created_at is not None
    assert found.created_at.microsecond == 123456


def test_parts_of_a_conversation_are_joined() -> None:
    def part(n: int) -> Bundle:
        found = insight_v3.conversation({"conversationId": "c"}, "AC1")
        return Bundle(found, (), [OperatorResult(str(n), "n", "TEXT")], _asked())

    (whole,) = joined([part(1), part(2), part(1)])

    assert [each.key for each in whole.results] == ["1", "2"]


def _asked() -> Any:
    found = moment({"at": "2026-11-20T10:00:00Z"}, "at")
    assert found is not None
    return found
