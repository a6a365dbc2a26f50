"""How campaigns come to rest: paused once nothing of theirs is on its way, cancelled, completed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.attempt_events import Cancel, CancelWanted
from dialer.contact import ContactState, leave
from dialer.crash import Point
from dialer.store import attempts, contacts
from dialer.store.campaigns import CampaignFacts, own_campaign
from dialer.store.reduction import Chances, Reduction, Todo
from trunkline.events.dial import CampaignChanged

AT_ONCE = 500  # contacts that one transaction brings to their end
OVER = "campaign_over"
CANCELLED = "campaign_cancelled"


@dataclass(frozen=True, slots=True)
class Alive:
    """A campaign that is not at rest."""

    id: uuid.UUID
    state: str


# campaign_alive holds them.
_ALIVE = text("""
SELECT id, state FROM dialer.campaign
WHERE state IN ('scheduled', 'running', 'pausing', 'cancelling') ORDER BY id
""")


async def alive(connection: AsyncConnection) -> Sequence[Alive]:
    """All campaigns that are not at rest."""
    return [Alive(row.id, row.state) for row in await connection.execute(_ALIVE)]


# attempt_in_flight finds what is on its way; contact_state whether anybody is left, and
# import_job_page whether anybody is still to come.
_UNSENT = text("""
SELECT EXISTS (SELECT FROM dialer.attempt
               WHERE campaign_id = :id AND state IN ('reserved', 'posting'))
""")
_IN_FLIGHT = text("""
SELECT id FROM dialer.attempt
WHERE campaign_id = :id
  AND state IN ('reserved', 'posting', 'unknown', 'submitted', 'ringing', 'in_progress')
""")
_QUEUED = text("""
SELECT id FROM dialer.attempt
WHERE campaign_id = :id AND state = 'submitted' AND NOT initiated AND cancel = ''
""")
_LEFT = text("""
SELECT EXISTS (SELECT FROM dialer.contact
               WHERE campaign_id = :id
                 AND state IN ('ready', 'waiting', 'dialing', 'needs_review', 'needs_timezone'))
""")
_BEGUN = text("SELECT EXISTS (SELECT FROM dialer.contact WHERE campaign_id = :id)")
_IMPORTING = text("""
SELECT EXISTS (SELECT FROM dialer.import_job
               WHERE campaign_id = :id AND state IN ('uploading', 'pending', 'running'))
""")

# The primary key finds it.
_SET = text("""
UPDATE dialer.campaign
SET state = :state, started_at = CASE WHEN :begins THEN clock_timestamp() ELSE started_at END,
    finished_at = CASE WHEN :ends THEN clock_timestamp() END
WHERE id = :id
""")


@dataclass(frozen=True, slots=True)
class Step:
    """What a step wants to be done, and whether the next one can be taken at once."""

    todo: Sequence[Todo]
    more: bool = False


async def advance(connection: AsyncConnection, campaign_id: uuid.UUID, chances: Chances) -> Step:
    """Take a campaign one step nearer to its rest; in a transaction of its own."""
    work = await Reduction.begin(connection, chances)
    campaign = await own_campaign(connection, campaign_id)
    over = campaign.ends_at is not None and campaign.ends_at <= work.at
    more = False
    match campaign.state:
        case "scheduled" if campaign.starts_at is None or campaign.starts_at <= work.at:
            await _become(connection, work, campaign, "running", begins=True)
        case "pausing" if not await _exists(connection, _UNSENT, campaign_id):
            chances.crash(Point.WHILE_PAUSING)
            await _become(connection, work, campaign, "paused")
        case "running" if await _is_done(connection, campaign_id, over=over):
            await _become(connection, work, campaign, "completed", ends=True)
        case "running" if over:
            await _take_back(connection, work, campaign_id)
            more = await _end_some(connection, work, campaign_id, ContactState.EXPIRED, OVER)
        case _:
            pass
    await work.finish()
    return Step(work.todo, more)


async def _take_back(connection: AsyncConnection, work: Reduction, campaign_id: uuid.UUID) -> None:
    """End the calls that Twilio has not begun to dial: they would ring after the campaign's end."""
    ids = list((await connection.execute(_QUEUED, {"id": campaign_id})).scalars())
    for held in (await attempts.lock(connection, ids)).values():
        await work.feed(held, CancelWanted(Cancel.UNANSWERED))


async def cancel(connection: AsyncConnection, campaign_id: uuid.UUID, chances: Chances) -> Step:
    """Cancel some of the contacts, and the calls that its author wants ended; in the end all."""
    work = await Reduction.begin(connection, chances)
    mode = (await connection.execute(_MODE, {"id": campaign_id})).scalar_one_or_none()
    wish = _WISHES.get(mode or "")
    ids = list((await connection.execute(_IN_FLIGHT, {"id": campaign_id})).scalars())
    for held in (await attempts.lock(connection, ids)).values():
        if wish is not None and held.life.cancel is not wish:
            await work.feed(held, CancelWanted(wish))
    more = await _end_some(connection, work, campaign_id, ContactState.CANCELLED, CANCELLED)
    campaign = await own_campaign(connection, campaign_id)
    if campaign.state == "cancelling" and await _nobody_is_left(connection, campaign_id):
        await _become(connection, work, campaign, "cancelled", ends=True)
    await work.finish()
    return Step(work.todo, more)


_MODE = text("SELECT cancel_mode FROM dialer.campaign WHERE id = :id AND state = 'cancelling'")
_WISHES = {"cancel_queued": Cancel.UNANSWERED, "hangup": Cancel.ANY}


async def _end_some(
    connection: AsyncConnection,
    work: Reduction,
    campaign_id: uuid.UUID,
    state: ContactState,
    detail: str,
) -> bool:
    """Bring some contacts that nobody is calling to this end, whatever they wait for; whether
    there may be more."""
    left_over = await contacts.lock_left(connection, campaign_id, AT_ONCE)
    for contact in left_over:
        left = leave(contact.value, state, detail)
        await contacts.save(connection, contact, left, work.told)
    return len(left_over) == AT_ONCE


async def _is_done(connection: AsyncConnection, campaign_id: uuid.UUID, *, over: bool) -> bool:
    """Whether everybody in it has come to an end. An empty campaign waits for its list until it is
    over."""
    begun = over or await _exists(connection, _BEGUN, campaign_id)
    return begun and await _nobody_is_left(connection, campaign_id)


async def _nobody_is_left(connection: AsyncConnection, campaign_id: uuid.UUID) -> bool:
    """Whether nobody in it is open, and nobody is being added."""
    left = await _exists(connection, _LEFT, campaign_id)
    return not left and not await _exists(connection, _IMPORTING, campaign_id)


async def _exists(
    connection: AsyncConnection, statement: TextClause, campaign_id: uuid.UUID
) -> bool:
    return bool((await connection.execute(statement, {"id": campaign_id})).scalar_one())


async def _become(
    connection: AsyncConnection,
    work: Reduction,
    campaign: CampaignFacts,
    state: str,
    *,
    begins: bool = False,
    ends: bool = False,
) -> None:
    values = {"id": campaign.id, "state": state, "begins": begins, "ends": ends}
    await connection.execute(_SET, values)
    work.told.add(campaign.tenant_id, campaign.id, CampaignChanged(state))
