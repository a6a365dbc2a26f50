"""How long the query API takes with a million turns behind it, PostgreSQL on the same cores.

python bench/ingest_queries.py [--turns 1000000] [--operator-results 100000] [--rounds 30]

Every filter, searches of common and of rare words, and aggregates are asked for through the API as
clients do, each with other values from round to round; only the socket is left out.
"""

import argparse
import asyncio
import json
import random
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import quantiles
from time import perf_counter

import asyncpg
import httpx
import ingest_asks
import uvloop
from about import about
from cryptography.fernet import Fernet
from ingest_asks import Ask, Known, Query
from ingest_rows import TABLES, TENANT, TURNS, Maker, Rows, between
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest.api.app import ingest_api
from intelligence_ingest.api.context import Parts
from intelligence_ingest.api.scopes import SCOPES
from intelligence_ingest.migrate import MIGRATIONS, SCHEMA
from trunkline.api.key_store import KeyStore, NewKey
from trunkline.database.engine import open_engine
from trunkline.database.migrate import migrate
from trunkline.database.transaction import transaction
from trunkline.protect import NumberVault
from trunkline_cli.stack.postgres import PostgresServer

HERE = Path(__file__).parent
MONTHS = 6
TARGET_MS = 100.0
AT_ONCE = 500  # calls that are made before PostgreSQL gets them
WAITING = 4  # such packets, for each table
LONGEST_SECONDS = 600.0
BUFFERS = "512MB"  # a server of this size has more; the local stack's 32 MB are for laptops

_PARTITIONS = f"""
SELECT intelligence.make_partition(parent, clock_timestamp() - interval '1 month' * month)
FROM intelligence.partitioned() AS parent, generate_series(0, {MONTHS}) AS month
"""
_SEARCH_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname = 'intelligence' AND indexname IN ('turn_search', 'sentence_search')
"""
_SOME_CALLS = "SELECT DISTINCT call_sid FROM intelligence.sentence LIMIT 200"


@dataclass(frozen=True)
class Took:
    """What one kind of request took, in milliseconds."""

    name: str
    p50_ms: float
    p95_ms: float
    rows: int
    """How many the last answer had."""

    @property
    def held(self) -> bool:
        return self.p95_ms < TARGET_MS


@dataclass(frozen=True)
class Filled:
    """What is there to be asked for, and how long it took to get there."""

    rows: Mapping[str, int]
    load_seconds: float
    index_seconds: float


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    server = PostgresServer(folder)
    try:
        server.start_sync()
        asyncio.run(_execute(server.url, f"ALTER SYSTEM SET shared_buffers = '{BUFFERS}'"))
        server.stop_sync()
        server.start_sync()
        yield server.url
    finally:
        server.kill()


async def fill(url: str, maker: Maker, results: int) -> Filled:
    """Make the months' partitions and put everything into them; search indexes come last."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.execute(_PARTITIONS)
        indexes = await connection.fetch(_SEARCH_INDEXES)
        for index in indexes:
            await connection.execute(f"DROP INDEX intelligence.{index['indexname']}")
        begun = perf_counter()
        await _copy(url, maker.calls(results))
        loaded = perf_counter()
        for index in indexes:
            everywhere = index["indexdef"].replace(" ON ONLY ", " ON ")  # in all partitions
            await connection.execute(everywhere, timeout=LONGEST_SECONDS)
        await connection.execute("VACUUM ANALYZE", timeout=LONGEST_SECONDS)
        counts = {
            table: await connection.fetchval(f"SELECT count(*) FROM intelligence.{table}")
            for table in TABLES
        }
    finally:
        await connection.close()
    return Filled(counts, round(loaded - begun, 1), round(perf_counter() - loaded, 1))


async def _copy(url: str, calls: Iterator[Rows]) -> None:
    """One COPY for each table; the next calls are made while PostgreSQL stores the last ones."""
    queues: dict[str, asyncio.Queue[bytes]] = {table: asyncio.Queue(WAITING) for table in TABLES}
    async with asyncio.TaskGroup() as tasks:
        for table, queue in queues.items():
            tasks.create_task(_copy_table(url, table, queue), name=f"copy {table}")
        while some := await asyncio.to_thread(lambda: list(islice(calls, AT_ONCE))):
            for table, queue in queues.items():
                lines = "".join(line for rows in some for line in rows.get(table, ()))
                if lines:
                    await queue.put(lines.encode())
        for queue in queues.values():
            await queue.put(b"")


async def _copy_table(url: str, table: str, queue: asyncio.Queue[bytes]) -> None:
    async def packets() -> AsyncIterator[bytes]:
        while packet := await queue.get():
            yield packet

    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.copy_to_table(
            table,
            schema_name=SCHEMA,
            columns=TABLES[table],
            source=packets(),
            timeout=LONGEST_SECONDS,
        )
    finally:
        await connection.close()


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        for statement in statements:
            await connection.execute(statement, timeout=LONGEST_SECONDS)
    finally:
        await connection.close()


@asynccontextmanager
async def asking(engine: AsyncEngine, vault: NumberVault) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API with a key."""
    new = NewKey(TENANT, "bench", [*SCOPES], "bench", requests_per_second=10_000)
    async with transaction(engine) as connection:
        key = (await KeyStore(engine, SCHEMA).create(connection, new)).text()
    api = ingest_api(Parts(engine, vault), [Fernet.generate_key().decode()])
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(api),
        base_url="http://ingest",
        headers={"Authorization": f"Bearer {key}"},
    ) as client:
        yield client


async def deep(client: httpx.AsyncClient) -> Ask:
    """The page after the first twenty."""
    cursor: Query = {}
    for _ in range(20):
        page = (await client.get("/v1/calls", params=cursor)).json()
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    return lambda _: ("/v1/calls", cursor)


async def ask(client: httpx.AsyncClient, name: str, make: Ask, rounds: int) -> Took:
    """Two requests that do not count, then as many as there are rounds."""
    chance = random.Random(11)
    times: list[float] = []
    for _ in range(rounds + 2):
        path, query = make(chance)
        begun = perf_counter()
        answer = await client.get(path, params=query)
        times.append((perf_counter() - begun) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{name}: {answer.text}")
    cuts = quantiles(times[2:], n=20, method="inclusive")
    found = answer.json()
    rows = len(found["data"] if "data" in found else found["timeline"])
    return Took(name, round(cuts[9], 1), round(cuts[18], 1), rows)


async def run(url: str, turns: int, results: int, rounds: int) -> tuple[Filled, list[Took]]:
    await migrate(url, MIGRATIONS)
    vault = NumberVault({"k1": bytes(32)}, [Fernet.generate_key().decode()])
    since, until = between(MONTHS)
    maker = Maker(since, until, turns // TURNS, vault)
    filled = await fill(url, maker, results)
    async with open_engine(url, "bench") as engine, asking(engine, vault) as client:
        known = Known(since, until, maker.numbers, await _some_calls(engine))
        asks = {"calls, page 21": await deep(client)}
        for kinds in (
            ingest_asks.calls,
            ingest_asks.searches,
            ingest_asks.insights,
            ingest_asks.aggregates,
        ):
            asks |= kinds(known)
        return filled, [await ask(client, name, make, rounds) for name, make in asks.items()]


async def _some_calls(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        found = await connection.execute(text(_SOME_CALLS))
        return [row.call_sid for row in found]


def table(took: Sequence[Took]) -> Table:
    shown = Table(title=f"The query API (target: p95 below {TARGET_MS:g} ms)")
    for heading in ("asked for", "p50 ms", "p95 ms", "rows", ""):
        shown.add_column(heading, justify="left" if heading == "asked for" else "right")
    for each in took:
        verdict = "held" if each.held else "missed"
        shown.add_row(each.name, f"{each.p50_ms}", f"{each.p95_ms}", str(each.rows), verdict)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=1_000_000)
    parser.add_argument("--operator-results", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--results", type=Path, default=HERE / "results/ingest_queries.json")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, postgres(Path(folder)) as url:
        filled, took = uvloop.run(run(url, given.turns, given.operator_results, given.rounds))
    Console().print(table(took))
    report = {
        "what": "requests to the query API, one at a time, PostgreSQL on the same cores",
        **about(),
        "rounds": given.rounds,
        "shared_buffers": BUFFERS,
        "target_p95_ms": TARGET_MS,
        "filled": asdict(filled),
        "took": [asdict(each) for each in took],
    }
    given.results.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
