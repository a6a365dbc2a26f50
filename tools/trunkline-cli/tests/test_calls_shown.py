"""What `trunkline calls show` says of operators' results."""

from typing import Any

import pytest
from rich.console import Console

from intelligence_ingest.api.story_models import Result
from trunkline_cli.calls.findings import findings


def told(**fields: Any) -> list[str]:
    """The lines of a result as the API answers it, with these fields filled."""
    common = {"operator_name": "Of the test", "source": "v2"}
    result = dict.fromkeys(Result.model_fields) | common | fields
    console = Console(width=200)
    with console.capture() as capture:
        console.print(*findings([result]))
    return [line.strip() for line in capture.get().strip().splitlines()]


@pytest.mark.parametrize(
    ("operator_type", "fields", "expected"),
    [
        ("conversation-classify", {"label": "positive", "score": 0.914}, "positive (0.91)"),
        (
            "utterance-classify",
            {"matched": True, "match_score": 0.8, "utterances": [{"utterance_index": 1}]},
            "yes (0.80)",
        ),
        ("utterance-classify", {"matched": False, "utterances": []}, "no"),
        ("extract", {"matched": True, "extracted": {"dates": ["Tue"]}}, "dates: Tue"),
        ("extract-normalize", {"matched": True, "normalized": "booked"}, "booked"),
        ("pii-extract", {"extracted": {"names": ["Ann"]}}, "names: Ann"),
        ("text-generation", {"result_text": "[bold]Booked[/bold]."}, "[bold]Booked[/bold]."),
        ("json", {"result_json": {"score": 7}}, "score: 7"),
        ("measure", {"measure": 0.5}, "0.5"),
        ("mind-reading", {"raw": {"aura": "blue"}}, "aura: blue"),
        ("nothing", {}, "-"),
    ],
)
def test_a_result_of_every_type_says_what_was_found(
    operator_type: str, fields: dict[str, Any], expected: str
) -> None:
    lines = told(operator_type=operator_type, **fields)

    assert lines[0] == "What Twilio's operators found"
    assert lines[1].split(":", 1) == ["Of the test", f"  {expected}"]


def test_what_a_match_stands_on_is_shown_whatever_its_shape() -> None:
    lines = told(matched=True, utterances=[{"utterance": "Hello."}, {"utterance_index": 1}])

    assert lines[2:] == ["“Hello.”", "utterance_index: 1"]


def test_what_nobody_has_signed_for_says_so() -> None:
    assert told(label="positive", unverified=True)[1] == "Of the test:  positive unverified"
