"""Somebody does not want to be called any more: from this transaction's end on, nobody does."""

import uuid
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.attempt_events import Cancel, CancelWanted
from dialer.contact import ContactState, leave
from dialer.news import News
from dialer.store import attempts, contacts
from dialer.store.attempts import Held
from dialer.store.reduction import Reduction
from trunkline.events.dial import ContactOptedOut
from trunkline.protect import NumberVault

# The unique index finds it: once for each number, whoever says it again.
_SUPPRESS = text("""
INSERT INTO dialer.suppression AS kept (id, tenant_id, num_key, num_hmac, num_enc, reason, source,
                                        call_sid)
VALUES (:id, :tenant_id, :num_key, :num_hmac, :num_enc, 'opt_out', 'call', :call_sid)
ON CONFLICT (tenant_id, num_hmac, scope, scope_key) DO UPDATE
SET expires_at = NULL, reason = excluded.reason WHERE kept.expires_at IS NOT NULL
""")

# attempt_live holds those that still have their number.
_LIVE = text("""
SELECT id FROM dialer.attempt
WHERE tenant_id = :tenant_id AND num_hmac = ANY (CAST(:hmacs AS bytea[])) AND holds_number
""")


async def opt_out(
    connection: AsyncConnection,
    work: Reduction,
    vault: NumberVault,
    news: News,
    held: dict[uuid.UUID, Held],
) -> None:
    """Suppress the number for the whole tenant; nobody rings it any more, in any campaign.

    The number's lock is taken: a write-ahead for it has either been committed, and its call is
    ended before anybody answers, or it will find the suppression.
    """
    assert news.opt_out is not None
    number = news.opt_out.number
    indexes = vault.indexes(news.tenant_id, number)
    values = {
        "id": uuid.uuid4(),
        "tenant_id": news.tenant_id,
        "num_key": indexes[0].key,
        "num_hmac": indexes[0].hmac,
        "num_enc": vault.encrypt(number),
        "call_sid": news.call_sid,
    }
    await connection.execute(_SUPPRESS, values)
    hmacs = [index.hmac for index in indexes]
    await silence(connection, work, news.tenant_id, hmacs, held)
    known = held.get(news.attempt_id) if news.attempt_id else None
    if known is not None:
        told = ContactOptedOut(str(known.id), str(known.contact_id))
        work.told.add(known.tenant_id, known.campaign_id, told)


async def silence(
    connection: AsyncConnection,
    work: Reduction,
    tenant_id: str,
    hmacs: Sequence[bytes],
    held: dict[uuid.UUID, Held],
) -> None:
    """Let no more calls to the number begin or ring: end what waits or rings, and every contact."""
    rows = await connection.execute(_LIVE, {"tenant_id": tenant_id, "hmacs": list(hmacs)})
    live = list(rows.scalars())
    held |= await attempts.lock(connection, [each for each in live if each not in held])
    for each in live:
        held[each] = await work.feed(held[each], CancelWanted(Cancel.UNANSWERED))
    for contact in await contacts.lock_callee(connection, tenant_id, hmacs):
        left = leave(contact.value, ContactState.SUPPRESSED, "opt_out")
        await contacts.save(connection, contact, left, work.told)
