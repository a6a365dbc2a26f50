"""What nobody needs any more is removed, some at a time."""

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

# The bus keeps records for seven days: what is older cannot come again. inbox_read serves it.
_INBOX = text("""
DELETE FROM dialer.inbox WHERE ctid IN (
    SELECT ctid FROM dialer.inbox
    WHERE read_at < clock_timestamp() - interval '8 days' LIMIT :limit)
""")

# outbox_published serves it.
_OUTBOX = text("""
DELETE FROM dialer.outbox WHERE id IN (
    SELECT id FROM dialer.outbox
    WHERE published_at < clock_timestamp() - interval '7 days' LIMIT :limit)
""")

# The listings of attempts that are long over: attempt_page is of no use, so a whole look at a small
# table, which holds a handful of rows for each attempt that nobody had heard of.
_LISTINGS = text("""
DELETE FROM dialer.listing WHERE ctid IN (
    SELECT ctid FROM dialer.listing
    WHERE listed_at < clock_timestamp() - interval '30 days' LIMIT :limit)
""")

_ALL: tuple[TextClause, ...] = (_INBOX, _OUTBOX, _LISTINGS)


async def forget(connection: AsyncConnection, limit: int) -> bool:
    """Remove some of everything; whether there may be more."""
    removed = [
        (await connection.execute(statement, {"limit": limit})).rowcount for statement in _ALL
    ]
    return max(removed) == limit
