"""How many operator results a second come from the topic into PostgreSQL, all on the same cores.

python bench/ingest_results.py [--transcripts 1500] [--latency-ms 50] [--results build/x.json]

Kafka, PostgreSQL and one intelligence-ingest are the real ones; Twilio is played by a process that
answers after 50 ms. Each transcript has 10 sentences and 8 results.
"""

import argparse
import asyncio
import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

import asyncpg
import psutil
import uvloop
from about import about
from cryptography.fernet import Fernet
from rich.console import Console
from rich.table import Table

from intelligence_ingest.migrate import MIGRATIONS
from intelligence_ingest.subscriptions import needed_topics
from trunkline.bus.kafka import KafkaBus
from trunkline.database.migrate import migrate
from trunkline.events.intelligence import Notification, NotificationKind
from trunkline.events.topics import NOTIFICATIONS
from trunkline.events.wire import encode_notification
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.jars import kafka_jars
from trunkline_cli.stack.kafka import KafkaServer
from trunkline_cli.stack.postgres import PostgresServer

HERE = Path(__file__).parent
ACCOUNT = "AC" + "0" * 32
SENTENCES = 10
RESULTS = 8
TARGET_PER_SECOND = 500.0
LONGEST_SECONDS = 300.0
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Result:
    """From the first stored result to the last."""

    transcripts: int
    latency_ms: float
    seconds: float
    results_per_second: float
    cpu_seconds: float
    """Of the one ingest process."""


@contextmanager
def twilio(latency_ms: float) -> Iterator[str]:
    """A stand-in for the API, in a process of its own."""
    counts = ["--sentences", str(SENTENCES), "--results", str(RESULTS)]
    command = [sys.executable, str(HERE / "intelligence_server.py"), *counts]
    process = subprocess.Popen(
        [*command, "--latency-ms", str(latency_ms)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.communicate()


@asynccontextmanager
async def ingest(settings: Mapping[str, str]) -> AsyncIterator[psutil.Process]:
    """One process of the service."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "intelligence_ingest", env=dict(settings)
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        await process.wait()


async def announce(bus: KafkaBus, transcripts: int) -> None:
    """Put all notifications on the topic."""
    for n in range(transcripts):
        sid = f"GT{n:032x}"
        told = Notification(
            *(NotificationKind.TWILIO_V2, sid, ACCOUNT, "GA1", 1_795_000_000_000),
            *("application/json", b"{}"),
        )
        await bus.bulk.publish(NOTIFICATIONS.name, encode_notification(told), key=f"v2:{sid}")


async def measure(database_url: str, transcripts: int) -> tuple[float, float]:
    """When the first result was there, and when the last."""
    wanted, first = transcripts * RESULTS, 0.0
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            while True:
                found = await connection.fetchval(
                    "SELECT count(*) FROM intelligence.operator_result"
                )
                first = first or (perf_counter() if found else 0.0)
                if found == wanted:
                    return first, perf_counter()
                await asyncio.sleep(LOOK_SECONDS)
    finally:
        await connection.close()


async def run(transcripts: int, latency_ms: float, folder: Path) -> Result:
    postgres = PostgresServer(folder / "postgres")
    kafka = KafkaServer(folder / "kafka", kafka_jars(CliSettings().trunkline_cache_dir))
    try:
        await asyncio.to_thread(postgres.start_sync)
        await asyncio.to_thread(kafka.start_sync)
        await migrate(postgres.url, MIGRATIONS)
        with twilio(latency_ms) as url:
            async with KafkaBus.open(kafka.bootstrap, client_id="bench") as bus:
                await bus.create_topics(needed_topics())
                await announce(bus, transcripts)
            async with ingest(settings(kafka.bootstrap, postgres.url, url)) as process:
                first, last = await measure(postgres.url, transcripts)
                times = process.cpu_times()
    finally:
        kafka.kill()
        postgres.kill()
    seconds = last - first
    each = transcripts * RESULTS / seconds
    return Result(transcripts, latency_ms, seconds, each, times.user + times.system)


def settings(bootstrap: str, database_url: str, twilio_url: str) -> Mapping[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "DATABASE_URL": database_url,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKENS": "secret",
        "TWILIO_INTELLIGENCE_BASE_URL": twilio_url,
        "INGEST_NUM_KEYS": "k1:" + base64.b64encode(bytes(32)).decode(),
        "INGEST_DATA_KEYS": Fernet.generate_key().decode(),
        "INGEST_PORT": "0",
        "INGEST_INTERNAL_PORT": "0",
        "LOG_LEVEL": "warning",
    }


def show(result: Result) -> None:
    table = Table("transcripts", "results/s", "at least", "CPU ms per result")
    per_result = result.cpu_seconds * 1000 / (result.transcripts * RESULTS)
    table.add_row(
        str(result.transcripts),
        f"{result.results_per_second:.0f}",
        f"{TARGET_PER_SECOND:.0f}",
        f"{per_result:.2f}",
    )
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--transcripts", type=int, default=1500)
    parser.add_argument("--latency-ms", type=float, default=50.0)
    parser.add_argument("--results", type=Path, default=HERE / "results/ingest_results.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = uvloop.run(run(options.transcripts, options.latency_ms, Path(folder)))
    show(result)
    options.results.write_text(json.dumps({**about(), **asdict(result)}, indent=2) + "\n")


if __name__ == "__main__":
    main()
