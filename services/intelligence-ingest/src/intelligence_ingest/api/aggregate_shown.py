"""Figures of one bucket, from the rows that PostgreSQL counted, as they are answered."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from intelligence_ingest.api.aggregate_models import (
    CallCounts,
    Escalations,
    Interruptions,
    LabelCount,
    LabelCounts,
    Latency,
)

Rows = Sequence[Row[Any]]


def calls(bounds: dict[str, Any], rows: Rows) -> CallCounts:
    timed = sum(row.timed for row in rows)
    return CallCounts(
        **bounds,
        calls=sum(row.calls for row in rows),
        outcomes={row.outcome: row.calls for row in rows},
        transferred=sum(row.transferred for row in rows),
        opted_out=sum(row.opted_out for row in rows),
        mean_duration_ms=round(sum(row.duration_ms for row in rows) / timed) if timed else None,
    )


def label_counts(bounds: dict[str, Any], rows: Rows) -> LabelCounts:
    totals: dict[str, int] = {}
    for row in rows:
        totals[row.operator_name] = totals.get(row.operator_name, 0) + row.results
    counts = [
        LabelCount(
            operator=row.operator_name,
            label=row.label,
            results=row.results,
            share=_share(row.results, totals[row.operator_name]) or 0.0,
        )
        for row in rows
    ]
    return LabelCounts(**bounds, labels=counts)


def escalations(bounds: dict[str, Any], rows: Rows) -> Escalations:
    calls, escalated, transferred = (
        (rows[0].calls, rows[0].escalated, rows[0].transferred) if rows else (0, 0, 0)
    )
    return Escalations(
        **bounds,
        calls=calls,
        escalated=escalated,
        transferred=transferred,
        escalated_share=_share(escalated, calls),
    )


def latency(bounds: dict[str, Any], rows: Rows) -> Latency:
    turns = rows[0].turns if rows else 0
    p50, p90, p95, p99 = rows[0].ms if rows else (None,) * 4
    return Latency(**bounds, turns=turns, p50_ms=p50, p90_ms=p90, p95_ms=p95, p99_ms=p99)


def interruptions(bounds: dict[str, Any], rows: Rows) -> Interruptions:
    turns, interrupted = (rows[0].turns, rows[0].interrupted) if rows else (0, 0)
    share = _share(interrupted, turns)
    return Interruptions(**bounds, turns=turns, interrupted=interrupted, interrupted_share=share)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
