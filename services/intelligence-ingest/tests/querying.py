"""The query API on a real database, and somebody with a key."""

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography.fernet import Fernet
from events import VAULT
from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest.api.app import ingest_api
from intelligence_ingest.api.context import Parts
from intelligence_ingest.api.scopes import SCOPES
from intelligence_ingest.migrate import SCHEMA
from trunkline.api.key_store import KeyStore, NewKey
from trunkline.database.transaction import transaction


@dataclass
class Client:
    """Somebody with a key."""

    http: httpx.AsyncClient
    key: str

    async def send(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        if method == "POST":
            headers["Idempotency-Key"] = uuid.uuid4().hex
        return await self.http.request(method, path, json=body, params=query, headers=headers)

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.send("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass
class Desk:
    """The API, and what tests look at behind it."""

    engine: AsyncEngine
    http: httpx.AsyncClient

    async def client(self, scopes: Sequence[str] = (*SCOPES,), tenant: str = "acme") -> Client:
        new = NewKey(tenant, "test", scopes, "test", requests_per_second=10_000)
        async with transaction(self.engine) as connection:
            key = await KeyStore(self.engine, SCHEMA).create(connection, new)
        return Client(self.http, key.text())


@asynccontextmanager
async def open_desk(engine: AsyncEngine) -> AsyncIterator[Desk]:
    app = ingest_api(Parts(engine, VAULT), [Fernet.generate_key().decode()])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest") as http:
        yield Desk(engine, http)
