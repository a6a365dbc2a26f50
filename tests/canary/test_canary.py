"""Callers' words and numbers appear in no log, metric, key, header, topic name or URL of ours.

A number and a phrase are sent along every path through the real processes, the crooked ones
included, and then looked for everywhere. The topics' values must hold them: otherwise the test
would prove nothing.
"""

import asyncio

import pytest
from bird import CANARIES, DIGITS
from canary_agents import MODEL_KEY, SECRET
from evidence import Evidence, gather_evidence, sample

from trunkline.events.topics import INTERRUPTS, LIFECYCLE, PROMPTS


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return asyncio.run(gather_evidence(tmp_path_factory.mktemp("canary")))


@pytest.mark.parametrize("canary", CANARIES)
def test_a_canary_is_in_no_log_and_no_frame_log(evidence: Evidence, canary: str) -> None:
    logs = {"gateway-1.log", "llm-worker-1.log", "gateway-1.jsonl", "doctor"}
    assert logs <= evidence.files.keys()
    assert '"call_opened"' in evidence.files["gateway-1.log"]
    assert [name for name, text in evidence.files.items() if canary in text] == []


@pytest.mark.parametrize("canary", CANARIES)
def test_a_canary_is_in_no_metric(evidence: Evidence, canary: str) -> None:
    assert set(evidence.metrics) == {"gateway-1", "llm-worker-1"}
    assert [name for name, text in evidence.metrics.items() if canary in text] == []


@pytest.mark.parametrize("canary", CANARIES)
def test_a_canary_is_in_no_topic_name_key_or_header(evidence: Evidence, canary: str) -> None:
    seen = {record.topic for record in evidence.records}
    outside = [f"{record.topic} {record.key} {dict(record.headers)}" for record in evidence.records]

    assert {PROMPTS.name, INTERRUPTS.name, LIFECYCLE.name} < seen
    assert any(canary.encode() in record.value for record in evidence.records)
    assert [text for text in outside if canary in text] == []


@pytest.mark.parametrize("canary", CANARIES)
def test_a_canary_is_in_no_url_that_twilio_is_given(evidence: Evidence, canary: str) -> None:
    assert any("/connect-action/" in url for url in evidence.urls)
    assert [url for url in evidence.urls if canary in url] == []


@pytest.mark.parametrize("canary", CANARIES)
def test_telemetry_switched_on_from_outside_carries_no_canary(
    evidence: Evidence, canary: str
) -> None:
    assert canary.encode() not in evidence.telemetry


def test_the_crooked_paths_were_gone(evidence: Evidence) -> None:
    counted = evidence.metrics["gateway-1"]
    for name in ("apologies", "interrupts", "malformed_frames", "complaints", "invalid_records"):
        assert sample(counted, f"trunkline_gateway_{name}_total") > 0
    for outcome in ("signature", "ticket"):
        assert sample(counted, f'trunkline_gateway_refused_total{{reason="{outcome}"}}') > 0


@pytest.mark.parametrize(
    ("tool", "outcome"),
    [
        ("find", "succeeded"),
        ("slow", "succeeded"),
        ("broken", "unknown"),
        ("refused", "failed"),
        ("cut", "unknown"),
        ("closed", "not_run"),
        ("forbidden", "unavailable"),
        ("absent", "unavailable"),
    ],
)
def test_tools_have_ended_in_every_way_with_the_canary_in_their_arguments(
    evidence: Evidence, tool: str, outcome: str
) -> None:
    name = f'trunkline_worker_tool_uses_total{{outcome="{outcome}",tool="{tool}"}}'

    assert sample(evidence.metrics["llm-worker-1"], name) > 0
    assert all(canary.encode() in evidence.outside.heard for canary in CANARIES)


def test_the_canary_was_handed_over_queued_and_struck_off(evidence: Evidence) -> None:
    handed = "".join(end.handoff_data or "" for one in evidence.ledgers for end in one.closed)
    tasks = [run.attributes for one in evidence.ledgers for run in one.verbs if run.attributes]
    told = b"".join(record.value for record in evidence.records if record.topic == LIFECYCLE.name)

    assert all(canary in handed and canary in str(tasks) for canary in CANARIES)
    assert DIGITS.encode() in told


def test_a_models_key_was_sent_to_its_provider(evidence: Evidence) -> None:
    assert MODEL_KEY.encode() in evidence.outside.heard
    assert SECRET.encode() in evidence.outside.heard


def test_secrets_are_in_no_log_and_no_metric(evidence: Evidence) -> None:
    texts = {**evidence.files, **evidence.metrics}

    assert len(evidence.secrets) >= 4
    assert [
        name for name, text in texts.items() for secret in evidence.secrets if secret in text
    ] == []


def test_files_with_secrets_or_frames_are_for_their_owner_alone(evidence: Evidence) -> None:
    assert evidence.modes == {
        "report.json": 0o600,
        "credentials.json": 0o600,
        "gateway-1.jsonl": 0o600,
    }
