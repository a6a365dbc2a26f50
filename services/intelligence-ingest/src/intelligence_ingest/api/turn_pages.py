"""Pages of turns, for their export."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.api.filters import Words
from intelligence_ingest.api.keysets import Listing
from trunkline.api.cursor import Position
from trunkline.api.times import Time
from trunkline.protect import NumberVault


class Turn(BaseModel):
    """One turn: what was asked, said and heard, and how long that took."""

    call_sid: str
    turn: int
    filed_at: Time
    agent_id: str
    agent_version: str
    language: str
    asked: str | None
    said: str | None
    heard: str | None
    keys: str | None
    interrupted: bool
    attempts: int
    fillers: int
    apologised: bool
    model: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    queued_ms: int
    first_token_ms: int
    total_ms: int
    tools_ms: int
    first_words_ms: int
    asked_at: Time
    finished_at: Time


COLUMNS = ", ".join(name for name in Turn.model_fields if name != "keys") + ", keys_enc"

# By turn_figures.
TURNS = Listing(
    "intelligence.turn",
    COLUMNS,
    ("call_sid", "turn"),
    {
        "since": "filed_at >= :since",
        "until": "filed_at < :until",
        "agent": "agent_id = :agent",
        "campaign": """(call_sid, filed_at) IN (SELECT call_sid, filed_at FROM intelligence.call
            WHERE tenant_id = :tenant_id AND campaign_id = :campaign)""",
        "interrupted": "interrupted = :interrupted",
    },
    numbers=("turn",),
)


@dataclass(frozen=True, slots=True)
class TurnFilter:
    """Which turns; what is left out does not matter."""

    since: datetime | None = None
    until: datetime | None = None
    agent: str | None = None
    campaign: str | None = None
    interrupted: bool | None = None


def turn_filter(
    since: Annotated[Time | None, Query(description="Of calls filed then or later.")] = None,
    until: Annotated[Time | None, Query(description="Of calls filed before.")] = None,
    agent: Words = None,
    campaign: Words = None,
    interrupted: bool | None = None,
) -> TurnFilter:
    """What the request asks for."""
    return TurnFilter(since, until, agent, campaign, interrupted)


WithTurnFilter = Annotated[TurnFilter, Depends(turn_filter)]


async def turn_page(
    connection: AsyncConnection,
    tenant_id: str,
    asked: TurnFilter,
    after: Position | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """One page, the calls that are newest first."""
    return await TURNS.page(connection, tenant_id, asdict(asked), after, limit)


def turn_of(row: Row[Any], vault: NumberVault, *, in_full: bool) -> Turn:
    """A turn as it is answered; keys that were pressed may be a number."""
    own = {name: value for name, value in row._mapping.items() if name != "keys_enc"}
    shown = in_full and row.keys_enc is not None
    return Turn(**own, keys=vault.decrypt(row.keys_enc) if shown else None)
