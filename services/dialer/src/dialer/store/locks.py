"""The lock on a telephone number: opt-outs and write-aheads take turns by it.

Whoever suppresses a number takes it before the row is written, whoever is about to call it before
the gates are looked at: one of them sees what the other has done.
"""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_LOCK = text("SELECT pg_advisory_xact_lock(:key)")


async def lock_numbers(connection: AsyncConnection, keys: Iterable[int]) -> None:
    """Take the locks of `NumberVault.locks`, of one number or of many, until the end of the
    transaction. Take them first of all: before rows, and never twice.
    """
    for key in sorted(set(keys)):
        await connection.execute(_LOCK, {"key": key})
