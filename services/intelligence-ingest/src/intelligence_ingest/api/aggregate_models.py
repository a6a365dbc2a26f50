"""Figures over many calls, as answers have them: one entry for every bucket, empty ones too."""

from typing import Generic, TypeVar

from pydantic import BaseModel, Field

from intelligence_ingest.api.spans import Bucket
from trunkline.api.times import Time


class Counted(BaseModel):
    """A bucket: from `start` to just before `end`."""

    start: Time
    end: Time


T = TypeVar("T", bound=Counted)


class Series(BaseModel, Generic[T]):
    """The buckets, in their order; the first and the last have what lies in the span alone."""

    bucket: Bucket
    time_zone: str
    data: list[T]


class CallCounts(Counted):
    """The calls filed in this time, and how they ended."""

    calls: int
    outcomes: dict[str, int] = Field(description="By why they ended; `live` while they go on.")
    transferred: int
    opted_out: int
    mean_duration_ms: int | None = Field(description="Of those that are over.")


class LabelCount(BaseModel):
    """How often one operator gave one label."""

    operator: str
    label: str
    results: int
    share: float = Field(description="Of all labels of this operator in this bucket.")


class LabelCounts(Counted):
    """The labels given to calls of this time."""

    labels: list[LabelCount]


class Escalations(Counted):
    """Calls in which a person was asked for, and those that were handed to one."""

    calls: int
    escalated: int = Field(description="In which the operator found what it looks for.")
    transferred: int
    escalated_share: float | None = Field(description="Of all calls; null if there are none.")


class Latency(Counted):
    """How long turns took; null where there are none."""

    turns: int = Field(description="That have this figure.")
    p50_ms: int | None
    p90_ms: int | None
    p95_ms: int | None
    p99_ms: int | None


class Interruptions(Counted):
    """How often callers spoke over the agent."""

    turns: int
    interrupted: int
    interrupted_share: float | None = Field(description="Of all turns; null if there are none.")
