"""Imports on a real database: exact counts, whatever the list, and whoever dies on the way."""

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterable

import asyncpg
import pytest
from cryptography.fernet import Fernet
from rows import ACCOUNT, TENANT, a_campaign, a_contact, an_attempt, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.importer.campaign import Campaigns
from dialer.importer.job_store import LEASE_SECONDS
from dialer.importer.jobs import ImportJobs
from dialer.importer.options import Format, ImportOptions
from dialer.importer.upload import CompressedList, Uploads, submit
from dialer.importer.workers import Keys
from trunkline.agents import Agent
from trunkline.agents.catalog import Agents
from trunkline.database.engine import open_engine
from trunkline.database.transaction import transaction

KEYS = Keys({"k1": b"p" * 32}, (Fernet.generate_key().decode(),))
AGENT = Agent.model_validate(
    {
        "id": "receptionist",
        "tenant_id": TENANT,
        "greeting": "Hello {{name}}.",
        "instructions": "Be kind.",
        "variables": {"name": ""},
        "languages": [{"code": "en-US", "voice": "x"}],
        "models": [{"provider": "offline"}],
    }
)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with open_engine(database_url, "test") as engine:
        yield engine


@pytest.fixture
async def campaign(connection: asyncpg.Connection) -> uuid.UUID:
    return await a_campaign(connection)


async def pieces(content: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


async def upload(
    engine: AsyncEngine,
    campaign: uuid.UUID,
    content: bytes,
    kind: Format = Format.CSV,
    options: ImportOptions | None = None,
) -> uuid.UUID:
    received = await Uploads(engine, KEYS.fernet()).receive(TENANT, campaign, pieces(content))
    async with transaction(engine) as connection:
        assert await submit(connection, received, kind, options or ImportOptions())
    return received.id


def jobs(engine: AsyncEngine, processes: int = 0, chunk_rows: int = 5_000) -> ImportJobs:
    return ImportJobs(
        engine, Campaigns(Agents([AGENT])), KEYS, processes=processes, chunk_rows=chunk_rows
    )


async def job_of(connection: asyncpg.Connection, import_id: uuid.UUID) -> asyncpg.Record:
    return await connection.fetchrow("SELECT * FROM dialer.import_job WHERE id = $1", import_id)


async def errors_of(connection: asyncpg.Connection, import_id: uuid.UUID) -> list[tuple[int, str]]:
    rows = await connection.fetch(
        "SELECT row_no, code FROM dialer.import_error WHERE import_id = $1 ORDER BY 1, error_no",
        import_id,
    )
    return [(row["row_no"], row["code"]) for row in rows]


def counts(job: asyncpg.Record) -> dict[str, int]:
    names = ("rows_total", "accepted", "rejected", "duplicates", "suppressed")
    return {name: job[name] for name in names if job[name]}


def csv(rows: Iterable[str]) -> bytes:
    return "\n".join(["number,name,timezone", *rows]).encode()


def many(count: int) -> bytes:
    return csv(f"+1202{2000000 + n},Ana," for n in range(count))


HOSTILE = (
    b"\xef\xbb\xbfPhone Number;Name;TimeZone;Colour\r\n"
    b'+12025550143;"Ana\r\nMaria";;red\r\n'  # 2: fine
    b"4,15555E+10;Bea;;\r\n"  # 3
    b"+1202\x005550144;Cy;;\r\n"  # 4
    b"+12025550145;Di\xff;;\r\n"  # 5
    b'+12025550146;"Ed;;\r\n' + b";;;\r\n" * 0 + b"+12025550147;Flo;;;;extra\r\n"  # 6  # 7
    b"+12025550148;Gus;EST;\r\n"  # 8
    b"(202) 555-0143;Hal;;\r\n"  # 9: the number of row 2
    b"+12025550149;;;\r\n"  # 10
    b"\r\n"  # 11: empty
    b"911;Ida;;\r\n"  # 12
    b"+12025550150;" + b"J" * 3000 + b";;\r\n"  # 13
    b"+12025550151;" + b"K" * 200_000 + b";;\r\n"  # 14
    b"=cmd|' /C calc'!A0;Lee;;\r\n"  # 15
    b"+12025550152;Mia;America/Chicago;\r\n"  # 16: fine
    b'+12025550153;"Ned'  # 17
)


async def test_every_row_of_a_hostile_list_is_accounted_for(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    import_id = await upload(engine, campaign, HOSTILE, options=ImportOptions(default_region="US"))

    assert await jobs(engine).work_once()

    job = await job_of(connection, import_id)
    assert job["state"] == "completed", job["error_code"]
    assert await errors_of(connection, import_id) == [
        (3, "scientific_notation"),
        (4, "bad_encoding"),
        (5, "bad_encoding"),
        (6, "malformed_row"),
        (7, "too_many_columns"),
        (8, "unknown_timezone"),
        (9, "duplicate_in_file"),
        (10, "missing_variable"),
        (12, "emergency_or_short_code"),
        (13, "variable_too_long"),
        (14, "variable_too_long"),
        (15, "not_a_number"),
        (17, "malformed_row"),
    ]
    assert counts(job) == {"rows_total": 15, "accepted": 2, "rejected": 12, "duplicates": 1}
    assert await connection.fetchval("SELECT count(*) FROM dialer.import_part") == 0


async def test_utf_16_from_a_spreadsheet_is_read(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    import_id = await upload(engine, campaign, many(20).decode().encode("utf-16"))

    await jobs(engine).work_once()

    assert (await job_of(connection, import_id))["accepted"] == 20


async def test_lines_of_json_are_read(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    lines = b'{"number": "+12025550143", "variables": {"name": "Ana"}}\n{"number": "+1202"}\n{'
    import_id = await upload(engine, campaign, lines, Format.NDJSON)

    await jobs(engine).work_once()

    assert await errors_of(connection, import_id) == [
        (2, "invalid_length"),
        (2, "missing_variable"),
        (3, "malformed_row"),
    ]
    assert counts(await job_of(connection, import_id)) == {
        "rows_total": 3,
        "accepted": 1,
        "rejected": 2,
    }


async def test_whom_the_database_knows_is_not_added_again(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    vault = KEYS.vault()

    def hidden(number: str) -> bytes:
        return vault.index(TENANT, number).hmac

    await insert(connection, "suppression", num_hmac=hidden("+12025550144"))
    await insert(
        connection, "suppression", num_hmac=hidden("+12025550145"), scope="account",
        scope_key=ACCOUNT,
    )  # fmt: skip
    await insert(
        connection, "suppression", num_hmac=hidden("+12025550146"), scope="campaign",
        scope_key=str(uuid.uuid4()),
    )  # fmt: skip
    await insert(
        connection, "contact", campaign_id=campaign, num_hmac=hidden("+12025550143"),
        external_id="c-1",
    )  # fmt: skip
    content = (
        b"number,name,external_id\n+12025550143,A,\n+12025550144,B,\n+12025550145,C,\n"
        b"+12025550146,D,\n+12025550147,E,c-1\n+12025550148,F,c-2\n+12025550149,G,c-2\n"
    )
    import_id = await upload(engine, campaign, content)

    await jobs(engine).work_once()

    assert await errors_of(connection, import_id) == [
        (2, "duplicate_in_campaign"),
        (3, "suppressed"),
        (4, "suppressed"),
        (6, "duplicate_in_campaign"),
        (8, "duplicate_in_campaign"),
    ]


async def test_a_list_that_comes_twice_adds_nobody_twice(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    first, second = [await upload(engine, campaign, many(30)) for _ in range(2)]
    importer = jobs(engine, chunk_rows=7)

    while await importer.work_once():
        pass

    assert (await job_of(connection, first))["accepted"] == 30
    assert counts(await job_of(connection, second)) == {"rows_total": 30, "duplicates": 30}
    assert await connection.fetchval("SELECT count(*) FROM dialer.contact") == 30


async def test_numbers_that_were_called_lately_can_be_left_out(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    hmac = KEYS.vault().index(TENANT, "+12022000000").hmac
    other = await insert(connection, "campaign")
    contact = await a_contact(connection, other, hmac)
    attempt = await an_attempt(connection, other, contact, num_hmac=hmac)
    await connection.execute(
        "INSERT INTO dialer.freq_ledger (attempt_id, tenant_id, campaign_id, num_hmac)"
        " VALUES ($1, $2, $3, $4)",
        attempt, TENANT, other, hmac,
    )  # fmt: skip
    import_id = await upload(
        engine, campaign, many(2), options=ImportOptions(skip_called_within_hours=24)
    )

    await jobs(engine).work_once()

    assert await errors_of(connection, import_id) == [(2, "recently_called")]


class Dies(ImportJobs):
    """An importer whose process is gone after so many chunks, at the worst moment."""

    chunks = 2

    async def _store(self, *arguments: object) -> None:
        if not self.chunks:
            raise SystemExit
        self.chunks -= 1
        await super()._store(*arguments)  # type: ignore[arg-type]


async def test_an_import_goes_on_where_a_dead_process_has_left_it(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    import_id = await upload(engine, campaign, many(40))
    dying = Dies(engine, Campaigns(Agents([AGENT])), KEYS, processes=0, chunk_rows=8)
    with pytest.raises(SystemExit):
        await dying.work_once()
    assert (await job_of(connection, import_id))["rows_done"] == 17

    assert not await jobs(engine).work_once()  # its lease is not over yet
    await connection.execute(
        "UPDATE dialer.import_job SET lease_until = lease_until - make_interval(secs => $1)",
        LEASE_SECONDS + 1,
    )
    assert await jobs(engine, chunk_rows=8).work_once()

    assert counts(await job_of(connection, import_id)) == {"rows_total": 40, "accepted": 40}
    assert await connection.fetchval("SELECT count(*) FROM dialer.contact") == 40


async def test_an_importer_that_comes_back_late_changes_nothing(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    import_id = await upload(engine, campaign, many(40))

    class Stolen(ImportJobs):
        async def _store(self, *arguments: object) -> None:
            await connection.execute("UPDATE dialer.import_job SET owner_epoch = $1", uuid.uuid4())
            await super()._store(*arguments)  # type: ignore[arg-type]

    late = Stolen(engine, Campaigns(Agents([AGENT])), KEYS, processes=0, chunk_rows=8)
    assert await late.work_once()

    assert (await job_of(connection, import_id))["state"] == "running"
    assert await connection.fetchval("SELECT count(*) FROM dialer.contact") == 0


async def test_a_cancelled_importer_gives_its_import_back_at_once(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    import_id = await upload(engine, campaign, many(40))
    reached = asyncio.Event()

    class Waits(ImportJobs):
        async def _store(self, *_: object) -> None:
            reached.set()
            await asyncio.Event().wait()

    waiting = Waits(engine, Campaigns(Agents([AGENT])), KEYS, processes=0, chunk_rows=8)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(waiting.run(), name="imports")
        await reached.wait()
        task.cancel()

    assert await jobs(engine).work_once()
    assert (await job_of(connection, import_id))["accepted"] == 40


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"name\nAna", "no_number_column"),
        (b"number,phone\n1,2", "column_twice"),
    ],
)
async def test_a_list_that_is_none_fails_as_a_whole(
    engine: AsyncEngine,
    connection: asyncpg.Connection,
    campaign: uuid.UUID,
    content: bytes,
    code: str,
) -> None:
    import_id = await upload(engine, campaign, content)

    await jobs(engine).work_once()

    job = await job_of(connection, import_id)
    assert (job["state"], job["error_code"]) == ("failed", code)


async def test_a_mistake_of_ours_ends_the_import_and_not_the_process(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    import_id = await upload(engine, campaign, many(4))

    class Broken(ImportJobs):
        async def _store(self, *_: object) -> None:
            raise ZeroDivisionError

    await Broken(engine, Campaigns(Agents([AGENT])), KEYS, processes=0).work_once()

    job = await job_of(connection, import_id)
    assert (job["state"], job["error_code"]) == ("failed", "internal_error")


@pytest.mark.parametrize("beginning", [b"PK\x03\x04", b"\x1f\x8b\x08", b"%PDF-1.7"])
async def test_compressed_files_are_refused_before_anything_of_them_is_kept(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID, beginning: bytes
) -> None:
    with pytest.raises(CompressedList):
        await upload(engine, campaign, beginning + bytes(1000))

    assert await connection.fetchval("SELECT count(*) FROM dialer.import_job") == 0


async def test_large_lists_are_worked_through_in_processes_of_their_own(
    engine: AsyncEngine, connection: asyncpg.Connection, campaign: uuid.UUID
) -> None:
    filler = "x" * 1000
    content = csv(f"+1202{2000000 + n},{filler}," for n in range(1200))
    import_id = await upload(engine, campaign, content)

    await jobs(engine, processes=2, chunk_rows=100).work_once()

    assert counts(await job_of(connection, import_id)) == {"rows_total": 1200, "accepted": 1200}
    rows = await connection.fetch("SELECT num_enc, num_hmac FROM dialer.contact")
    numbers = Counter(KEYS.vault().decrypt(row["num_enc"]) for row in rows)
    assert set(numbers.values()) == {1}
    assert all(b"+1202" not in row["num_hmac"] for row in rows)
