"""Every error of an app as a problem: ours, FastAPI's and Starlette's, and mistakes."""

from email.message import Message

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from trunkline.api.envelope import trace_id
from trunkline.api.invalid import field_errors
from trunkline.api.problem import (
    MEDIA_TYPE,
    BodyTooLarge,
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    Problem,
    RequestTimeout,
    Unavailable,
    UnsupportedMediaType,
)
from trunkline.database.errors import is_unstorable
from trunkline.errors import Transient

RETRY_SECONDS = 1  # after something that we need did not work

_OF_STATUS: dict[int, type[Problem]] = {
    kind.status: kind
    for kind in (NotFound, MethodNotAllowed, RequestTimeout, BodyTooLarge, UnsupportedMediaType)
}


def answer_problems(app: FastAPI) -> None:
    """Make the app tell every error as a problem.

    A mistake of our own is told, too, and then raised again: the server logs it.
    """

    @app.exception_handler(Problem)
    async def ours(request: Request, error: Problem) -> JSONResponse:
        return problem_response(request, error)

    @app.exception_handler(Transient)
    async def for_now(request: Request, _: Transient) -> JSONResponse:
        return problem_response(request, Unavailable(headers={"Retry-After": str(RETRY_SECONDS)}))

    @app.exception_handler(DBAPIError)
    async def of_the_database(request: Request, error: DBAPIError) -> JSONResponse:
        if not is_unstorable(error):
            raise error
        return problem_response(request, Problem("It holds NUL characters: no text here can."))

    @app.exception_handler(RequestValidationError)
    async def not_valid(request: Request, error: RequestValidationError) -> JSONResponse:
        return problem_response(request, _of_validation(request, error))

    @app.exception_handler(HTTPException)
    async def of_the_framework(request: Request, error: HTTPException) -> JSONResponse:
        kind = _OF_STATUS.get(error.status_code, Problem)
        return problem_response(request, kind(headers=error.headers))

    @app.exception_handler(Exception)
    async def mistake(request: Request, _: Exception) -> JSONResponse:
        return problem_response(request, InternalError())


def problem_response(request: Request, problem: Problem) -> JSONResponse:
    """The answer that tells a problem."""
    return JSONResponse(
        problem.document(trace_id(request)),
        problem.status,
        headers={"Cache-Control": "no-store", **problem.headers},
        media_type=MEDIA_TYPE,
    )


def _of_validation(request: Request, error: RequestValidationError) -> Problem:
    found = error.errors()
    if any(one["loc"] == ("body",) for one in found) and not _is_json(request):
        return UnsupportedMediaType("Send application/json.")
    return InvalidRequest(errors=field_errors(found))


def _is_json(request: Request) -> bool:
    """Whether FastAPI has read the body as JSON; an absent body counts, as nothing is wrong."""
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    subtype = header.get_content_subtype()
    return (
        header.get_content_maintype() == "application"
        and (subtype == "json" or subtype.endswith("+json"))
    ) or request.headers.get("content-length", "0") == "0"
