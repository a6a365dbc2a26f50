"""Callers' words and numbers appear in no log, metric, key, header, topic name or URL of ours.

A number and a phrase are sent along every path through the real processes, the crooked ones
included, and then looked for everywhere. The topics' values must hold them: otherwise the test
would prove nothing.
"""

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from trunkline.bus import Record, Start
from trunkline.bus.kafka import KafkaBus
from trunkline.events.topics import INTERRUPTS, PROMPTS, call_topic
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.run import Stack, run_stack
from twilio_emulator import CallLedger, CallPlan, dial
from twilio_emulator.call import Call, CallOver
from twilio_emulator.signature import HEADER, sign

NUMBER = "+15557346201"
WORD = "zanzibarmarmalade"
PHRASE = f"my card is {WORD}"
CANARIES = (NUMBER.removeprefix("+"), WORD)
AGENTS = {
    "desk": "models: [{provider: offline}]\nnumbers: ['+15005550111']",
    "broken": "models: [{provider: scripted, name: 5x10ms fail}]\nnumbers: ['+15005550112']",
    "talker": "models: [{provider: scripted, name: 200x20ms}]\nnumbers: ['+15005550113']",
}
DESK, BROKEN, TALKER = "+15005550111", "+15005550112", "+15005550113"
GREETING = "Hello, and welcome. " * 15  # until it is over, the call's topic is ready
AGENT = """
greeting: {greeting}
instructions: Be brief.
languages: [{{code: en-US}}]
id: {name}
{rest}
"""


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
    apologies: int = 0
    interrupts: int = 0


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return asyncio.run(gather_evidence(tmp_path_factory.mktemp("canary")))


@pytest.mark.parametrize("canary", CANARIES)
def test_a_canary_is_in_no_log_and_no_frame_log(evidence: Evidence, canary: str) -> None:
    assert {"gateway-1.log", "llm-worker-1.log", "gateway-1.jsonl"} <= evidence.files.keys()
    assert '"call_opened"' in evidence.files["gateway-1.log"]
    assert [name for name, text in evidence.files.items() if canary in text] == []


@pytest.mark.parametrize("canary", CANARIES)
def test_a_canary_is_in_no_metric(evidence: Evidence, canary: str) -> None:
    assert set(evidence.metrics) == {"gateway-1", "llm-worker-1"}
    assert [name for name, text in evidence.metrics.items() if canary in text] == []


@pytest.mark.parametrize("canary", CANARIES)
def test_a_canary_is_in_no_topic_name_key_or_header(evidence: Evidence, canary: str) -> None:
    seen = {record.topic for record in evidence.records}
    outside = [f"{record.topic} {record.key} {dict(record.headers)}" for record in evidence.records]

    assert {PROMPTS.name, INTERRUPTS.name} < seen
    assert any(canary.encode() in record.value for record in evidence.records)
    assert [text for text in outside if canary in text] == []


@pytest.mark.parametrize("canary", CANARIES)
def test_a_canary_is_in_no_url_that_twilio_is_given(evidence: Evidence, canary: str) -> None:
    assert any("/connect-action/" in url for url in evidence.urls)
    assert [url for url in evidence.urls if canary in url] == []


@pytest.mark.parametrize("canary", CANARIES)
def test_telemetry_switched_on_from_outside_carries_no_canary(
    evidence: Evidence, canary: str
) -> None:
    assert canary.encode() not in evidence.telemetry


def test_the_crooked_paths_were_gone(evidence: Evidence) -> None:
    assert evidence.apologies > 0
    assert evidence.interrupts > 0
    for outcome in ("signature", "ticket"):
        name = f'trunkline_gateway_refused_total{{reason="{outcome}"}}'
        assert sample(evidence.metrics["gateway-1"], name) > 0
    for name in ("malformed_frames", "complaints", "invalid_records"):
        assert sample(evidence.metrics["gateway-1"], f"trunkline_gateway_{name}_total") > 0


def test_secrets_are_in_no_log_and_no_metric(evidence: Evidence) -> None:
    texts = {**evidence.files, **evidence.metrics}

    assert len(evidence.secrets) >= 2
    assert [
        name for name, text in texts.items() for secret in evidence.secrets if secret in text
    ] == []


def test_files_with_secrets_or_frames_are_for_their_owner_alone(evidence: Evidence) -> None:
    assert evidence.modes == {
        "report.json": 0o600,
        "credentials.json": 0o600,
        "gateway-1.jsonl": 0o600,
    }


# The paths


async def gather_evidence(folder: Path) -> Evidence:
    found = Evidence()
    async with collector(found) as endpoint:
        options = StackOptions(
            workers=1,
            report=folder / "report.json",
            frame_logs=folder / "frames",
            agents_dir=agents_in(folder),
            state_dir=folder / "state",
            environment=telemetry_on(endpoint) | {"LOG_LEVEL": "debug", "LOG_FORMAT": "json"},
        )
        async with run_stack(options) as stack:
            for ledger in await calls(stack):
                found.urls += [webhook.url for webhook in ledger.webhooks]
                found.urls += [session.url for session in ledger.opened]
            await refused_requests(stack)
            await refused_sessions(stack)
            await strange_records(stack)
            found.metrics = await metrics_of(stack)
            found.records = [record async for record in records_of(stack)]
            found.secrets = secrets_in(folder / "state" / "credentials.json")
            for path in (folder / "report.json", folder / "state" / "credentials.json"):
                found.modes[path.name] = stat.S_IMODE(path.stat().st_mode)
    frames = folder / "frames" / "gateway-1.jsonl"
    found.modes[frames.name] = stat.S_IMODE(frames.stat().st_mode)
    found.files = {path.name: path.read_text() for path in log_files(folder)}
    found.apologies = int(sample(found.metrics["gateway-1"], "trunkline_gateway_apologies_total"))
    found.interrupts = int(sample(found.metrics["gateway-1"], "trunkline_gateway_interrupts_total"))
    return found


async def calls(stack: Stack) -> list[CallLedger]:
    """Calls of the canary, one of them to a number that nobody answers."""
    ledgers = []
    for to, talk in ((DESK, talk_of_everything), (BROKEN, ask), (TALKER, interrupt), (NUMBER, ask)):
        async with dial(plan(stack, to)) as call:
            with suppress(CallOver):
                await talk(call)
        ledgers.append(call.ledger)
    return ledgers


async def ask(call: Call) -> None:
    await call.say(PHRASE)
    await call.reply()


async def interrupt(call: Call) -> None:
    await call.say(PHRASE)
    await call.interrupt(PHRASE, after_chars=10)
    await call.send_raw(frame(type="interrupt", utteranceUntilInterrupt=PHRASE))


async def talk_of_everything(call: Call) -> None:
    """Every frame there is, and some that there are not; then a lost connection."""
    await ask(call)
    await call.send_raw(frame(type="dtmf", digit=NUMBER))
    await call.send_raw(frame(type="error", description=f"Invalid message received: {PHRASE}"))
    await call.send_raw(frame(type="info", name="tokensPlayed", value=PHRASE))
    await call.send_raw(frame(type=PHRASE, name=NUMBER))
    await call.send_raw(f"{NUMBER} {PHRASE}")
    await call.send_raw(frame(type="prompt", voicePrompt={"words": PHRASE}))
    await ask(call)
    for _ in range(10):
        await call.send_raw(PHRASE)
    await ask(call)
    await call.drop_connection()
    await ask(call)


async def refused_requests(stack: Stack) -> None:
    """Forged, unknown, oversized and misdirected ones, each with the canary in it."""
    report = stack.report
    form = {"From": NUMBER, "To": NUMBER, "CallerName": PHRASE, "CallSid": "CAcanary"}
    form["AccountSid"] = report.twilio.account_sid
    in_url = f"?{urlencode({'From': NUMBER, 'Name': PHRASE})}"
    too_much = {**form, "Body": WORD * 10_000}
    signed = sign(report.twilio.auth_token, report.voice_url, form)
    signed_too = sign(report.twilio.auth_token, report.voice_url + in_url, form)
    action = f"{report.public_url}/twilio/voice/connect-action/"
    async with httpx.AsyncClient(trust_env=False) as client:

        async def post(url: str, data: dict[str, str], signature: str = "forged") -> int:
            answer = await client.post(url, data=data, headers={HEADER: signature})
            return answer.status_code

        statuses = [
            await post(report.voice_url, form),
            await post(report.voice_url, form, PHRASE),
            await post(report.voice_url + in_url, form, signed),
            await post(report.voice_url, too_much, signed),
            await post(f"{report.public_url}/{quote(PHRASE)}", form),
            (await client.get(report.voice_url + in_url)).status_code,
            await post(report.voice_url + in_url, form, signed_too),
            await post(action + WORD, form, sign(report.twilio.auth_token, action + WORD, form)),
        ]
    assert statuses == [403, 403, 403, 413, 404, 405, 200, 200]


async def refused_sessions(stack: Stack) -> None:
    """Upgrades that are not let in, and sessions that are not their calls'."""
    url = stack.report.relay_url
    for bad in (url, f"{url}?from={quote(NUMBER)}&name={quote(PHRASE)}"):
        with suppress(InvalidStatus):
            await upgrade(stack, bad, signed=url + "/")
    firsts = [
        frame(
            type="setup",
            callSid=f"CA{WORD}",
            customParameters={"ticket": PHRASE},
            **{"from": NUMBER, "to": NUMBER},
        ),
        frame(type="prompt", voicePrompt=PHRASE),
        PHRASE,
    ]
    for first in firsts:
        socket = await upgrade(stack, url, signed=url)
        await socket.send(first)
        with suppress(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1008


async def strange_records(stack: Stack) -> None:
    """Records that nobody understands, in every topic that is read."""
    gateway = f"replies.{stack.report.gateways[0].id}"
    async with (
        bus_of(stack) as bus,
        dial(plan(stack, DESK)) as call,
    ):
        await ask(call)
        own = call_topic(call.ledger.call_sid).name
        for topic in (PROMPTS.name, INTERRUPTS.name, gateway, own):
            await bus.calls.publish(topic, b"\xff" + PHRASE.encode())
        await ask(call)


# What is left of it


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


# Tools


def agents_in(folder: Path) -> Path:
    agents = folder / "agents"
    agents.mkdir()
    for name, rest in AGENTS.items():
        (agents / f"{name}.yaml").write_text(AGENT.format(name=name, rest=rest, greeting=GREETING))
    return agents


def plan(stack: Stack, to: str) -> CallPlan:
    twilio = stack.report.twilio
    return CallPlan(
        voice_url=stack.report.voice_url,
        account_sid=twilio.account_sid,
        auth_token=twilio.auth_token,
        from_number=NUMBER,
        to_number=to,
        speaking_cps=300,
        barge_in_ms=50,
    )


def frame(**fields: object) -> str:
    return json.dumps(fields)


async def upgrade(stack: Stack, url: str, *, signed: str) -> ClientConnection:
    signature = sign(stack.report.twilio.auth_token, signed)
    return await connect(url, additional_headers={HEADER: signature}, proxy=None)


@asynccontextmanager
async def bus_of(stack: Stack) -> AsyncIterator[KafkaBus]:
    async with KafkaBus.open(stack.report.kafka.bootstrap, client_id="canary") as bus:
        yield bus


def telemetry_on(endpoint: str) -> dict[str, str]:
    """What switches telemetry on in programs that let the environment do so."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED": "true",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }


@asynccontextmanager
async def collector(found: Evidence) -> AsyncIterator[str]:
    """A server that takes whatever telemetry is sent."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            found.telemetry += data
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"http://{host}:{port}"
