"""The database, where one is set: does it answer, is it new enough, has it vectors?"""

import asyncio
from collections.abc import Iterator

import asyncpg

from trunkline_cli.doctor.finding import Finding, fine, skipped, warning, wrong

AREA = "postgres"
DEADLINE_SECONDS = 5.0
OLDEST = 17
_FAILURES = (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def check_postgres(url: str) -> list[Finding]:
    """Connect and ask."""
    if not url:
        return [skipped(AREA, "DATABASE_URL is not set; calls need no database")]
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            connection = await asyncpg.connect(url)
            try:
                version = await connection.fetchval("SHOW server_version_num")
                vectors = await connection.fetchval(
                    "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'"
                )
            finally:
                await connection.close()
    except _FAILURES as error:
        mend = "Is DATABASE_URL right (postgresql://user:password@host/name), and does it run?"
        return [wrong(AREA, f"no connection: {type(error).__name__}", mend)]
    return list(check_server(int(version) // 10_000, has_vectors=bool(vectors)))


def check_server(version: int, *, has_vectors: bool) -> Iterator[Finding]:
    """Version and extensions; pure."""
    if version < OLDEST:
        mend = f"Use PostgreSQL {OLDEST} or 18: nothing older is tested."
        yield wrong(AREA, f"PostgreSQL {version}", mend)
    else:
        yield fine(AREA, f"PostgreSQL {version}")
    if not has_vectors:
        yield warning(AREA, "the extension pgvector is not there", "Install it on the server.")
