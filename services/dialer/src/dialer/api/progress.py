"""`/v1/campaigns/{id}/progress`: counts, derived from the rows at the moment of asking."""

import uuid

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.api import campaign_rows
from dialer.api.context import WithParts
from dialer.api.scopes import Reader
from dialer.api.transitions import State
from dialer.attempt_events import IN_FLIGHT
from trunkline.api.times import Time
from trunkline.database.transaction import transaction

routes = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])


class Share(BaseModel):
    """A rate, with what it is a part of: docs/dialing.md says what the names mean."""

    count: int
    of: int
    share: float | None = Field(description="Null while there is nothing to be a part of.")


class Progress(BaseModel):
    """How far a campaign is. `accepted` is the sum of `contacts` at every moment."""

    campaign_id: uuid.UUID
    state: State
    at: Time
    accepted: int = Field(description="Contacts that the campaign has taken in.")
    finished: int = Field(description="Contacts that have come to an end.")
    contacts: dict[str, int] = Field(description="By state.")
    dispositions: dict[str, int] = Field(description="Of the finished contacts; they add up.")
    attempts: dict[str, int] = Field(description="By state.")
    in_flight: int
    importing: int = Field(description="Lists that are still being worked through.")
    reached: Share = Field(description="Contacts of which a person answered, of the dialed ones.")
    answered: Share = Field(description="Attempts that were answered, of those that were placed.")
    machines: Share = Field(description="Attempts that a machine answered, of the answered ones.")
    abandoned: Share = Field(description="Answered without an agent in time, of those by people.")


# contact_state serves it as an index-only scan.
_CONTACTS = text("""
SELECT state, coalesce(disposition, '') AS disposition, count(*) AS count
FROM dialer.contact WHERE campaign_id = :id GROUP BY 1, 2
""")

# attempt_page finds them. Answered is what `attempt_facts.answered` says.
_ATTEMPTS = text("""
SELECT state, count(*) AS count,
       count(*) FILTER (WHERE sid IS NOT NULL) AS placed,
       count(*) FILTER (WHERE answered_at IS NOT NULL OR state = 'completed') AS answered,
       count(*) FILTER (WHERE (answered_at IS NOT NULL OR state = 'completed')
                          AND (answered_by LIKE 'machine%' OR answered_by = 'fax')) AS machines,
       count(*) FILTER (WHERE abandoned) AS abandoned
FROM dialer.attempt WHERE campaign_id = :id GROUP BY 1
""")
_DIALED = text("""
SELECT count(DISTINCT contact_id) FROM dialer.attempt
WHERE campaign_id = :id AND sid IS NOT NULL
""")
_IMPORTS = text("""
SELECT count(*), clock_timestamp() AS now FROM dialer.import_job
WHERE campaign_id = :id AND state IN ('pending', 'running')
""")


@routes.get("/{campaign_id}/progress")
async def progress(campaign_id: uuid.UUID, principal: Reader, parts: WithParts) -> Progress:
    """How far a campaign is."""
    async with transaction(parts.engine) as connection:
        await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        row = await campaign_rows.read(connection, principal.tenant_id, campaign_id)
        return await _counted(connection, campaign_id, State(row.state))


async def _counted(connection: AsyncConnection, campaign_id: uuid.UUID, state: State) -> Progress:
    values = {"id": campaign_id}
    contacts = (await connection.execute(_CONTACTS, values)).all()
    attempts = (await connection.execute(_ATTEMPTS, values)).all()
    dialed: int = (await connection.execute(_DIALED, values)).scalar_one()
    importing, now = (await connection.execute(_IMPORTS, values)).one()
    by_state: dict[str, int] = {}
    for row in contacts:
        by_state[row.state] = by_state.get(row.state, 0) + row._mapping["count"]
    dispositions: dict[str, int] = {}
    for row in contacts:
        if row.disposition:
            known = dispositions.get(row.disposition, 0)
            dispositions[row.disposition] = known + row._mapping["count"]
    tried = {row.state: row._mapping["count"] for row in attempts}
    placed, answered, machines, abandoned = (
        sum(row._mapping[name] for row in attempts)
        for name in ("placed", "answered", "machines", "abandoned")
    )
    return Progress(
        campaign_id=campaign_id,
        state=state,
        at=now,
        accepted=sum(by_state.values()),
        finished=sum(dispositions.values()),
        contacts=by_state,
        dispositions=dispositions,
        attempts=tried,
        in_flight=sum(tried.get(each, 0) for each in IN_FLIGHT),
        importing=importing,
        reached=_share(dispositions.get("human", 0), dialed),
        answered=_share(answered, placed),
        machines=_share(machines, answered),
        abandoned=_share(abandoned, answered - machines),
    )


def _share(count: int, of: int) -> Share:
    return Share(count=count, of=of, share=round(count / of, 4) if of else None)
