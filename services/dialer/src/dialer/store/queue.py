"""Who has somebody to call: what the placer deals slots to."""

import uuid
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.dealing import AccountQueues, Queue

# campaign_alive finds the campaigns, contact_ready counts up to the limit in each class.
_QUEUES = text("""
SELECT campaign.id, campaign.weight, campaign.priority, campaign.cps,
       account.account_sid, account.tenant_id, account.cps AS account_cps,
       class.priority AS class_, ready.count AS ready
FROM dialer.campaign
JOIN dialer.account USING (account_sid)
CROSS JOIN (VALUES (0), (1), (2)) AS class (priority)
CROSS JOIN LATERAL (
    SELECT count(*) AS count FROM (
        SELECT FROM dialer.contact
        WHERE campaign_id = campaign.id AND state = 'ready' AND priority = class.priority
          AND next_at <= now()
        LIMIT :limit) AS counted
) AS ready
WHERE campaign.state = 'running' AND ready.count > 0
  AND (campaign.starts_at IS NULL OR campaign.starts_at <= clock_timestamp())
ORDER BY account.account_sid, campaign.id, class.priority
""")


async def queues(connection: AsyncConnection, limit: int) -> Sequence[AccountQueues]:
    """Every account that has somebody to call."""
    accounts: dict[str, AccountQueues] = {}
    found: dict[uuid.UUID, Queue] = {}
    for row in await connection.execute(_QUEUES, {"limit": limit}):
        if row.id not in found:
            known = AccountQueues(row.account_sid, row.tenant_id, row.account_cps, [])
            found[row.id] = Queue(row.id, row.weight, row.priority, row.cps, {})
            accounts.setdefault(row.account_sid, known).queues.append(found[row.id])
        found[row.id].ready[row.class_] = row.ready
    return list(accounts.values())
