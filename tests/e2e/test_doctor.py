"""`trunkline doctor`, asked about a stack that runs, with a Twilio that knows its number."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import pytest
from fastapi import Response
from fastapi.responses import JSONResponse

from trunkline.health import plain_app, serve
from trunkline_cli.paths import ROOT
from trunkline_cli.settings import inherited_environment
from trunkline_cli.testing import TRUNKLINE, RunningStack

OWN_NUMBER = "+15005550100"


@dataclass(frozen=True)
class Told:
    """What the doctor said, and its exit status."""

    text: str
    status: int

    def lines(self, sign: str) -> list[str]:
        found = (line.strip() for line in self.text.splitlines())
        return [line[2:] for line in found if line.startswith(sign)]


@pytest.fixture
async def twilio_url(stack: RunningStack) -> AsyncIterator[str]:
    """An account whose one number leads to the stack."""
    app, listening = plain_app(), asyncio.Event()
    ports: list[int] = []

    @app.get("/2010-04-01/Accounts/{name}")
    async def account(name: str) -> Response:
        return JSONResponse({"status": "active", "type": "Full"})

    @app.get("/2010-04-01/Accounts/{sid}/IncomingPhoneNumbers.json")
    async def numbers(sid: str, PhoneNumber: str) -> Response:
        owned = {"voice_url": stack.report["voice_url"], "voice_fallback_url": "https://x.example"}
        return JSONResponse({"incoming_phone_numbers": [owned] * (PhoneNumber == OWN_NUMBER)})

    def listens(port: int) -> None:
        ports.append(port)
        listening.set()

    async with asyncio.TaskGroup() as tasks:
        server = tasks.create_task(serve(app, "127.0.0.1", 0, listening=listens), name="twilio")
        await listening.wait()
        yield f"http://127.0.0.1:{ports[0]}"
        server.cancel()


@pytest.fixture
def settings(stack: RunningStack, tools: Mapping[str, str], twilio_url: str) -> Mapping[str, str]:
    """The settings of the stack that runs, as somebody would have them in `.env`."""
    credentials = json.loads((stack.logs.parent / "credentials.json").read_text())
    return {
        **tools,
        "AGENTS_DIR": str(ROOT / "agents"),
        "PUBLIC_URL": stack.report["public_url"],
        "TWILIO_ACCOUNT_SID": stack.report["twilio"]["account_sid"],
        "TWILIO_AUTH_TOKENS": ",".join(credentials["auth_tokens"]),
        "TWILIO_API_BASE_URL": twilio_url,
        "TICKET_KEYS": ",".join(credentials["ticket_keys"]),
        "KAFKA_BOOTSTRAP_SERVERS": stack.report["kafka"]["bootstrap"],
        "DATABASE_URL": stack.report["postgres"]["url"],
    }


async def doctor(settings: Mapping[str, str]) -> Told:
    process = await asyncio.create_subprocess_exec(
        str(TRUNKLINE),
        "doctor",
        env={**inherited_environment(), **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    return Told(output.decode(), process.returncode or 0)


async def test_a_stack_that_runs_is_found_well_but_for_what_a_laptop_lacks(
    settings: Mapping[str, str],
) -> None:
    told = await doctor(settings)

    assert told.status == 0, told.text
    assert told.lines("✗") == []
    assert "PUBLIC_URL is this machine alone: Twilio cannot reach it" in told.lines("!")
    assert {
        "the auth token fits an active account",
        "this machine's clock agrees with Twilio's",
        f"{OWN_NUMBER} leads here, and has a fallback",
        "unsigned requests are refused, signed ones are answered with TwiML",
        "WebSockets reach the gateway, and need a signature",
        "topics can be made and removed",
    } <= set(told.lines("✓"))


async def test_settings_that_do_not_fit_the_stack_are_wrong(settings: Mapping[str, str]) -> None:
    """Another token than the gateways', a missing key, and nobody at Kafka's address."""
    changes = {"TWILIO_AUTH_TOKENS": "0" * 32, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9"}

    told = await doctor({**settings, **changes})
    without_keys = await doctor({**settings, "TICKET_KEYS": ""})

    assert (told.status, without_keys.status) == (1, 1)
    assert "a signed request is refused" in told.lines("✗")
    assert any(line.startswith("no answer from 127.0.0.1:9") for line in told.lines("✗"))
    assert "TICKET_KEYS is not set" in without_keys.lines("✗")


async def test_the_doctor_shows_no_secret(settings: Mapping[str, str], stack: RunningStack) -> None:
    keys = {"GROQ_API_KEY": "gsk-canary", "GROQ_BASE_URL": "http://127.0.0.1:9"}
    password = "postgresql://user:pg-canary@127.0.0.1:9/name"
    told = await doctor({**settings, **keys, "DATABASE_URL": password})

    secrets = [*settings["TWILIO_AUTH_TOKENS"].split(","), *settings["TICKET_KEYS"].split(",")]
    assert [secret for secret in [*secrets, "canary"] if secret in told.text] == []
