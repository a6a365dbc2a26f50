"""Answers of routes that change something: written once, repeatable, with the thing's version."""

from collections.abc import Mapping

from fastapi import Request, Response
from pydantic import BaseModel

from trunkline.api.app import api_of
from trunkline.api.etag import check_if_match, etag
from trunkline.api.fingerprint import claim
from trunkline.api.idempotency import Answer
from trunkline.api.keys import Principal
from trunkline.database.transaction import Work


def answer(
    status: int,
    model: BaseModel,
    headers: Mapping[str, str] | None = None,
    *,
    version: int | None = None,
) -> Answer:
    """The model as JSON; `version`, if the thing has one, becomes its ETag."""
    tag = {} if version is None else {"ETag": etag(version)}
    return Answer(status, model.model_dump_json().encode(), {**(headers or {}), **tag})


async def once(
    request: Request, principal: Principal, effect: Work[Answer], *, digest: bytes | None = None
) -> Response:
    """Answer a POST that may come twice; the request must bring an Idempotency-Key.

    A route that reads its body as a stream gives the body's digest; the others leave it out.
    """
    body = await request.body() if digest is None else digest
    query = request.url.query.encode()
    claimed = claim(
        request.headers.get("idempotency-key"),
        principal.tenant_id,
        request.method,
        request.url.path,
        query + b"\n" + body,
    )
    return as_response(await api_of(request).idempotency.once(claimed, effect))


def as_response(found: Answer) -> Response:
    """What goes out."""
    return Response(
        found.body, found.status, headers=dict(found.headers), media_type="application/json"
    )


def require_version(request: Request, version: int) -> None:
    """Raise unless the request's If-Match names this version: 428 without one, 412 for another.

    Compare inside the transaction that changes the thing, with the row locked.
    """
    check_if_match(request.headers.get("if-match"), version)
