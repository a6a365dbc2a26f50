"""A dialer as many are written: it asks again after an error. The oracle must not believe it."""

import asyncio
import base64
import http.server
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
from pydantic import Field, SecretStr

from trunkline.outbound import OutboundTicket, callback_office, outbound_office, outbound_urls
from trunkline.protect import NumberVault
from trunkline.settings import TwilioSettings, load_settings

TRIES = 5
TAKE = """
    UPDATE dialer.contact SET state = 'dialing' WHERE id = (
        SELECT id FROM dialer.contact WHERE state = 'ready' ORDER BY id
           FOR UPDATE SKIP LOCKED LIMIT 1)
    RETURNING id, tenant_id, campaign_id, num_key, num_hmac, num_enc
"""
BEGIN = """
    INSERT INTO dialer.attempt (id, tenant_id, campaign_id, contact_id, attempt_no, account_sid,
                                from_number_id, num_key, num_hmac, generation, state, owner_epoch,
                                lease_until, posting_at, ring_seconds, talk_seconds)
    SELECT $1, $2, $3, $4, 1, f.account_sid, f.id, $5, $6, 1, 'posting', $7, clock_timestamp(),
           clock_timestamp(), 25, 600
      FROM dialer.from_number f WHERE f.tenant_id = $2
    RETURNING account_sid, (SELECT num_enc FROM dialer.from_number f WHERE f.tenant_id = $2)
"""
FINISH = """
    UPDATE dialer.attempt SET state = 'completed', sid = $2, holds_number = false, settled = true
     WHERE id = $1
"""
CLOSE = "UPDATE dialer.contact SET state = 'done', disposition = 'human' WHERE id = $1"


class ToySettings(TwilioSettings):
    """What the toy is told, under the dialer's names."""

    database_url: SecretStr
    public_url: str
    ticket_keys: SecretStr
    twilio_api_base_url: str
    dialer_num_keys: SecretStr
    dialer_data_keys: SecretStr
    dialer_internal_port: int = Field(ge=1)


class Toy:
    """One process of it."""

    def __init__(self, settings: ToySettings, connection: asyncpg.Connection) -> None:
        self._settings = settings
        self._connection = connection
        name, _, pepper = settings.dialer_num_keys.get_secret_value().partition(":")
        data_key = settings.dialer_data_keys.get_secret_value()
        self._vault = NumberVault({name: base64.b64decode(pepper)}, [data_key])
        self._epoch = uuid.uuid4()
        self._client = httpx.AsyncClient(trust_env=False, verify=False, timeout=10)

    async def run(self) -> None:
        until = datetime.now(UTC) + timedelta(days=1)
        worker = "INSERT INTO dialer.worker (epoch, name, lease_until) VALUES ($1, 'toy', $2)"
        await self._connection.execute(worker, self._epoch, until)
        while True:
            contact = await self._connection.fetchrow(TAKE)
            if contact is None:
                await asyncio.sleep(0.1)
            else:
                await self._call(contact)

    async def _call(self, contact: asyncpg.Record) -> None:
        attempt = uuid.uuid4()
        account, sender = await self._connection.fetchrow(
            BEGIN,
            *(attempt, contact["tenant_id"], contact["campaign_id"], contact["id"]),
            *(contact["num_key"], contact["num_hmac"], self._epoch),
        )
        form = {
            "To": self._vault.decrypt(contact["num_enc"]),
            "From": self._vault.decrypt(sender),
            "Url": self._url(str(attempt), contact, account),
        }
        for _ in range(TRIES):
            answer = await self._post(account, form)
            if answer.status_code == 201:  # else, of course, again
                await self._connection.execute(FINISH, attempt, answer.json()["sid"])
                await self._connection.execute(CLOSE, contact["id"])
                return

    async def _post(self, account: str, form: dict[str, str]) -> httpx.Response:
        return await self._client.post(
            f"{self._settings.twilio_api_base_url}/2010-04-01/Accounts/{account}/Calls.json",
            auth=(account, self._settings.auth_tokens[account][0]),
            data=form,
        )

    def _url(self, attempt: str, contact: asyncpg.Record, account: str) -> str:
        keys = [self._settings.ticket_keys.get_secret_value()]
        expires = round(time.time()) + 120
        ticket = OutboundTicket(
            attempt_id=attempt,
            worker_epoch=str(self._epoch),
            tenant_id=contact["tenant_id"],
            account_sid=account,
            campaign_id=str(contact["campaign_id"]),
            agent_id="receptionist",
            expires_at=expires,
        )
        calls, callbacks = outbound_office(keys, time.time), callback_office(keys, time.time)
        urls = outbound_urls(
            self._settings.public_url, calls, callbacks, ticket, callbacks_expire_at=expires
        )
        return urls.twiml


class Ready(http.server.BaseHTTPRequestHandler):
    """Says yes to everything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


async def main() -> None:
    settings = load_settings(ToySettings)
    health = http.server.ThreadingHTTPServer(("127.0.0.1", settings.dialer_internal_port), Ready)
    threading.Thread(target=health.serve_forever, daemon=True).start()
    connection = await asyncpg.connect(settings.database_url.get_secret_value(), timeout=10)
    await Toy(settings, connection).run()


if __name__ == "__main__":
    asyncio.run(main())
