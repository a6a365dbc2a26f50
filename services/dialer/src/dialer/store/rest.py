"""How campaigns come to rest: paused once nothing of theirs is on its way, cancelled, completed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.attempt_events import Cancel, CancelWanted
from dialer.contact import ContactState, leave
from dialer.crash import Point
from dialer.store import attempts, contacts
from dialer.store.campaigns import CampaignFacts, own_campaign, read_campaign
from dialer.store.contacts import HeldContact
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
    """Take a campaign one step nearer to its rest; in a transaction of its own.

    Whoever writes ahead shares the campaign's row: it is locked only when a step is due.
    """
    work = await Reduction.begin(connection, chances)
    more = False
    match await _due(connection, await read_campaign(connection, campaign_id), work.at):
        case None:
            pass
        case Due.EXPIRE:
            more = await _expire(connection, work, campaign_id)
        case _:
            campaign = await own_campaign(connection, campaign_id)
            await _step(connection, work, campaign, chances)
    await work.finish()
    return Step(work.todo, more)


class Due(Enum):
    """The next step of a campaign, if it is time for one."""

    BEGIN = "begin"
    PAUSE = "pause"
    COMPLETE = "complete"
    EXPIRE = "expire"


async def _due(connection: AsyncConnection, campaign: CampaignFacts, at: datetime) -> Due | None:
    over = campaign.ends_at is not None and campaign.ends_at <= at
    match campaign.state:
        case "scheduled" if campaign.starts_at is None or campaign.starts_at <= at:
            return Due.BEGIN
        case "pausing" if not await _exists(connection, _UNSENT, campaign.id):
            return Due.PAUSE
        case "running" if await _is_done(connection, campaign.id, over=over):
            return Due.COMPLETE
        case "running" if over:
            return Due.EXPIRE
    return None


async def _step(
    connection: AsyncConnection, work: Reduction, campaign: CampaignFacts, chances: Chances
) -> None:
    match await _due(connection, campaign, work.at):
        case Due.BEGIN:
            await _become(connection, work, campaign, "running", begins=True)
        case Due.PAUSE:
            chances.crash(Point.WHILE_PAUSING)
            await _become(connection, work, campaign, "paused")
        case Due.COMPLETE:
            await _become(connection, work, campaign, "completed", ends=True)
        case _:
            pass


async def _expire(connection: AsyncConnection, work: Reduction, campaign_id: uuid.UUID) -> bool:
    """End some contacts of a campaign that is over, and the calls that Twilio has not begun to
    dial, which would ring after its end; whether there may be more.

    Locked as by everybody: attempts, contacts, the campaign, whose end may have been moved.
    """
    ids = list((await connection.execute(_QUEUED, {"id": campaign_id})).scalars())
    queued = await attempts.lock(connection, ids)
    left_over = await contacts.lock_left(connection, campaign_id, AT_ONCE)
    campaign = await own_campaign(connection, campaign_id)
    if await _due(connection, campaign, work.at) is not Due.EXPIRE:
        return False
    for held in queued.values():
        await work.feed(held, CancelWanted(Cancel.UNANSWERED))
    return await _end(connection, work, left_over, ContactState.EXPIRED, OVER)


async def cancel(connection: AsyncConnection, campaign_id: uuid.UUID, chances: Chances) -> Step:
    """Cancel some of the contacts, and the calls that its author wants ended; in the end all."""
    work = await Reduction.begin(connection, chances)
    mode = (await connection.execute(_MODE, {"id": campaign_id})).scalar_one_or_none()
    wish = _WISHES.get(mode or "")
    ids = list((await connection.execute(_IN_FLIGHT, {"id": campaign_id})).scalars())
    for held in (await attempts.lock(connection, ids)).values():
        if wish is not None and held.life.cancel is not wish:
            await work.feed(held, CancelWanted(wish))
    left_over = await contacts.lock_left(connection, campaign_id, AT_ONCE)
    more = await _end(connection, work, left_over, ContactState.CANCELLED, CANCELLED)
    campaign = await own_campaign(connection, campaign_id)
    if campaign.state == "cancelling" and await _nobody_is_left(connection, campaign_id):
        await _become(connection, work, campaign, "cancelled", ends=True)
    await work.finish()
    return Step(work.todo, more)


_MODE = text("SELECT cancel_mode FROM dialer.campaign WHERE id = :id AND state = 'cancelling'")
_WISHES = {"cancel_queued": Cancel.UNANSWERED, "hangup": Cancel.ANY}


async def _end(
    connection: AsyncConnection,
    work: Reduction,
    left_over: Sequence[HeldContact],
    state: ContactState,
    detail: str,
) -> bool:
    """Bring these contacts that nobody is calling to this end, whatever they wait for; whether
    there may be more."""
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
