"""How long a list of a million takes, and how much memory, with PostgreSQL on the same cores.

python bench/dialer_import.py [--rows 1000000] [--processes 2]
"""

import argparse
import json
import random
import tempfile
import threading
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import asyncpg
import phonenumbers
import psutil
import uvloop
from about import about
from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.importer.campaign import Campaigns
from dialer.importer.jobs import ImportJobs
from dialer.importer.options import Format, ImportOptions
from dialer.importer.upload import Uploads, submit
from dialer.importer.workers import Keys
from dialer.migrate import migrate
from trunkline.agents.load import load_agents
from trunkline.database.engine import Limits, open_engine
from trunkline.database.transaction import transaction
from trunkline_cli.stack.postgres import PostgresServer

HERE = Path(__file__).parent
AGENT = "receptionist"
TENANT = "default"
ACCOUNT = "AC" + "0" * 32
COUNTRIES = ("US", "US", "US", "CA", "GB", "BR", "MX", "ES")
WRONG = 100  # one row in so many has no valid number
TARGET_SECONDS = 60.0

_CAMPAIGN = f"""
INSERT INTO dialer.account (account_sid, tenant_id, cps) VALUES ('{ACCOUNT}', '{TENANT}', 1);
INSERT INTO dialer.campaign (id, tenant_id, account_sid, name, agent_id, purpose)
VALUES ('%s', '{TENANT}', '{ACCOUNT}', 'bench', '{AGENT}', 'informational')
"""


@dataclass(frozen=True)
class Result:
    """Seconds from the last byte's arrival to the last row's commit, and who worked how long."""

    rows: int
    accepted: int
    upload_seconds: float
    import_seconds: float
    rows_per_second: int
    python_cpu_seconds: float
    postgres_cpu_seconds: float
    peak_mib: int
    peak_mib_at_a_tenth: int
    copy_alone_seconds: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--results", type=Path, default=HERE / "results/dialer_import.json")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, _postgres(Path(folder)) as url:
        result = uvloop.run(measure(url, given.rows, given.processes))
    Console().print(table(result))
    report = {
        "what": "a CSV file of contacts into a campaign: checked, hidden, stored",
        **about(),
        "processes": given.processes,
        "target_seconds": TARGET_SECONDS,
        "result": asdict(result),
    }
    given.results.write_text(json.dumps(report, indent=2) + "\n")


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    server = PostgresServer(folder)
    try:
        server.start_sync()
        yield server.url
    finally:
        server.kill()


async def measure(url: str, rows: int, processes: int) -> Result:
    """A tenth of the list first: what memory it takes must not depend on the length."""
    await migrate(url)
    numbers = some_numbers(rows)
    small = await run(url, numbers[: rows // 10], processes)
    await _empty(url)
    return await run(url, numbers, processes, small)


async def run(
    url: str, numbers: Sequence[str], processes: int, small: Result | None = None
) -> Result:
    keys = Keys({"k1": b"p" * 32}, (Fernet.generate_key().decode(),))
    campaign = uuid.uuid4()
    await _execute(url, _CAMPAIGN % campaign)
    limits = Limits(statement_seconds=60)
    async with open_engine(url, "bench", limits) as engine:
        begun = perf_counter()
        import_id = await _upload(engine, keys, campaign, numbers)
        uploaded = perf_counter()
        agents = load_agents(HERE.parent / "agents")
        with _watched() as watch:
            jobs = ImportJobs(engine, Campaigns(agents), keys, processes=processes)
            await jobs.work_once()
        done = perf_counter()
    job = await _job(url, import_id)
    if job["state"] != "completed":
        raise SystemExit(f"The import has {job['state']}: {job['error_code']}.")
    return Result(
        rows=len(numbers),
        accepted=job["accepted"],
        upload_seconds=round(uploaded - begun, 2),
        import_seconds=round(done - uploaded, 2),
        rows_per_second=round(len(numbers) / (done - uploaded)),
        python_cpu_seconds=round(watch.python_seconds, 1),
        postgres_cpu_seconds=round(watch.postgres_seconds, 1),
        peak_mib=watch.peak_mib,
        peak_mib_at_a_tenth=small.peak_mib if small else watch.peak_mib,
        copy_alone_seconds=round(await _copy_alone(url, numbers), 2),
    )


def some_numbers(count: int) -> list[str]:
    """Different numbers of all countries that are called, as people write them."""
    chance = random.Random(7)
    examples = {country: _example(country) for country in set(COUNTRIES)}
    found: dict[str, None] = {}
    while len(found) < count:
        country = chance.choice(COUNTRIES)
        national = examples[country][:-6] + f"{chance.randrange(10**6):06d}"
        if country in ("US", "CA"):
            area = chance.choice(("212", "305", "415", "512", "206", "303", "702", "918"))
            national = f"{area}{chance.randrange(200, 999)}{chance.randrange(10**4):04d}"
        code = phonenumbers.country_code_for_region(country)
        found[f"+{code} {national[:3]} {national[3:]}"] = None
    return list(found)


def _example(country: str) -> str:
    number = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    assert number is not None
    return str(number.national_number)


async def _upload(
    engine: AsyncEngine, keys: Keys, campaign: uuid.UUID, numbers: Sequence[str]
) -> uuid.UUID:
    uploads = Uploads(engine, keys.fernet())
    received = await uploads.receive(TENANT, campaign, _file(numbers))
    async with transaction(engine) as connection:
        await submit(connection, received, Format.CSV, ImportOptions())
    return received.id


async def _file(numbers: Sequence[str]) -> AsyncIterator[bytes]:
    yield b"number,external_id,timezone,consent\n"
    for at in range(0, len(numbers), 1000):
        chunk = numbers[at : at + 1000]
        yield "".join(
            f"{'n/a' if n % WRONG == 0 else number},c-{n},,express\n"
            for n, number in enumerate(chunk, at)
        ).encode()


@dataclass
class Watch:
    """What this process and those that it has started took together."""

    peak_mib: int = 0
    python_seconds: float = 0.0
    postgres_seconds: float = 0.0


@contextmanager
def _watched() -> Iterator[Watch]:
    """Looks five times a second, from a thread. Memory is Python's alone."""
    watch, stop, me = Watch(), threading.Event(), psutil.Process()
    spent: dict[tuple[str, int], float] = {}

    def look() -> None:
        while True:
            resident = 0
            for process in [me, *me.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    name = process.name()
                    spent[name, process.pid] = sum(process.cpu_times()[:2])
                    resident += 0 if name == "postgres" else process.memory_info().rss
            watch.peak_mib = max(watch.peak_mib, resident // 2**20)
            if stop.wait(0.2):
                return

    before = {(p.name(), p.pid): sum(p.cpu_times()[:2]) for p in me.children(recursive=True)}
    before[me.name(), me.pid] = sum(me.cpu_times()[:2])
    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join()
        for (name, pid), seconds in spent.items():
            used = seconds - before.get((name, pid), 0.0)
            if name == "postgres":
                watch.postgres_seconds += used
            else:
                watch.python_seconds += used


async def _copy_alone(url: str, numbers: Sequence[str]) -> float:
    """The least that can be done: the same texts into a table without keys or checks."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS bare (number text, name text)")
        begun = perf_counter()
        records = ((number, f"c-{n}") for n, number in enumerate(numbers))
        await connection.copy_records_to_table("bare", records=records, timeout=600)
        return perf_counter() - begun
    finally:
        await connection.close()


async def _empty(url: str) -> None:
    await _execute(url, "TRUNCATE dialer.account, dialer.campaign, dialer.contact CASCADE")


async def _execute(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute(statements, timeout=120)
    finally:
        await connection.close()


async def _job(url: str, import_id: uuid.UUID) -> asyncpg.Record:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchrow("SELECT * FROM dialer.import_job WHERE id = $1", import_id)
    finally:
        await connection.close()


def table(result: Result) -> Table:
    shown = Table(title=f"A list of {result.rows:,} (target: {TARGET_SECONDS:.0f} s per million)")
    shown.add_column("")
    shown.add_column("", justify="right")
    for name, value in asdict(result).items():
        text = f"{value:,}" if isinstance(value, int) else f"{value:.1f}"
        shown.add_row(name.replace("_", " "), text)
    return shown


if __name__ == "__main__":
    main()
