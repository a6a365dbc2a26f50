"""Sends the canary along every path, and gathers everything that can be seen of it afterwards."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from bird import bus_of
from canary_agents import CLOSED, MODEL_KEY, SECRET, write_agents, write_secret
from crooked import refused_requests, refused_sessions, strange_records
from outside import Outside, collector, outside
from talks import calls

from trunkline.bus import Record, Start
from trunkline_cli.settings import inherited_environment
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.run import Stack, run_stack
from trunkline_cli.testing import TRUNKLINE
from twilio_emulator import CallLedger


@dataclass
class Evidence:
    """Everything that outlives a call, or can be seen of it from outside."""

    files: dict[str, str] = field(default_factory=dict)
    modes: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    telemetry: bytes = b""
    secrets: list[str] = field(default_factory=list)
    ledgers: list[CallLedger] = field(default_factory=list)
    outside: Outside = field(default_factory=Outside)


async def gather_evidence(folder: Path) -> Evidence:
    found = Evidence()

    def take(telemetry: bytes) -> None:
        found.telemetry += telemetry

    async with collector(take) as telemetry, outside() as found.outside:
        told = telemetry | settings(folder, found.outside.host)
        options = StackOptions(
            workers=1,
            report=folder / "report.json",
            frame_logs=folder / "frames",
            agents_dir=write_agents(folder, found.outside.host),
            state_dir=folder / "state",
            environment=told,
        )
        async with run_stack(options) as stack:
            await send_canary(stack, found)
            found.metrics = await metrics_of(stack)
            found.records = [record async for record in records_of(stack)]
            found.secrets = [*secrets_in(folder / "state" / "credentials.json"), SECRET, MODEL_KEY]
            found.files["doctor"] = await doctor(stack, folder, told)
            for path in (folder / "report.json", folder / "state" / "credentials.json"):
                found.modes[path.name] = stat.S_IMODE(path.stat().st_mode)
    frames = folder / "frames" / "gateway-1.jsonl"
    found.modes[frames.name] = stat.S_IMODE(frames.stat().st_mode)
    found.files |= {path.name: path.read_text() for path in log_files(folder)}
    return found


async def send_canary(stack: Stack, found: Evidence) -> None:
    found.ledgers = await calls(stack)
    for ledger in found.ledgers:
        found.urls += [webhook.url for webhook in ledger.webhooks]
        found.urls += [session.url for session in ledger.opened]
    await refused_requests(stack)
    await refused_sessions(stack)
    await strange_records(stack)


def settings(folder: Path, host: str) -> dict[str, str]:
    return {
        "LOG_LEVEL": "debug",
        "LOG_FORMAT": "json",
        "TOOL_HOSTS": f"{host},{CLOSED}",
        "TOOL_SECRETS_DIR": str(write_secret(folder)),
        "GROQ_API_KEY": MODEL_KEY,
        "GROQ_BASE_URL": f"http://{host}",
    }


async def doctor(stack: Stack, folder: Path, told: dict[str, str]) -> str:
    """What `trunkline doctor` says, all wrong answers of our outside included."""
    credentials = json.loads((folder / "state" / "credentials.json").read_text())
    environment = {
        **inherited_environment(),
        **told,
        **stack.servers.environment,
        "AGENTS_DIR": str(folder / "agents"),
        "PUBLIC_URL": stack.report.public_url,
        "TWILIO_ACCOUNT_SID": stack.report.twilio.account_sid,
        "TWILIO_AUTH_TOKENS": ",".join(credentials["auth_tokens"]),
        "TWILIO_API_BASE_URL": told["GROQ_BASE_URL"],
        "TICKET_KEYS": ",".join(credentials["ticket_keys"]),
    }
    process = await asyncio.create_subprocess_exec(
        str(TRUNKLINE),
        "doctor",
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    return output.decode()


async def metrics_of(stack: Stack) -> dict[str, str]:
    async with httpx.AsyncClient(trust_env=False) as client:
        return {
            service.name: (await client.get(f"{service.internal_url}/metrics")).text
            for service in stack.services
        }


async def records_of(stack: Stack) -> AsyncIterator[Record]:
    """Every record of every topic."""
    async with bus_of(stack) as bus:
        for topic in sorted(await bus.topics()):
            ends = await bus.end_offsets(topic)
            async with bus.read(topic, Start.BEGINNING) as reader:
                while any(end > reader.positions().get(at, 0) for at, end in ends.items()):
                    async with asyncio.timeout(10):
                        for record in await reader.fetch():
                            yield record


def log_files(folder: Path) -> Iterator[Path]:
    """Logs of our processes and of the servers; the data of the servers holds calls, of course."""
    yield from (folder / "state" / "logs").iterdir()
    yield from (folder / "frames").iterdir()
    for server in ("kafka", "postgres"):
        yield from (folder / "state").rglob(f"{server}.log")


def secrets_in(path: Path) -> list[str]:
    credentials = json.loads(path.read_text())
    return [*credentials["auth_tokens"], *credentials["ticket_keys"]]


def sample(metrics: str, name: str) -> float:
    values = [line.rpartition(" ") for line in metrics.splitlines()]
    return sum(float(value) for found, _, value in values if found == name)
