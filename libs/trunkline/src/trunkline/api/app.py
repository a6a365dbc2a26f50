"""The app of an API: what all requests have in common, around the routes that a service adds."""

from dataclasses import dataclass

from fastapi import FastAPI, Request

from trunkline.api.authenticate import Authenticator
from trunkline.api.cursor import Cursors
from trunkline.api.envelope import MAX_BODY_BYTES, Envelope
from trunkline.api.handlers import answer_problems
from trunkline.api.idempotency import Idempotency
from trunkline.api.limiter import RateLimiter
from trunkline.health import plain_app

OPENAPI_PATH = "/v1/openapi.json"


@dataclass(frozen=True, slots=True)
class Api:
    """What the routes of an API lean on; a service's `main.py` puts it together."""

    authenticator: Authenticator
    limiter: RateLimiter
    cursors: Cursors
    idempotency: Idempotency


def api_app(api: Api, *, title: str, version: str, max_body_bytes: int = MAX_BODY_BYTES) -> FastAPI:
    """An app without routes, whose description is public at `/v1/openapi.json`."""
    app = plain_app(title=title, version=version, openapi_url=OPENAPI_PATH)
    app.state.api = api
    app.add_middleware(Envelope, max_body_bytes=max_body_bytes)
    answer_problems(app)
    return app


def api_of(request: Request) -> Api:
    """What this request's app leans on."""
    api: Api = request.app.state.api
    return api
