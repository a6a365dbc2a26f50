"""Compares the list of an account's transcripts with ours: finds what no webhook announced.

A sweep begins some hours before the end of the last one, because a transcript is listed by when it
was created and is complete much later. It goes on where it was when its process died.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intelligence_ingest.asking import NotThere
from intelligence_ingest.bundle import Bundle
from intelligence_ingest.fetcher import Fetcher, Listed, Page
from intelligence_ingest.metrics import FoundBy, IngestMetrics
from intelligence_ingest.store.sweep_failures import (
    forget_failure,
    note_failure,
    take_failures,
)
from intelligence_ingest.store.transcripts import known, store_bundles
from trunkline.database.errors import DatabaseBusy, DatabaseUnavailable
from trunkline.database.transaction import Repeatable, in_transaction, transaction
from trunkline.errors import Invalid, Transient
from trunkline.logs import get_logger
from trunkline.protect import NumberVault

log = get_logger()

LOOK_SECONDS = 5.0
AGAIN_AT_ONCE = 50
LEASE = timedelta(minutes=5)  # of one page and everything on it

# One process at a time has an account; the row's lease decides.
TAKE = """
    INSERT INTO intelligence.sweep AS kept (account_sid, watermark, lease_until)
    VALUES (:account, clock_timestamp() - CAST(:first AS interval),
        clock_timestamp() + CAST(:lease AS interval))
    ON CONFLICT (account_sid) DO UPDATE SET lease_until = excluded.lease_until
    WHERE kept.lease_until < clock_timestamp() AND (kept.page_url IS NOT NULL
        OR coalesce(kept.finished_at < clock_timestamp() - CAST(:every AS interval), true))
    RETURNING coalesce(since, watermark - CAST(:overlap AS interval)) AS since,
        coalesce(until, clock_timestamp() - CAST(:grace AS interval)) AS until,
        coalesce(page_url, '') AS page_url
"""
GO_ON = """
    UPDATE intelligence.sweep SET since = :since, until = :until, page_url = :page_url,
        found = found + :found, lease_until = '-infinity' WHERE account_sid = :account
"""
FIRST_PAGE = """
    UPDATE intelligence.sweep SET page_url = NULL, since = NULL, until = NULL
    WHERE account_sid = :account
"""
FINISH = """
    UPDATE intelligence.sweep SET since = NULL, until = NULL, page_url = NULL,
        watermark = :until, found = found + :found, lease_until = '-infinity',
        finished_at = clock_timestamp() WHERE account_sid = :account
"""
AGE = """
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(finished_at)), 0)
    FROM intelligence.sweep
"""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often an account is swept, how far back, and how many transcripts a second at most."""

    every: timedelta = timedelta(minutes=10)
    overlap: timedelta = timedelta(hours=24)
    first: timedelta = timedelta(days=7)
    """How far the first sweep of an account goes back."""
    per_second: float = 5.0
    grace: timedelta = timedelta(minutes=5)
    """A webhook may still be on its way: what is younger is for the next sweep."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The sweep of one account that is under way: its bounds, and the page to read next."""

    account: str
    since: datetime
    until: datetime
    page_url: str


class Sweep:
    """Sweeps every account whose time has come."""

    def __init__(
        self,
        engine: AsyncEngine,
        fetcher: Fetcher,
        vault: NumberVault,
        metrics: IngestMetrics,
        rhythm: Rhythm,
        tenant_id: str,
    ) -> None:
        self._engine = engine
        self._fetcher = fetcher
        self._vault = vault
        self._metrics = metrics
        self._rhythm = rhythm
        self._tenant_id = tenant_id

    async def run(self) -> NoReturn:
        """Sweep until cancelled; what fails is tried again when the account's lease is over."""
        while True:
            for account in self._fetcher.accounts:
                try:
                    await self.sweep(account)
                except (Transient, Invalid) as error:
                    log.warning("sweep_failed", reason=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def sweep(self, account: str) -> int:
        """Sweep the account to its end, if it is time and nobody else does; how many were found."""
        found = await self._again(account)
        while (stretch := await self._take(account)) is not None:
            page = await self._page(stretch)
            new = await self._compare(stretch, page)
            found += new
            await self._note(stretch, page, new)
            if not page.next_url:
                break
        return found

    async def _page(self, stretch: Stretch) -> Page:
        try:
            return await self._fetcher.transcripts(stretch.account, stretch.since, stretch.page_url)
        except (NotThere, Invalid):  # a page's link does not last for ever
            async with transaction(self._engine) as connection:
                await connection.execute(text(FIRST_PAGE), {"account": stretch.account})
            raise

    async def _take(self, account: str) -> Stretch | None:
        rhythm = self._rhythm
        async with transaction(self._engine) as connection:
            taken = await connection.execute(
                text(TAKE),
                {
                    "account": account,
                    "first": rhythm.first,
                    "lease": LEASE,
                    "every": rhythm.every,
                    "overlap": rhythm.overlap,
                    "grace": rhythm.grace,
                },
            )
            row = taken.one_or_none()
            age = await connection.scalar(text(AGE))
        self._metrics.swept_seconds.set(float(age or 0))
        return None if row is None else Stretch(account, row.since, row.until, row.page_url)

    async def _again(self, account: str) -> int:
        """What failed before and is due; how many of them are stored now."""
        async with transaction(self._engine) as connection:
            due = await take_failures(connection, account, AGAIN_AT_ONCE)
        return await self._fetch_all(account, due)

    async def _compare(self, stretch: Stretch, page: Page) -> int:
        sids = [each.sid for each in page.transcripts if is_settled(each, stretch.until)]
        async with transaction(self._engine) as connection:
            ours = await known(connection, sids)
        return await self._fetch_all(stretch.account, [sid for sid in sids if sid not in ours])

    async def _fetch_all(self, account: str, sids: Sequence[str]) -> int:
        found = 0
        for sid in sids:
            found += await self._fetch(account, sid)
            await asyncio.sleep(1 / self._rhythm.per_second)
        return found

    async def _fetch(self, account: str, sid: str) -> int:
        """One that no webhook has told of. A single one that fails does not hold up the others."""
        try:
            return await self._store(await self._fetcher.bundle(account, sid))
        except (DatabaseUnavailable, DatabaseBusy):
            raise
        except Exception as error:  # the boundary of one transcript: a bug ends this one only
            await self._put_off(account, sid, error)
            return 0

    async def _store(self, bundle: Bundle) -> int:
        @Repeatable
        async def work(connection: AsyncConnection) -> int:
            await forget_failure(connection, bundle.transcript.sid)
            return await store_bundles(
                connection, self._vault, [bundle], self._tenant_id, FoundBy.SWEEP
            )

        new = await in_transaction(self._engine, work)
        self._metrics.stored(FoundBy.SWEEP, new)
        return new

    async def _put_off(self, account: str, sid: str, error: Exception) -> None:
        async with transaction(self._engine) as connection:
            again = await note_failure(connection, account, sid, error, datetime.now(UTC))
        log.warning("swept_transcript_failed", reason=type(error).__name__, again=again)
        self._metrics.sweep_failed(again=again)

    async def _note(self, stretch: Stretch, page: Page, found: int) -> None:
        """The next page, or the end: then the watermark is when this sweep began."""
        values = {"account": stretch.account, "until": stretch.until, "found": found}
        async with transaction(self._engine) as connection:
            if page.next_url:
                more = {"since": stretch.since, "page_url": page.next_url}
                await connection.execute(text(GO_ON), values | more)
            else:
                await connection.execute(text(FINISH), values)


def is_settled(listed: Listed, until: datetime) -> bool:
    """Whether it has not changed since: its webhook has come by now, if it comes at all."""
    return listed.changed_at is None or listed.changed_at <= until
