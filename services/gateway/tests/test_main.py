"""How a gateway process begins: ready when it can take calls, or a sentence that says why not."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from trunkline.bus.kafka import KafkaBus
from trunkline.events.topics import CLOCKS, replies_topic
from trunkline_cli.stack.ports import free_port

AUTH_TOKEN, TICKET_KEY = "3f" * 16, Fernet.generate_key().decode()
AGENT = """
id: desk
greeting: Hello.
instructions: Be brief.
languages: [{code: en-US}]
models: [{provider: offline}]
numbers: ["+15005550001"]
"""


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Everything a gateway must be told, on ports of its own."""
    (tmp_path / "desk.yaml").write_text(AGENT)
    return {
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}",
        "PUBLIC_URL": "https://voice.example.com",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKENS": AUTH_TOKEN,
        "TICKET_KEYS": TICKET_KEY,
        "AGENTS_DIR": str(tmp_path),
        "GATEWAY_ID": f"gateway-{os.getpid()}",
        "GATEWAY_PORT": str(free_port()),
        "GATEWAY_INTERNAL_PORT": str(free_port()),
        "LOG_FORMAT": "json",
    }


async def test_a_gateway_is_ready_with_its_own_topic_and_takes_it_away_again(
    settings: dict[str, str], kafka_bootstrap: str, tmp_path: Path
) -> None:
    settings["KAFKA_BOOTSTRAP_SERVERS"] = kafka_bootstrap
    own = replies_topic(settings["GATEWAY_ID"]).name
    async with (
        KafkaBus.open(kafka_bootstrap, client_id="test") as bus,
        process(settings, tmp_path) as gateway,
    ):
        await bus.create_topics([CLOCKS.new()])
        await until_ready(settings)
        while_running = await bus.topics()
        gateway.send_signal(signal.SIGTERM)
        _, output = await gateway.communicate()
        afterwards = await bus.topics()

    assert own in while_running
    assert own not in afterwards
    assert gateway.returncode == 0
    assert_no_secret(output)


async def test_a_gateway_is_not_ready_before_its_clock_was_compared_with_the_brokers(
    settings: dict[str, str], kafka_bootstrap: str, tmp_path: Path
) -> None:
    settings["KAFKA_BOOTSTRAP_SERVERS"] = kafka_bootstrap
    async with KafkaBus.open(kafka_bootstrap, client_id="test") as bus:
        await bus.delete_topics([CLOCKS.name])
        async with process(settings, tmp_path):
            await until_missing(settings, ["clock"])
            await bus.create_topics([CLOCKS.new()])
            await until_ready(settings)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("TICKET_KEYS", "", "TICKET_KEYS is not set."),
        ("TWILIO_AUTH_TOKENS", "", "TWILIO_AUTH_TOKENS is not set."),
        ("PUBLIC_URL", "voice.example.com", "PUBLIC_URL is wrong: must start with https://"),
        ("GATEWAY_SLOTS", "0", "GATEWAY_SLOTS is wrong:"),
    ],
)
async def test_a_setting_that_is_not_right_ends_the_start_with_a_sentence(
    settings: dict[str, str], tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    async with process({**settings, name: value}, tmp_path) as gateway:
        _, output = await gateway.communicate()

    assert output.decode().startswith(sentence)
    assert len(output.splitlines()) == 1
    assert gateway.returncode == 1
    assert_no_secret(output)


async def test_a_mistake_in_an_agent_file_is_named_by_file_and_line(
    settings: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "desk.yaml").write_text(AGENT.replace("greeting", "greting"))
    async with process(settings, tmp_path) as gateway:
        _, output = await gateway.communicate()

    assert "desk.yaml" in output.decode()
    assert "greting" in output.decode()
    assert "Traceback" not in output.decode()
    assert gateway.returncode == 1


async def test_a_ticket_key_that_is_none_ends_the_start_without_being_shown(
    settings: dict[str, str], tmp_path: Path
) -> None:
    async with process({**settings, "TICKET_KEYS": "not-a-fernet-key"}, tmp_path) as gateway:
        _, output = await gateway.communicate()

    assert output.decode().startswith("TICKET_KEYS is wrong:")
    assert "not-a-fernet-key" not in output.decode()
    assert gateway.returncode == 1


@asynccontextmanager
async def process(
    settings: Mapping[str, str], folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    gateway = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway"),
        env=dict(settings),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(30):
            yield gateway
    finally:
        if gateway.returncode is None:
            gateway.kill()
            await gateway.wait()


async def until_ready(settings: Mapping[str, str]) -> None:
    await until_missing(settings, [])


async def until_missing(settings: Mapping[str, str], conditions: Sequence[str]) -> None:
    """Wait until the gateway is ready but for these."""
    url = f"http://127.0.0.1:{settings['GATEWAY_INTERNAL_PORT']}/readyz"
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            with suppress(httpx.TransportError):
                if (await client.get(url)).json()["missing"] == conditions:
                    return
            await asyncio.sleep(0.05)


def assert_no_secret(output: bytes) -> None:
    assert AUTH_TOKEN not in output.decode()
    assert TICKET_KEY not in output.decode()
