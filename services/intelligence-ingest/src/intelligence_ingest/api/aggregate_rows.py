"""Figures over many calls between PostgreSQL and the API.

Each statement tells the number of the bucket, from 1, in which its rows are; buckets without rows
are filled in by whoever shows them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.api.spans import Span

BUCKET = "width_bucket({time}, CAST(:starts AS timestamptz[])) AS bucket"
WITHIN = "tenant_id = :tenant_id AND {time} >= :since AND {time} < :until"


class Figure(StrEnum):
    """What takes time in a turn; the columns of the same name, with `_ms`."""

    FIRST_WORDS = "first_words"
    FIRST_TOKEN = "first_token"
    QUEUED = "queued"
    TOOLS = "tools"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose calls, and when; None where it does not matter."""

    tenant_id: str
    span: Span
    agent: str | None = None
    campaign: str | None = None


# By index call_page, or its sisters for one agent or campaign.
CALLS = """
SELECT {bucket}, outcome, count(*) AS calls, count(transferred_to) AS transferred,
       count(opted_out_at) AS opted_out, count(duration_ms) AS timed,
       coalesce(sum(duration_ms), 0) AS duration_ms
FROM intelligence.call WHERE {within} {filters} GROUP BY 1, 2
"""
# By index operator_result_time.
LABELS = """
SELECT {bucket}, operator_name, label, count(*) AS results
FROM intelligence.operator_result
WHERE {within} AND label IS NOT NULL {filters} GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC, 3
LIMIT :limit
"""
# By index operator_result_matched, once, and call_page.
ESCALATIONS = """
SELECT {bucket}, count(*) AS calls, count(transferred_to) AS transferred,
       count(found.call_sid) AS escalated
FROM intelligence.call LEFT JOIN (
    SELECT DISTINCT call_sid, call_filed_at FROM intelligence.operator_result
    WHERE tenant_id = :tenant_id AND operator_name = :operator AND matched
      AND call_filed_at >= :since AND call_filed_at < :until
) AS found USING (call_sid)
WHERE {within} {filters} GROUP BY 1
"""
# By index turn_figures alone.
LATENCY = """
SELECT bucket, count(*) AS turns,
       percentile_disc(ARRAY[0.5, 0.9, 0.95, 0.99]) WITHIN GROUP (ORDER BY ms) AS ms
FROM (SELECT {bucket}, {column} AS ms FROM intelligence.turn
      WHERE {within} AND {column} > 0 {filters}) AS timed
GROUP BY bucket
"""
INTERRUPTIONS = """
SELECT {bucket}, count(*) AS turns, count(*) FILTER (WHERE interrupted) AS interrupted
FROM intelligence.turn WHERE {within} {filters} GROUP BY 1
"""

# The calls of a campaign by index call_campaign; then what belongs to them by its own key.
OF_CAMPAIGN = """AND (call_sid, filed_at) IN (
    SELECT call_sid, filed_at FROM intelligence.call
    WHERE tenant_id = :tenant_id AND campaign_id = :campaign
      AND filed_at >= :since AND filed_at < :until)"""
OF_CALLS = """AND (call_sid, call_filed_at) IN (
    SELECT call_sid, filed_at FROM intelligence.call
    WHERE tenant_id = :tenant_id AND filed_at >= :since AND filed_at < :until {filters})"""

# A result counts where its call is; one without a call of ours where it is itself.
RESULT_TIME = "coalesce(call_filed_at, filed_at)"

Rows = Sequence[Row[Any]]


async def calls(connection: AsyncConnection, asked: Asked) -> Rows:
    """Calls by bucket and outcome."""
    return await _rows(connection, asked, _statement(CALLS, filters=_of_call(asked)))


async def labels(
    connection: AsyncConnection, asked: Asked, operators: Sequence[str], limit: int
) -> Rows:
    """Labels by bucket and operator, the most frequent first; of no operators, of all."""
    filters = OF_CALLS.format(filters=_of_call(asked)) if _of_call(asked) else ""
    more: dict[str, object] = {"limit": limit}
    if operators:
        filters += " AND operator_name = ANY(:operators)"
        more["operators"] = list(operators)
    statement = _statement(LABELS, RESULT_TIME, filters=filters)
    return await _rows(connection, asked, statement, more)


async def escalations(connection: AsyncConnection, asked: Asked, operator: str) -> Rows:
    """Calls, those with a match of the operator, and those that were transferred."""
    statement = _statement(ESCALATIONS, filters=_of_call(asked))
    return await _rows(connection, asked, statement, {"operator": operator})


async def latency(connection: AsyncConnection, asked: Asked, figure: Figure) -> Rows:
    """Percentiles of one figure of turns."""
    statement = _statement(LATENCY, filters=_of_turn(asked), column=f"{figure.value}_ms")
    return await _rows(connection, asked, statement)


async def interruptions(connection: AsyncConnection, asked: Asked) -> Rows:
    """Turns, and those that were interrupted."""
    return await _rows(connection, asked, _statement(INTERRUPTIONS, filters=_of_turn(asked)))


def _statement(template: str, time: str = "filed_at", **parts: str) -> str:
    return template.format(
        bucket=BUCKET.format(time=time), within=WITHIN.format(time=time), **parts
    )


def _of_call(asked: Asked) -> str:
    agent = " AND agent_id = :agent" if asked.agent is not None else ""
    return agent + (" AND campaign_id = :campaign" if asked.campaign is not None else "")


def _of_turn(asked: Asked) -> str:
    """A turn knows which agent had it, but not the campaign."""
    agent = " AND agent_id = :agent " if asked.agent is not None else ""
    return agent + (OF_CAMPAIGN if asked.campaign is not None else "")


async def _rows(
    connection: AsyncConnection,
    asked: Asked,
    statement: str,
    more: Mapping[str, object] | None = None,
) -> Rows:
    given = {"agent": asked.agent, "campaign": asked.campaign}
    values = {
        "tenant_id": asked.tenant_id,
        "since": asked.span.since,
        "until": asked.span.until,
        "starts": list(asked.span.starts),
        **{name: value for name, value in given.items() if value is not None},
        **(more or {}),
    }
    return (await connection.execute(text(statement), values)).all()
