"""What nobody needs any more is removed, some at a time.

Ages count from the beginning of the statement: a moment that goes on could not be looked up in an
index.
"""

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection


def _older(table: str, moment: str, days: int) -> TextClause:
    return text(f"""
DELETE FROM dialer.{table} WHERE ctid IN (
    SELECT ctid FROM dialer.{table}
    WHERE {moment} < statement_timestamp() - interval '{days} days' LIMIT :limit)
""")


# The bus keeps records for seven days: what is older cannot come again. inbox_read serves it.
_INBOX = _older("inbox", "read_at", 8)

# outbox_published serves it.
_OUTBOX = _older("outbox", "published_at", 7)

# The listings of attempts that are long over: attempt_page is of no use, so a whole look at a small
# table, which holds a handful of rows for each attempt that nobody had heard of.
_LISTINGS = _older("listing", "listed_at", 30)

# An import looks back for so long (`skip_called_within_hours`), caps for a month.
# freq_ledger_age serves it.
_LEDGER = _older("freq_ledger", "posted_at", 367)

# As with the inbox: no record can come any more that would be older than what is known.
# call_fact_age serves it.
_FACTS = _older("call_fact", "updated_at", 8)

_ALL = (_INBOX, _OUTBOX, _LISTINGS, _LEDGER, _FACTS)


async def forget(connection: AsyncConnection, limit: int) -> bool:
    """Remove some of everything; whether there may be more."""
    removed = [
        (await connection.execute(statement, {"limit": limit})).rowcount for statement in _ALL
    ]
    return max(removed) == limit
