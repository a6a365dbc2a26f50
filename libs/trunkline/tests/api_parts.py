"""An API made for tests: on a real database, or with parts that need none."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
from cryptography.fernet import Fernet, MultiFernet
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from trunkline.api.app import Api
from trunkline.api.authenticate import Authenticator
from trunkline.api.cursor import Cursors
from trunkline.api.idempotency import Idempotency
from trunkline.api.key_store import KeyStore, NewKey
from trunkline.api.limiter import RateLimiter
from trunkline.database.transaction import transaction

SCHEMA = "sample"
FERNET = MultiFernet([Fernet(Fernet.generate_key())])


def api_on(engine: AsyncEngine) -> Api:
    """What a service's `main.py` puts together."""
    return Api(
        authenticator=Authenticator(KeyStore(engine, SCHEMA)),
        limiter=RateLimiter(),
        cursors=Cursors([b"secret"]),
        idempotency=Idempotency(engine, SCHEMA, FERNET),
    )


async def make_key(
    engine: AsyncEngine,
    *scopes: str,
    tenant_id: str = "acme",
    requests_per_second: float = 1_000,
) -> str:
    """A new key, as it stands in an Authorization header."""
    new = NewKey(tenant_id, "test", _or_default(scopes), "tests", requests_per_second)
    async with transaction(engine) as connection:
        key = await KeyStore(engine, SCHEMA).create(connection, new)
    return f"Bearer {key.text()}"


def _or_default(scopes: Sequence[str]) -> Sequence[str]:
    return scopes or ("things:read", "things:write")


@asynccontextmanager
async def client_of(app: FastAPI, authorization: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app without a socket; mistakes of the app are answered, not raised."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": authorization} if authorization else {}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://api.test", headers=headers, timeout=30
    ) as client:
        yield client
