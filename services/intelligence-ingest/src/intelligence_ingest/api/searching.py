"""Calls in which something is to be found, words or a label, the newest first.

What is rare is found by its index. That of a common word names a hundred thousand turns, of which a
page needs those of the newest calls alone: so calls are read, newest first, until enough of them
have it. The first few hundred are read in any case, as they often fill the page. Which of the two
it is may change with time: the newest months are looked at first, then those before, until the page
is full.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.api import call_rows
from intelligence_ingest.api.call_rows import CallRow
from intelligence_ingest.api.filters import Where
from trunkline.api.cursor import Position
from trunkline.api.times import from_microseconds

MOST = 2_500  # of what is looked for, in one stretch; beyond that it is common
WALKED = 400  # calls that are read before any index is asked
TICK = timedelta(microseconds=1)
NEVER = datetime.min.replace(tzinfo=UTC)

# How common something is decides on the plan, so that one plan for all would be wrong for most. A
# partition is never read whole: not for the few rows of a week either.
_PLANNING = (
    "SET LOCAL plan_cache_mode = force_custom_plan",
    "SET LOCAL enable_seqscan = off",
)

# By index call_page, its first row and its last.
_BOUNDS = """
SELECT min(filed_at) AS oldest, max(filed_at) AS newest FROM intelligence.call
WHERE tenant_id = :tenant_id
"""
# By index call_page, or that of the filter.
_NEWEST = """
SELECT min(filed_at) AS oldest, count(*) AS calls FROM (
    SELECT filed_at FROM intelligence.call WHERE {where} AND {within}
    ORDER BY filed_at DESC LIMIT :most) AS newest
"""
_WITHIN = "filed_at >= :since AND filed_at < :until"
_MATCHES = """
SELECT count(*) AS matches, coalesce(array_agg(DISTINCT call_sid), '{{}}') AS calls
FROM ({matches}) AS found
"""


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that calls may have."""

    matches: str
    """SQL for the calls of a stretch that have it, at most `most` of each kind."""
    of_call: str
    """SQL for whether one call has it. OFFSET 0 keeps PostgreSQL from asking that of all calls
    before it reads the first."""
    values: Mapping[str, object]


# By index operator_result_label. A result is filed with its call or after it, as sentences are; the
# day is for clocks that differ.
_LABEL = (
    """
    SELECT call_sid FROM intelligence.operator_result
    WHERE tenant_id = :tenant_id AND label = :label
      AND call_filed_at >= :since AND call_filed_at < :until LIMIT :most
    """,
    """
    EXISTS (SELECT FROM intelligence.operator_result AS result
        WHERE result.tenant_id = call.tenant_id AND result.label = :label
          AND result.call_filed_at = call.filed_at AND result.call_sid = call.call_sid
          AND result.filed_at >= call.filed_at - interval '1 day' OFFSET 0)
    """,
)
# By indexes turn_search and sentence_search; of one call, by the primary key of turns and index
# sentence_call.
_WORDS = (
    """
    (SELECT call_sid FROM intelligence.turn
     WHERE tenant_id = :tenant_id AND filed_at >= :since AND filed_at < :until
       AND search @@ {query} LIMIT :most)
    UNION ALL
    (SELECT call_sid FROM intelligence.sentence
     WHERE tenant_id = :tenant_id AND call_filed_at >= :since AND call_filed_at < :until
       AND filed_at >= CAST(:since AS timestamptz) - interval '1 day'
       AND search @@ {query} LIMIT :most)
    """,
    """(
    EXISTS (SELECT FROM intelligence.turn
        WHERE turn.call_sid = call.call_sid AND turn.filed_at = call.filed_at
          AND turn.search @@ {query} OFFSET 0)
    OR EXISTS (SELECT FROM intelligence.sentence
        WHERE sentence.call_sid = call.call_sid AND sentence.search @@ {query}
          AND sentence.filed_at >= call.filed_at - interval '1 day' OFFSET 0))
    """,
)


def traits(where: Where) -> Sequence[Trait]:
    """What is to be found in the calls."""
    found = []
    if where.label is not None:
        found.append(Trait(*_LABEL, {"label": where.label}))
    if where.search is not None:
        matches, of_call = (sql.format(query=where.search.query) for sql in _WORDS)
        found.append(Trait(matches, of_call, {"text": where.search.text}))
    return found


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `since` to just before `until`."""

    since: datetime
    until: datetime


def stretches(since: datetime, until: datetime) -> Iterator[Stretch]:
    """The time between the two, the newest first: a month, another, then twice as many each time.

    They begin with a month, as partitions do, of which none is read in part without need.
    """
    months, more = 1, 1
    while until > since:
        begin = max(since, month_before(until, months))
        yield Stretch(begin, until)
        until, months, more = begin, more, more * 2


def month_before(until: datetime, months: int) -> datetime:
    """The beginning of the month that so many months reach back to, from just before `until`."""
    last = until.astimezone(UTC) - TICK
    year, month = divmod(last.year * 12 + last.month - months, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


async def page(
    connection: AsyncConnection, where: Where, after: Position | None, limit: int
) -> Sequence[CallRow]:
    """The calls of one page."""
    wanted = traits(where)
    if not wanted:
        return await call_rows.page(connection, where, after, limit)
    return await _search(connection, where, wanted, after, limit)


async def _search(
    connection: AsyncConnection,
    where: Where,
    wanted: Sequence[Trait],
    after: Position | None,
    limit: int,
) -> Sequence[CallRow]:
    for setting in _PLANNING:
        await connection.execute(text(setting))
    if where.is_of_number:
        return await call_rows.page(connection, _each(where, wanted), after, limit)
    tenant = {"tenant_id": where.values["tenant_id"]}
    bounds = (await connection.execute(text(_BOUNDS), tenant)).one()
    since, until = _span(where.values, bounds, after)
    newest = await _newest(connection, where, Stretch(since, until))
    walked = _each(_within(where, newest), wanted)
    rows = [*await call_rows.page(connection, walked, after, limit)]
    for stretch in stretches(since, newest.since):
        if len(rows) >= limit:
            break
        narrowed = await _narrowed(connection, where, wanted, stretch)
        if narrowed is not None:
            rows += await call_rows.page(connection, narrowed, after, limit - len(rows))
    return rows


async def _newest(connection: AsyncConnection, where: Where, whole: Stretch) -> Stretch:
    """The end of the time that has the newest calls; all of it if they are few."""
    within = _within(where, whole)
    statement = _NEWEST.format(where=where.sql, within=_WITHIN)
    found = (await connection.execute(text(statement), {**within.values, "most": WALKED})).one()
    return replace(whole, since=found.oldest) if found.calls == WALKED else whole


def _within(where: Where, stretch: Stretch) -> Where:
    values = {**where.values, "since": stretch.since, "until": stretch.until}
    return Where(f"{where.sql} AND {_WITHIN}", values)


def _each(where: Where, wanted: Sequence[Trait]) -> Where:
    """Asked of each call as it is read."""
    values = {**where.values, **{k: v for trait in wanted for k, v in trait.values.items()}}
    return Where(" AND ".join([where.sql, *(trait.of_call for trait in wanted)]), values)


def _span(
    values: Mapping[str, Any], bounds: Row[Any], after: Position | None
) -> tuple[datetime, datetime]:
    """What is to be searched: where calls are, as asked for, and behind the page before."""
    if bounds.newest is None:
        return NEVER, NEVER
    since = max(bounds.oldest, values.get("since", bounds.oldest))
    ends = [bounds.newest + TICK, values.get("until", bounds.newest + TICK)]
    if after is not None:
        ends.append(from_microseconds(after.created_us) + TICK)
    return since, min(ends)


async def _narrowed(
    connection: AsyncConnection, where: Where, wanted: Sequence[Trait], stretch: Stretch
) -> Where | None:
    """The calls of the stretch, those that have what is rare by their sids; None if there are none.

    What is common is to be asked of each call as it is read.
    """
    span = {"since": stretch.since, "until": stretch.until}
    within = _within(where, stretch)
    conditions, values = [within.sql], {**within.values}
    for n, trait in enumerate(wanted):
        asked = {"tenant_id": where.values["tenant_id"], **span, **trait.values, "most": MOST}
        statement = _MATCHES.format(matches=trait.matches)
        found = (await connection.execute(text(statement), asked)).one()
        if not found.matches:
            return None
        if found.matches < MOST:
            conditions.append(f"call_sid = ANY(:calls_{n})")
            values[f"calls_{n}"] = found.calls
        else:
            conditions.append(trait.of_call)
            values |= trait.values
    return Where(" AND ".join(conditions), values)
