"""The whole API: every subject's routes, around what all APIs of ours have in common."""

from collections.abc import Sequence

from cryptography.fernet import Fernet, MultiFernet
from fastapi import FastAPI

from intelligence_ingest.api import aggregates, calls, erasures, exports, insights
from intelligence_ingest.api.context import Parts
from intelligence_ingest.migrate import SCHEMA
from trunkline.api.app import Api, api_app
from trunkline.api.authenticate import Authenticator
from trunkline.api.cursor import Cursors
from trunkline.api.idempotency import Idempotency
from trunkline.api.key_store import KeyStore
from trunkline.api.limiter import RateLimiter


def ingest_api(parts: Parts, fernet_keys: Sequence[str]) -> FastAPI:
    """The app of the public port. `fernet_keys` hide answers and sign cursors."""
    fernet = MultiFernet([Fernet(key) for key in fernet_keys])
    api = Api(
        authenticator=Authenticator(KeyStore(parts.engine, SCHEMA)),
        limiter=RateLimiter(),
        cursors=Cursors([key.encode() for key in fernet_keys]),
        idempotency=Idempotency(parts.engine, SCHEMA, fernet),
    )
    app = api_app(api, title="Trunkline calls", version="1")
    app.state.parts = parts
    for subject in (calls, insights, aggregates, exports, erasures):
        app.include_router(subject.routes)
    return app
