"""What every aggregate is asked for with: a span of time in buckets, an agent, a campaign."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import groupby
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from sqlalchemy import Row

from intelligence_ingest.api.aggregate_models import Counted, Series
from intelligence_ingest.api.aggregate_rows import Asked
from intelligence_ingest.api.filters import Words
from intelligence_ingest.api.spans import Bucket, Span, span
from trunkline.api.problem import FieldError, InvalidRequest
from trunkline.api.times import Time

T = TypeVar("T", bound=Counted)
Rows = Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class Scope:
    """What all figures are asked for with."""

    span: Span
    bucket: Bucket
    time_zone: str
    agent: str | None
    campaign: str | None

    def of(self, tenant_id: str) -> Asked:
        """The same, of one tenant."""
        return Asked(tenant_id, self.span, self.agent, self.campaign)

    def series(self, rows: Rows, show: Callable[[dict[str, Any], Rows], T]) -> Series[T]:
        """Every bucket as `show` makes it of its bounds and its rows, which may be none."""
        by_number = groupby(sorted(rows, key=_bucket), key=_bucket)
        found = {number: list(some) for number, some in by_number}
        bounds = zip(self.span.starts, self.span.ends, strict=True)
        data = [
            show({"start": start, "end": end}, found.get(number, ()))
            for number, (start, end) in enumerate(bounds, start=1)
        ]
        return Series(bucket=self.bucket, time_zone=self.time_zone, data=data)


def _bucket(row: Row[Any]) -> int:
    return int(row.bucket)


def scope(
    since: Annotated[Time, Query(description="Calls filed at this time or later.")],
    until: Annotated[Time, Query(description="Calls filed before this time.")],
    bucket: Bucket = Bucket.DAY,
    time_zone: Annotated[
        str, Query(max_length=64, description="Whose days, as the IANA names it: Europe/Lisbon.")
    ] = "UTC",
    agent: Words = None,
    campaign: Words = None,
) -> Scope:
    """What the request asks for."""
    zone = _zone(time_zone)
    return Scope(span(since, until, bucket, zone), bucket, time_zone, agent, campaign)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, not a name at all, or a folder of names
        detail = "must be a time zone as the IANA names it, such as Europe/Lisbon"
        error = FieldError("query/time_zone", "unknown_time_zone", detail)
        raise InvalidRequest(errors=[error]) from None


WithScope = Annotated[Scope, Depends(scope)]
