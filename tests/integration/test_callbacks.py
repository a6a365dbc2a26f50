"""Twilio's callbacks while the real broker is away: told to come again, and none of them lost."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from cryptography.fernet import Fernet
from pydantic import SecretStr

from trunkline.bus import Start
from trunkline.bus.kafka import KafkaBus
from trunkline.events.topics import CALLBACKS
from trunkline.events.twilio import Callback, StatusReported
from trunkline.events.wire import decode_callback
from trunkline.outbound import OutboundTicket, callback_office, outbound_office, outbound_urls
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.kafka import KafkaServer
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.run import Stack, run_stack
from twilio_emulator.signature import HEADER, sign

TICKET_KEY = Fernet.generate_key().decode()
STATUSES = ("initiated", "ringing", "in-progress", "completed")
OUTAGE_CALLBACKS = 20
RECOVERY_SECONDS = 60.0  # for what takes a second or two on a quiet machine
AGENT = """
id: caller
greeting: Hello.
instructions: Be brief.
languages: [{code: en-US}]
models: [{provider: offline}]
"""


async def test_callbacks_wait_for_the_broker_and_none_that_was_taken_is_lost(
    tmp_path: Path, own_kafka: Callable[[], KafkaServer], postgres_url: str
) -> None:
    kafka = own_kafka()
    await kafka.start()
    servers = CliSettings(
        kafka_bootstrap_servers=kafka.bootstrap, database_url=SecretStr(postgres_url)
    )
    async with running(tmp_path, servers) as stack, Twilio(stack) as twilio:
        before = await twilio.tells_all(range(4))
        await kafka.stop()
        during = await twilio.tells_all(range(4, 4 + OUTAGE_CALLBACKS))
        await kafka.start()
        again = await twilio.tells_until_taken(range(4, 4 + OUTAGE_CALLBACKS))
        told = await callbacks(kafka.bootstrap, at_least=4 + OUTAGE_CALLBACKS)

    assert before == [204] * 4
    assert during == [503] * OUTAGE_CALLBACKS
    assert again
    sequences = [one.event.sequence for one in told if isinstance(one.event, StatusReported)]
    assert sorted(set(sequences)) == list(range(4 + OUTAGE_CALLBACKS))
    assert {one.attempt_id for one in told} == {twilio.attempt_id}


class Twilio:
    """Tells a gateway how a call goes, signed, as the account that placed it."""

    attempt_id = "0190f3f2-5b7e-7c3a-8000-000000000001"

    def __init__(self, stack: Stack) -> None:
        report = stack.report
        ticket = OutboundTicket(
            *(self.attempt_id, "epoch", "acme", report.twilio.account_sid, "campaign", "caller"),
            expires_at=round(time.time()) + 60,
        )
        urls = outbound_urls(
            report.public_url,
            outbound_office([TICKET_KEY], time.time),
            callback_office([TICKET_KEY], time.time),
            ticket,
            callbacks_expire_at=round(time.time()) + 3600,
        )
        self._url = urls.status.partition("#")[0]
        self._report = report
        self._client = httpx.AsyncClient(trust_env=False, timeout=15.0)

    async def __aenter__(self) -> "Twilio":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def tells_all(self, sequences: range) -> list[int]:
        """Everything at once, as at the end of a busy minute."""
        async with asyncio.TaskGroup() as tasks:
            told = [tasks.create_task(self._tells(n), name="callback") for n in sequences]
        return [await one for one in told]

    async def tells_until_taken(self, sequences: range) -> bool:
        """Each again and again until it is taken."""
        async with asyncio.timeout(RECOVERY_SECONDS):
            for sequence in sequences:
                while await self._tells(sequence) != 204:  # noqa: ASYNC110  # another process
                    await asyncio.sleep(0.2)
        return True

    async def _tells(self, sequence: int) -> int:
        form = {
            "AccountSid": self._report.twilio.account_sid,
            "CallSid": "CA" + "7" * 32,
            "CallStatus": STATUSES[sequence % 4],
            "SequenceNumber": str(sequence),
        }
        signature = sign(self._report.twilio.auth_token, self._url, form)
        answer = await self._client.post(self._url, data=form, headers={HEADER: signature})
        return answer.status_code


@asynccontextmanager
async def running(folder: Path, servers: CliSettings) -> AsyncIterator[Stack]:
    agents = folder / "agents"
    agents.mkdir()
    (agents / "caller.yaml").write_text(AGENT)
    options = StackOptions(
        workers=1,
        restart=False,
        agents_dir=agents,
        state_dir=folder / "state",
        environment={"TICKET_KEYS": TICKET_KEY, "LOG_FORMAT": "json"},
    )
    async with run_stack(options, servers) as stack:
        yield stack


async def callbacks(bootstrap: str, *, at_least: int) -> list[Callback]:
    """What the bus has, once it has so much."""
    found: list[Callback] = []
    async with (
        asyncio.timeout(RECOVERY_SECONDS),
        KafkaBus.open(bootstrap, client_id="test") as bus,
        bus.read(CALLBACKS.name, Start.BEGINNING) as reader,
    ):
        while len(found) < at_least:
            found += [decode_callback(record.value) for record in await reader.fetch()]
    return found
