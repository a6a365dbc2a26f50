"""`/v1/aggregates`: figures over many calls, by hour or day, for dashboards."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from intelligence_ingest.api import aggregate_rows, aggregate_shown
from intelligence_ingest.api.aggregate_models import (
    CallCounts,
    Escalations,
    Interruptions,
    LabelCounts,
    Latency,
    Series,
)
from intelligence_ingest.api.aggregate_rows import Figure
from intelligence_ingest.api.aggregate_scope import Scope, WithScope
from intelligence_ingest.api.context import WithParts
from intelligence_ingest.api.scopes import Reader
from trunkline.api.problem import FieldError, InvalidRequest
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1/aggregates", tags=["aggregates"])

MOST_LABELS = 20_000
"""Labels of one answer, over all buckets and operators."""

SENTIMENT = ("Sentiment Analysis", "Sentiment")  # as Twilio's second and third version call it
ESCALATION = "Escalation Request"


@routes.get("/calls")
async def calls(principal: Reader, parts: WithParts, scope: WithScope) -> Series[CallCounts]:
    """How many calls there were and how they ended; transfers, opt-outs, how long they took."""
    async with transaction(parts.engine) as connection:
        rows = await aggregate_rows.calls(connection, scope.of(principal.tenant_id))
    return scope.series(rows, aggregate_shown.calls)


@routes.get("/labels")
async def labels(
    principal: Reader,
    parts: WithParts,
    scope: WithScope,
    operator: Annotated[
        list[str] | None, Query(max_length=20, description="Names of operators; all if none.")
    ] = None,
) -> Series[LabelCounts]:
    """Which labels calls were given, by operator: Twilio's and our own, with their shares."""
    return await _labels(principal.tenant_id, parts, scope, operator or ())


@routes.get("/sentiment")
async def sentiment(principal: Reader, parts: WithParts, scope: WithScope) -> Series[LabelCounts]:
    """How callers felt: the labels of Twilio's operator for sentiment, with their shares."""
    return await _labels(principal.tenant_id, parts, scope, SENTIMENT)


@routes.get("/escalations")
async def escalations(
    principal: Reader,
    parts: WithParts,
    scope: WithScope,
    operator: Annotated[
        str, Query(max_length=200, description="The operator that notices the wish for a person.")
    ] = ESCALATION,
) -> Series[Escalations]:
    """In how many calls a person was asked for, and how many were transferred."""
    asked = scope.of(principal.tenant_id)
    async with transaction(parts.engine) as connection:
        rows = await aggregate_rows.escalations(connection, asked, operator)
    return scope.series(rows, aggregate_shown.escalations)


@routes.get("/latency")
async def latency(
    principal: Reader,
    parts: WithParts,
    scope: WithScope,
    figure: Annotated[
        Figure,
        Query(
            description="first_words: from the caller's last word to our first, as callers have"
            " it. The others are the worker's: waiting, the model's first token, tools, all of it."
        ),
    ] = Figure.FIRST_WORDS,
) -> Series[Latency]:
    """Percentiles of how long turns took; `bucket=whole` for those of the whole time."""
    async with transaction(parts.engine) as connection:
        rows = await aggregate_rows.latency(connection, scope.of(principal.tenant_id), figure)
    return scope.series(rows, aggregate_shown.latency)


@routes.get("/interruptions")
async def interruptions(
    principal: Reader, parts: WithParts, scope: WithScope
) -> Series[Interruptions]:
    """How often callers spoke over the agent."""
    async with transaction(parts.engine) as connection:
        rows = await aggregate_rows.interruptions(connection, scope.of(principal.tenant_id))
    return scope.series(rows, aggregate_shown.interruptions)


async def _labels(
    tenant_id: str, parts: WithParts, scope: Scope, operators: Sequence[str]
) -> Series[LabelCounts]:
    async with transaction(parts.engine) as connection:
        rows = await aggregate_rows.labels(
            connection, scope.of(tenant_id), operators, MOST_LABELS + 1
        )
    if len(rows) > MOST_LABELS:
        detail = "too many different labels: name operators, or ask for less time or larger buckets"
        raise InvalidRequest(errors=[FieldError("query/operator", "too_many_labels", detail)])
    return scope.series(rows, aggregate_shown.label_counts)
