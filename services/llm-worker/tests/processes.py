"""Worker processes on a real broker, for the tests that need them."""

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from trunkline.bus import NewTopic, Start
from trunkline.bus.kafka import KafkaBus
from trunkline.events.call import WorkerEvent
from trunkline.events.topics import CLOCKS, INTERRUPTS, PROMPTS
from trunkline.events.wire import decode_record

REPLIES = "replies.gateway-1"

Events = dict[str, list[tuple[float, WorkerEvent]]]


class Running:
    """A worker process, and the URL of its internal port."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url
        self.log = b""
        """All that it logged after its start, once it has ended."""

    async def metrics(self) -> str:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"{self.url}/metrics")).text

    async def counts(self, line: str) -> None:
        """Wait until the metrics hold this line."""
        async with asyncio.timeout(20):
            while True:
                if line in await self.metrics():
                    return
                await asyncio.sleep(0.05)

    async def end(self) -> None:
        """Wait for its end, which was asked for or forced."""
        async with asyncio.timeout(20):
            _, self.log = await self.process.communicate()


@asynccontextmanager
async def running_worker(
    bootstrap: str, folder: Path, agent: str, **more: str
) -> AsyncIterator[Running]:
    """Run a worker with one agent file, and with `more` settings."""
    agents = folder / "agents"
    agents.mkdir(exist_ok=True)
    (agents / "agent.yaml").write_text(agent)
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "AGENTS_DIR": str(agents),
        "WORKER_INTERNAL_PORT": "0",
        "LOG_FORMAT": "json",
        **more,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "llm_worker"), env=settings, cwd=folder,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    worker = None
    try:
        worker = Running(process, await _internal_url(process))
        await _ready(worker)
        yield worker
    finally:
        if process.returncode is None:
            process.terminate()
            await (worker or Running(process, "")).end()


async def _internal_url(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(30):
        async for line in process.stderr:
            if found := re.search(rb'"port": (\d+)', line):
                return f"http://127.0.0.1:{int(found[1])}"
    raise AssertionError("the worker ended before it listened")


async def _ready(worker: Running) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as client:
        while True:
            if (await client.get(f"{worker.url}/readyz")).status_code == 200:
                return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def bus_with_topics(bootstrap: str) -> AsyncIterator[KafkaBus]:
    async with KafkaBus.open(bootstrap, client_id="test-gateway") as bus:
        await bus.create_topics([PROMPTS.new(), INTERRUPTS.new(), CLOCKS.new(), NewTopic(REPLIES)])
        yield bus


@asynccontextmanager
async def listening(bus: KafkaBus) -> AsyncIterator[Events]:
    """All that workers answer, by call, with the moment at which it was read."""
    heard: Events = {}

    async def listen() -> None:
        async with bus.read(REPLIES, Start.BEGINNING) as reader:
            while True:
                for read in await reader.fetch():
                    record = decode_record(read.value)
                    assert isinstance(record.event, WorkerEvent)
                    events = heard.setdefault(record.call_sid, [])
                    events.append((time.perf_counter(), record.event))

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(listen(), name="listen")
        yield heard
        task.cancel()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)
