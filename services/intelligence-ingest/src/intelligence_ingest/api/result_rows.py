"""Transcripts and operator results between their rows and the API."""

import json
from collections.abc import Mapping
from typing import Any

from intelligence_ingest.api.story_models import Result, Transcript

_JSON = ("label_scores", "utterances", "extracted", "result_json", "evidence", "raw")
# For results that we do not understand: those of types that are new, or have changed.
_SOURCES = {
    "raw": """CASE WHEN num_nonnulls(label, matched, extracted, normalized, result_text,
        result_json, measure) = 0 THEN raw END"""
}

TRANSCRIPT_COLUMNS = ", ".join(Transcript.model_fields)
RESULT_COLUMNS = ", ".join(
    f"CAST({_SOURCES.get(name, name)} AS text) AS {name}" if name in _JSON else name
    for name in Result.model_fields
)


def transcript_of(row: Mapping[Any, Any]) -> Transcript:
    """A transcript as it is answered."""
    return Transcript(**row)


def result_of(row: Mapping[Any, Any]) -> Result:
    """A result as it is answered."""
    read = {name: json.loads(row[name]) for name in _JSON if row[name] is not None}
    return Result(**{**row, **read})
