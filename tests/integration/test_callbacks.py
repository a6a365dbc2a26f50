"""Twilio's callbacks while the real broker is away: told to come again, and none of them lost."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import httpx
from placing import ATTEMPT, running, urls_of, values
from pydantic import SecretStr

from trunkline.events.topics import CALLBACKS
from trunkline.events.twilio import Callback, StatusReported
from trunkline.events.wire import decode_callback
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.kafka import KafkaServer
from trunkline_cli.stack.run import Stack
from twilio_emulator.signature import HEADER, sign

STATUSES = ("initiated", "ringing", "in-progress", "completed")
OUTAGE_CALLBACKS = 20
RECOVERY_SECONDS = 60.0  # for what takes a second or two on a quiet machine


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
        await twilio.tells_until_taken(range(4, 4 + OUTAGE_CALLBACKS))
        told = await callbacks(kafka.bootstrap, at_least=4 + OUTAGE_CALLBACKS)

    assert before == [204] * 4
    assert during == [503] * OUTAGE_CALLBACKS
    sequences = [one.event.sequence for one in told if isinstance(one.event, StatusReported)]
    assert sorted(set(sequences)) == list(range(4 + OUTAGE_CALLBACKS))
    assert {one.attempt_id for one in told} == {ATTEMPT.format(1)}


class Twilio:
    """Tells a gateway how a call goes, signed, as the account that placed it."""

    def __init__(self, stack: Stack) -> None:
        self._account = stack.report.twilio
        urls = urls_of(stack.report.public_url, self._account.account_sid)
        self._url = urls.status.partition("#")[0]
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

    async def tells_until_taken(self, sequences: range) -> None:
        """Each again and again until it is taken."""
        async with asyncio.timeout(RECOVERY_SECONDS):
            for sequence in sequences:
                while await self._tells(sequence) != 204:  # noqa: ASYNC110  # another process
                    await asyncio.sleep(0.2)

    async def _tells(self, sequence: int) -> int:
        form = {
            "AccountSid": self._account.account_sid,
            "CallSid": "CA" + "7" * 32,
            "CallStatus": STATUSES[sequence % 4],
            "SequenceNumber": str(sequence),
        }
        signature = sign(self._account.auth_token, self._url, form)
        answer = await self._client.post(self._url, data=form, headers={HEADER: signature})
        return answer.status_code


async def callbacks(bootstrap: str, *, at_least: int) -> list[Callback]:
    """What the bus has, once it has so much."""
    found: list[Callback] = []
    async with (
        asyncio.timeout(RECOVERY_SECONDS),
        aclosing(values(bootstrap, CALLBACKS.name)) as told,
    ):
        async for value in told:
            found.append(decode_callback(value))
            if len(found) >= at_least:
                break
    return found
