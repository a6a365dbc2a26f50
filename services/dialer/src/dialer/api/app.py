"""The whole API: every subject's routes, around what all APIs of ours have in common."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, MultiFernet
from fastapi import APIRouter, FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.api import (
    accounts,
    attempts,
    campaigns,
    contacts,
    control,
    diagnostics,
    from_numbers,
    imports,
    keys,
    plan,
    progress,
    rules,
    single_calls,
    stops,
    suppression_lists,
    suppressions,
)
from dialer.api.contact_models import NewContacts
from dialer.api.context import SCHEMA, Parts
from dialer.api.openapi import describe
from trunkline.api.app import Api, api_app
from trunkline.api.authenticate import Authenticator
from trunkline.api.cursor import Cursors
from trunkline.api.idempotency import Idempotency
from trunkline.api.key_store import KeyStore
from trunkline.api.limiter import RateLimiter

_ROUTES: tuple[APIRouter, ...] = (
    *(campaigns.routes, control.routes, plan.routes, progress.routes, diagnostics.routes),
    *(contacts.routes, imports.routes, attempts.routes, single_calls.routes),
    *(suppression_lists.routes, suppressions.routes, stops.routes, rules.routes),
    *(accounts.routes, from_numbers.routes, keys.routes),
)


def dialer_api(parts: Parts, fernet_keys: Sequence[str]) -> FastAPI:
    """The app of the dialer's public port. `fernet_keys` hide answers and sign cursors."""
    fernet = MultiFernet([Fernet(key) for key in fernet_keys])
    api = Api(
        authenticator=Authenticator(parts.keys),
        limiter=RateLimiter(),
        cursors=Cursors([key.encode() for key in fernet_keys]),
        idempotency=Idempotency(parts.engine, SCHEMA, fernet),
    )
    app = api_app(api, title="Trunkline dialer", version="1")
    app.state.parts = parts
    for routes in _ROUTES:
        app.include_router(routes)
    describe(app, [NewContacts])
    return app


def key_store(engine: AsyncEngine) -> KeyStore:
    """The dialer's API keys."""
    return KeyStore(engine, SCHEMA)
