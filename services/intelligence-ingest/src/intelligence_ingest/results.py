"""What is known of a transcript, in our own terms: pure. The fields are those of the tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

JsonObject = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a transcript; times are seconds since its beginning."""

    index: int
    body: str
    sid: str | None = None
    channel: int | None = None
    speaker: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    confidence: float | None = None
    words: Sequence[JsonObject] | None = None
    more: JsonObject | None = None
    """What else the provider tells of it."""


@dataclass(frozen=True, slots=True)
class OperatorResult:
    """What an operator found, whoever ran it; what a type does not have is None."""

    key: str
    """Names it within its subject, for ever: the same result again has the same key."""
    name: str
    type: str
    operator_sid: str | None = None
    operator_version: str | None = None
    label: str | None = None
    score: float | None = None
    label_scores: JsonObject | None = None
    matched: bool | None = None
    match_score: float | None = None
    utterances: object = None
    extracted: object = None
    normalized: str | None = None
    result_text: str | None = None
    result_json: object = None
    measure: float | None = None
    evidence: object = None
    raw: JsonObject | None = None
    created_at: datetime | None = None
    unverified: bool = False
    """Told by a webhook of which only the URL was signed."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """A transcript of v2, or what v3 calls a conversation."""

    sid: str
    api: str
    account_sid: str
    status: str
    service_sid: str | None = None
    source_sid: str | None = None
    """What was transcribed: a session (VX...) or a recording (RE...); in v3 perhaps the call."""
    recording_call_sid: str | None = None
    """The call of that recording, where Twilio tells."""
    language: str | None = None
    redacted: bool = False
    duration_s: int | None = None
    media_started_at: datetime | None = None
    created_at: datetime | None = None
    channels: Mapping[str, str] = field(default_factory=dict)
    raw: JsonObject = field(default_factory=dict)
