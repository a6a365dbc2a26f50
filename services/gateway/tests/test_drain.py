"""SIGTERM of a real gateway in the middle of a call, with real Kafka and a real worker."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from trunkline.bus.kafka import KafkaBus
from trunkline.events.topics import replies_topic
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.run import Stack, run_stack
from trunkline_cli.stack.service import Service
from twilio_emulator import CallPlan, dial, numbered
from twilio_emulator.signature import HEADER, sign

# Long enough for the call's topic to be ready before anybody says a word.
GREETING = "Hello, and welcome. " * 15
NUMBER = "+15005550113"
AGENT = f"""
id: talker
greeting: {GREETING}
instructions: Be brief.
languages: [{{code: en-US}}]
models: [{{provider: scripted, name: 10x20ms}}]
numbers: ["{NUMBER}"]
"""


@pytest.fixture
def servers(kafka_bootstrap: str, postgres_url: str) -> CliSettings:
    """The servers that all tests share."""
    return CliSettings(
        kafka_bootstrap_servers=kafka_bootstrap, database_url=SecretStr(postgres_url)
    )


async def test_a_gateway_told_to_stop_finishes_its_call_and_takes_no_other(
    tmp_path: Path, servers: CliSettings
) -> None:
    async with running(tmp_path, servers, gateways=1, drain_seconds=60) as stack:
        gateway = stack.gateways[0]
        async with dial(plan(stack)) as call:
            await call.say("First.")
            await call.reply()
            gateway.child.send_signal(signal.SIGTERM)
            await until(lambda: is_unready(gateway, "not draining"))
            with pytest.raises(InvalidStatus) as refused:
                await upgrade(stack, gateway)
            await call.say("Second.")
            second = await call.reply()
            is_alive = gateway.alive
        async with asyncio.timeout(10):
            status = await gateway.child.wait()
        async with KafkaBus.open(stack.report.kafka.bootstrap, client_id="test") as bus:
            topics = await bus.topics()

    assert refused.value.response.status_code == 503
    assert second.text.startswith("t2.")
    assert numbered.received(call.ledger).none
    assert is_alive
    assert status == 0
    assert call.ledger.ended_by == "caller"
    assert faults(gateway) == []
    assert replies_topic(gateway.name).name not in topics


async def test_a_call_that_outlasts_the_drain_goes_on_at_another_gateway(
    tmp_path: Path, servers: CliSettings
) -> None:
    async with (
        running(tmp_path, servers, gateways=2, drain_seconds=1) as stack,
        dial(plan(stack)) as call,
    ):
        await call.say("First.")
        await call.reply()
        (gateway,) = [each for each in stack.gateways if await has_a_call(each)]
        gateway.child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            status = await gateway.child.wait()
        await call.say("Second.")
        second = await call.reply()
        await call.hang_up()

    assert status == 0
    assert second.text.startswith("t2.")
    assert [session.close_code for session in call.ledger.closed] == [1012, 1000]
    assert [session.status for session in call.ledger.closed] == ["failed", "completed"]
    assert faults(gateway) == []


async def test_a_gateway_without_calls_stops_at_once(tmp_path: Path, servers: CliSettings) -> None:
    async with running(tmp_path, servers, gateways=1, drain_seconds=60) as stack:
        gateway = stack.gateways[0]
        gateway.child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            status = await gateway.child.wait()

    assert status == 0
    assert faults(gateway) == []


@asynccontextmanager
async def running(
    folder: Path, servers: CliSettings, *, gateways: int, drain_seconds: float
) -> AsyncIterator[Stack]:
    agents = folder / "agents"
    agents.mkdir()
    (agents / "talker.yaml").write_text(AGENT)
    options = StackOptions(
        gateways=gateways,
        workers=1,
        restart=False,
        agents_dir=agents,
        state_dir=folder / "state",
        environment={"GATEWAY_DRAIN_SECONDS": str(drain_seconds), "LOG_FORMAT": "json"},
    )
    async with run_stack(options, servers) as stack:
        yield stack


def plan(stack: Stack) -> CallPlan:
    twilio = stack.report.twilio
    return CallPlan(
        voice_url=stack.report.voice_url,
        account_sid=twilio.account_sid,
        auth_token=twilio.auth_token,
        to_number=NUMBER,
        speaking_cps=300,
    )


async def upgrade(stack: Stack, gateway: Service) -> None:
    """Knock at this gateway, past the front."""
    url = gateway.url.replace("http", "ws") + "/twilio/relay"
    signature = sign(stack.report.twilio.auth_token, url)
    await connect(url, additional_headers={HEADER: signature}, proxy=None)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await holds():  # noqa: ASYNC110  # another process brings it about
            await asyncio.sleep(0.02)


async def is_unready(gateway: Service, why: str) -> bool:
    response = await internal(gateway, "/readyz")
    return response.status_code == 503 and response.json()["missing"] == [why]


async def has_a_call(gateway: Service) -> bool:
    return "trunkline_gateway_live_calls 1.0" in (await internal(gateway, "/metrics")).text


async def internal(gateway: Service, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(gateway.internal_url + path)


def faults(gateway: Service) -> list[str]:
    """Lines of its log that tell of something that went wrong, or are none of ours."""
    lines = [json.loads(line) for line in gateway.log.read_text().splitlines()]
    return [line["event"] for line in lines if line["level"] not in ("info", "debug")]
