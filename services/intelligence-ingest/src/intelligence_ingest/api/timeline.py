"""Puts everything about a call in the order in which it happened: pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from intelligence_ingest.api.story_models import Moment

Values = Mapping[Any, Any]

# What happened at the same time is told in this order.
ORDER = ("session", "turn", "tool", "sentence", "ended")


def aligned(*moments: Iterable[Moment]) -> list[Moment]:
    """All moments by their time."""
    return sorted(
        (each for some in moments for each in some),
        key=lambda moment: (moment.at, ORDER.index(moment.what)),
    )


def told(what: Any, rows: Iterable[Values]) -> list[Moment]:
    """Rows that know their time, as moments."""
    return [
        Moment(
            at=row["at"],
            what=what,
            detail={name: value for name, value in row.items() if name != "at"},
        )
        for row in rows
    ]


def spoken(rows: Iterable[Values], begins: Mapping[str, datetime]) -> list[Moment]:
    """Sentences, whose time is counted from where their transcript begins."""
    return [
        Moment(
            at=begins[row["transcript_sid"]] + timedelta(seconds=row["start_s"] or 0.0),
            what="sentence",
            detail=dict(row),
        )
        for row in rows
        if row["transcript_sid"] in begins
    ]


def beginnings(
    transcripts: Sequence[Values], sessions: Mapping[str, datetime]
) -> dict[str, datetime]:
    """When each transcript's recording began: as told, or with its session, or as it is filed."""
    return {
        each["transcript_sid"]: each["media_started_at"]
        or sessions.get(each["source_sid"] or "")
        or each["filed_at"]
        for each in transcripts
    }
