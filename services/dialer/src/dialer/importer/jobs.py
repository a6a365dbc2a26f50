"""Works through imports: on every replica, one at a time, each from where the last one stopped."""

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.importer.campaign import Campaigns, Gone
from dialer.importer.columns import NoSuchList
from dialer.importer.job_store import (
    Job,
    NotOurs,
    Step,
    advance,
    claim,
    drop_stale_uploads,
    finish,
    read_part,
    release,
)
from dialer.importer.options import Format, ImportOptions
from dialer.importer.prepared import Batch, Prepared
from dialer.importer.reading import CHUNK_ROWS, Reading
from dialer.importer.store import Stored, Target, store_contacts, store_errors
from dialer.importer.workers import Died, Keys, Workers, open_workers
from dialer.rows import RowCode
from trunkline.database.transaction import transaction
from trunkline.errors import Transient

SMALL_BYTES = 1024 * 1024  # a process takes a second to start: a list of this size is done by then
AHEAD = 4  # chunks that are being made ready while one is stored
POLL_SECONDS = 2.0
RELEASE_SECONDS = 5.0

_DUPLICATES = (RowCode.DUPLICATE_IN_FILE, RowCode.DUPLICATE_IN_CAMPAIGN)

log = structlog.get_logger()


class ImportJobs:
    """The importer of one process. `processes` make rows ready; 0: a thread does."""

    def __init__(
        self,
        engine: AsyncEngine,
        campaigns: Campaigns,
        keys: Keys,
        *,
        processes: int,
        chunk_rows: int = CHUNK_ROWS,
    ) -> None:
        self._engine = engine
        self._campaigns = campaigns
        self._keys = keys
        self._fernet = keys.fernet()
        self._processes = processes
        self._chunk_rows = chunk_rows
        self._epoch = uuid.uuid4()
        self._uploaded = asyncio.Event()

    def wake(self) -> None:
        """A list was uploaded here: look at once."""
        self._uploaded.set()

    async def run(self) -> None:
        """Work until cancelled; what is in hand then goes to whoever looks next."""
        while True:
            self._uploaded.clear()
            try:
                while await self.work_once():
                    continue
            except Transient:
                log.warning("imports_interrupted")
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._uploaded.wait()

    async def work_once(self) -> bool:
        """Work through one import; false if there is none."""
        async with transaction(self._engine) as connection:
            await drop_stale_uploads(connection)
            job = await claim(connection, self._epoch)
        if job is None:
            return False
        with structlog.contextvars.bound_contextvars(import_id=str(job.id)):
            await self._work(job)
        return True

    async def _work(self, job: Job) -> None:
        log.info("import_started", rows_done=job.rows_done)
        try:
            reason = await self._outcome(job)
            async with transaction(self._engine) as connection:
                await finish(connection, job, reason)
            log.info("import_ended", reason=reason or "completed")
        except NotOurs:
            log.info("import_left_to_others")
        except (asyncio.CancelledError, Transient):
            await asyncio.shield(self._release(job))
            raise

    async def _outcome(self, job: Job) -> str | None:
        """Why the import as a whole cannot be done, if it cannot.

        The boundary of one import: a mistake of ours that a file has found ends this import, and
        neither the process, which calls people, nor the next one that would take it in hand.
        """
        try:
            await self._read_through(job)
        except (NoSuchList, Gone, Died) as error:
            return error.code
        except (NotOurs, Transient):
            raise
        except Exception:
            log.exception("import_failed")
            return "internal_error"
        return None

    async def _release(self, job: Job) -> None:
        """Without it, others wait for the lease's end."""
        with suppress(Transient, TimeoutError):
            async with asyncio.timeout(RELEASE_SECONDS), transaction(self._engine) as connection:
                await release(connection, job)

    async def _read_through(self, job: Job) -> None:
        options = ImportOptions.model_validate_json(job.options)
        async with transaction(self._engine) as connection:
            campaign = await self._campaigns.load(connection, job.tenant_id, job.campaign_id)
        intake = campaign.intake(options.default_region)
        reading = Reading(
            Format(job.format),
            options,
            intake.variables.keys(),
            done=job.rows_done,
            chunk_rows=self._chunk_rows,
        )
        target = campaign.target(job.id, options.skip_called_within_hours)
        processes = self._processes if job.bytes > SMALL_BYTES else 0
        with open_workers(processes, self._keys, job.tenant_id, intake) as workers:
            await self._rows(job, target, reading, workers)

    async def _rows(self, job: Job, target: Target, reading: Reading, workers: Workers) -> None:
        """Each chunk is stored while the next ones are made ready."""
        ahead: deque[tuple[int, asyncio.Future[Prepared]]] = deque()
        async for bytes_done, batch in self._batches(job, reading):
            ahead.append((bytes_done, workers(batch)))
            if len(ahead) > AHEAD:
                await self._store(job, target, reading, *ahead.popleft())
        while ahead:
            await self._store(job, target, reading, *ahead.popleft())

    async def _batches(self, job: Job, reading: Reading) -> AsyncIterator[tuple[int, Batch]]:
        """The file's rows, and how many bytes of it were read for them."""
        part_no, read = 0, 0
        while (part := await self._part(job, part_no)) is not None:
            part_no, read = part_no + 1, read + len(part)
            for batch in reading.feed(part):
                yield read, batch
        for batch in reading.finish():
            yield read, batch

    async def _part(self, job: Job, part_no: int) -> bytes | None:
        async with transaction(self._engine) as connection:
            hidden = await read_part(connection, job.id, part_no)
        return None if hidden is None else self._fernet.decrypt(hidden)

    async def _store(
        self,
        job: Job,
        target: Target,
        reading: Reading,
        bytes_done: int,
        preparing: asyncio.Future[Prepared],
    ) -> None:
        prepared = await preparing
        async with transaction(self._engine) as connection:
            stored = await store_contacts(connection, target, prepared)
            await advance(connection, job, _step(prepared, stored, bytes_done))
            await store_errors(connection, target, reading.named(stored.errors))


def _step(prepared: Prepared, stored: Stored, bytes_done: int) -> Step:
    """Each row counts once, by the first of its mistakes."""
    first = {error.row: error.code for error in reversed(stored.errors)}
    codes = list(first.values())
    suppressed = codes.count(RowCode.SUPPRESSED)
    duplicates = sum(codes.count(code) for code in _DUPLICATES)
    return Step(
        last_row=prepared.last_row,
        bytes_done=bytes_done,
        accepted=len(stored.accepted),
        rejected=len(codes) - suppressed - duplicates,
        duplicates=duplicates,
        suppressed=suppressed,
    )
