"""What nobody needs any more is removed, some at a time.

Ages count from the beginning of the statement: a moment that goes on could not be looked up in an
index.
"""

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

# The bus keeps records for seven days: what is older cannot come again. inbox_read serves it.
_INBOX = text("""
DELETE FROM dialer.inbox WHERE ctid IN (
    SELECT ctid FROM dialer.inbox
    WHERE read_at < statement_timestamp() - interval '8 days' LIMIT :limit)
""")

# outbox_published serves it.
_OUTBOX = text("""
DELETE FROM dialer.outbox WHERE id IN (
    SELECT id FROM dialer.outbox
    WHERE published_at < statement_timestamp() - interval '7 days' LIMIT :limit)
""")

# The listings of attempts that are long over: attempt_page is of no use, so a whole look at a small
# table, which holds a handful of rows for each attempt that nobody had heard of.
_LISTINGS = text("""
DELETE FROM dialer.listing WHERE ctid IN (
    SELECT ctid FROM dialer.listing
    WHERE listed_at < statement_timestamp() - interval '30 days' LIMIT :limit)
""")

# An import looks back for so long (`skip_called_within_hours`), caps for a month.
# freq_ledger_age serves it.
_LEDGER = text("""
DELETE FROM dialer.freq_ledger WHERE ctid IN (
    SELECT ctid FROM dialer.freq_ledger
    WHERE posted_at < statement_timestamp() - interval '367 days' LIMIT :limit)
""")

# As with the inbox: no record can come any more that would be older than what is known.
# call_fact_age serves it.
_FACTS = text("""
DELETE FROM dialer.call_fact WHERE ctid IN (
    SELECT ctid FROM dialer.call_fact
    WHERE updated_at < statement_timestamp() - interval '8 days' LIMIT :limit)
""")

_ALL: tuple[TextClause, ...] = (_INBOX, _OUTBOX, _LISTINGS, _LEDGER, _FACTS)


async def forget(connection: AsyncConnection, limit: int) -> bool:
    """Remove some of everything; whether there may be more."""
    removed = [
        (await connection.execute(statement, {"limit": limit})).rowcount for statement in _ALL
    ]
    return max(removed) == limit
