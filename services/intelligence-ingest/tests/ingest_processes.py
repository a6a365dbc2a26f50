"""The service as real processes, against a real broker and database and a fake of Twilio."""

import asyncio
import base64
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from cryptography.fernet import Fernet
from fake_intelligence import ACCOUNT, FakeIntelligence
from fastapi import FastAPI, Request, Response

from trunkline.health import plain_app, serve

DATA_KEY = Fernet.generate_key().decode()
STOP_SECONDS = 20


def twilio_app(twilio: FakeIntelligence, latency_seconds: float = 0.0) -> FastAPI:
    """The fake behind a socket."""
    app = plain_app()

    @app.get("/{path:path}")
    async def answer(request: Request) -> Response:
        await asyncio.sleep(latency_seconds)
        status, headers, document = twilio.answer(str(request.url))
        return Response(twilio.encoded(document), status, dict(headers), "application/json")

    return app


@asynccontextmanager
async def serving(twilio: FakeIntelligence, latency_seconds: float = 0.0) -> AsyncIterator[str]:
    """The base URL under which it answers."""
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as tasks:
        server = tasks.create_task(
            serve(
                twilio_app(twilio, latency_seconds),
                *("127.0.0.1", 0),
                listening=listening.set_result,
            ),
            name="twilio",
        )
        yield f"http://127.0.0.1:{await listening}"
        server.cancel()


def environment(bootstrap: str, database_url: str, twilio_url: str) -> Mapping[str, str]:
    """What a process of the service needs to know."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "DATABASE_URL": database_url,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKENS": "secret",
        "TWILIO_INTELLIGENCE_BASE_URL": twilio_url,
        "INGEST_NUM_KEYS": "k1:" + base64.b64encode(bytes(32)).decode(),
        "INGEST_DATA_KEYS": DATA_KEY,
        "INGEST_PORT": "0",
        "INGEST_INTERNAL_PORT": "0",
        "LOG_LEVEL": "warning",
        "LOG_FORMAT": "json",
    }


class Replica:
    """One process, started and stopped at will."""

    def __init__(self, name: str, settings: Mapping[str, str]) -> None:
        self._settings = {**settings, "INGEST_ID": name}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "intelligence_ingest", env=self._settings
        )

    async def kill(self) -> None:
        """As a node that is gone."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """As a deployment does it; its exit status."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.returncode is None:
            process.send_signal(number)
        async with asyncio.timeout(STOP_SECONDS):
            return await process.wait()


@asynccontextmanager
async def replicas(settings: Mapping[str, str], number: int) -> AsyncIterator[list[Replica]]:
    """Some that run, and are gone afterwards."""
    found = [Replica(f"ingest-{n}", settings) for n in range(number)]
    try:
        for each in found:
            await each.start()
        yield found
    finally:
        for each in found:
            await each.kill()


async def typed(database_url: str, *words: str) -> tuple[int, str, str]:
    """Exit status, standard output and error of a command."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "intelligence_ingest", *words),
        env=dict(environment("127.0.0.1:1", database_url, "http://127.0.0.1:1")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()
