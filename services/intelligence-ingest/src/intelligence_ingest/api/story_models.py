"""A call's story: everything that is known of it, in the order in which it happened."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from intelligence_ingest.api.call_models import Call
from trunkline.api.times import Time


class Moment(BaseModel):
    """Something that happened in a call; what it is decides which of the fields are there."""

    at: Time
    what: Literal["session", "turn", "tool", "sentence", "ended"]
    detail: dict[str, Any] = Field(description="As stored, without what it says elsewhere.")


class Transcript(BaseModel):
    """A transcript of Twilio's, or a conversation of its third version."""

    transcript_sid: str
    filed_at: Time
    api: str
    call_sid: str | None
    source_sid: str | None
    status: str
    language: str | None
    redacted: bool
    duration_s: int | None
    media_started_at: Time | None
    found_by: str


class Result(BaseModel):
    """What one operator found: the fields of its type are filled, the others null."""

    subject_id: str
    result_key: str
    filed_at: Time
    source: Literal["v2", "v3", "own"]
    call_sid: str | None
    operator_name: str
    operator_type: str
    operator_version: str | None
    label: str | None
    score: float | None
    label_scores: Any = None
    matched: bool | None
    match_score: float | None
    utterances: Any = None
    extracted: Any = None
    normalized: str | None
    result_text: str | None
    result_json: Any = None
    measure: float | None
    evidence: Any = None
    raw: Any = Field(
        default=None, description="The document as it came, if nothing else here tells of it."
    )
    created_at: Time | None
    unverified: bool = Field(
        description="Told by a webhook of which only the URL was signed: of v3 alone, whose results"
        " are in the webhook; those of v2 are fetched."
    )


class Sentence(BaseModel):
    """A sentence of a transcript; times are seconds since its beginning."""

    sentence_index: int
    speaker: str | None
    channel: int | None
    start_s: float | None
    end_s: float | None
    body: str
    confidence: float | None
    words: Any = Field(default=None, description="Each with word, start_s and end_s.")
    more: Any = Field(default=None, description="What else Twilio tells of it.")


class TranscriptInFull(Transcript):
    """One transcript with everything that is stored of it."""

    unverified: bool = Field(
        description="A conversation, told by webhooks of which only the URL was signed."
    )
    channels: Any = Field(description="Which channel is whose: agent or customer.")
    sentences: list[Sentence]
    results: list[Result]
    document: Any = Field(
        description="As Twilio gave it, for keys that see numbers; null once the time of words is"
        " over."
    )


class Story(BaseModel):
    """One call with all that is known of it."""

    call: Call
    timeline: list[Moment]
    transcripts: list[Transcript]
    results: list[Result]
