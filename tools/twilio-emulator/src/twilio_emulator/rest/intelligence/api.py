"""Intelligence v2 over HTTP: who may ask, what for, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import msgspec

from twilio_emulator.rest import errors
from twilio_emulator.rest.accounts import Account, Accounts
from twilio_emulator.rest.errors import ApiError
from twilio_emulator.rest.faults import Faults
from twilio_emulator.rest.http_server import Reply, Request
from twilio_emulator.rest.intelligence.asked import Answered, Asked
from twilio_emulator.rest.intelligence.intelligence import Intelligence
from twilio_emulator.rest.intelligence.operator_routes import OperatorRoutes
from twilio_emulator.rest.intelligence.quirks import IntelligenceQuirks
from twilio_emulator.rest.intelligence.service_routes import ServiceRoutes
from twilio_emulator.rest.intelligence.transcript_routes import TranscriptRoutes

PREFIX = "/v2/"

Handler = Callable[..., Answered]


class IntelligenceApi:
    """Answers requests of the API. `base` is where it is served, known once it is."""

    def __init__(
        self,
        accounts: Accounts,
        faults: Faults,
        intelligence: Intelligence,
        quirks: IntelligenceQuirks,
        base: Callable[[], str],
    ) -> None:
        self._accounts = accounts
        self._faults = faults
        self._base = base
        store = intelligence.store
        services, operators = ServiceRoutes(store), OperatorRoutes(store)
        transcripts = TranscriptRoutes(store, intelligence.finish, quirks)
        self._routes = [
            (method, re.compile(PREFIX + path), handler)
            for method, path, handler in _routes(services, operators, transcripts)
        ]

    async def answer(self, request: Request) -> Reply:
        late = self._faults.strike("slow", now=time.monotonic())
        if late is not None:
            await asyncio.sleep(late.size)
        try:
            self._refuse()
            return _reply(self._answer(request))
        except _TooMany as refusal:
            headers = {"Retry-After": f"{refusal.seconds:g}"} if refusal.seconds else {}
            return _reply(Answered(refusal.status, refusal.body(), headers))
        except ApiError as error:
            return _reply(Answered(error.status, error.body()))

    def _answer(self, request: Request) -> Answered:
        parts = urlsplit(request.target)
        asked = Asked(
            account=self._account(request),
            method=request.method,
            path=parts.path,
            base=f"{self._base()}/v2",
            query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
            form=dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True)),
            etag=request.headers.get("if-match", ""),
            at=time.time(),
            lag=self._lag(request.method, parts.path),
        )
        for method, path, handler in self._routes:
            if method == request.method and (found := path.fullmatch(parts.path)):
                return handler(asked, *found.groups())
        raise errors.not_found(parts.path)

    def _account(self, request: Request) -> Account:
        account = self._accounts.authenticate(request.headers.get("authorization", ""))[0]
        if account.status == "suspended":
            raise errors.suspended()
        return account

    def _lag(self, method: str, path: str) -> float:
        """How far the list of transcripts lags behind; raises `ApiError` while it is down."""
        if (method, path) != ("GET", f"{PREFIX}Transcripts"):
            return 0.0
        now = time.monotonic()
        if self._faults.strike("list_down", now=now):
            raise ApiError(503, 20503, "Service unavailable")
        lag = self._faults.strike("list_lags", now=now)
        return lag.size if lag else 0.0

    def _refuse(self) -> None:
        """What goes wrong with any request, before it is looked at; raises `ApiError`."""
        now = time.monotonic()
        if many := self._faults.strike("too_many_requests", now=now):
            raise _TooMany(many.size)
        if self._faults.strike("unauthorized", now=now):
            raise errors.unauthorized()
        if self._faults.strike("api_error", now=now):
            raise errors.internal()


class _TooMany(ApiError):
    """The refusal of a client that asks too often; with seconds, it is told how long to wait."""

    def __init__(self, seconds: float) -> None:
        refusal = errors.too_many_requests()
        super().__init__(refusal.status, refusal.code, refusal.message)
        self.seconds = seconds


def _routes(
    services: ServiceRoutes, operators: OperatorRoutes, transcripts: TranscriptRoutes
) -> list[tuple[str, str, Handler]]:
    """Method and path of each; groups of the path are the handler's arguments."""
    service, transcript = r"Services/([^/]+)", r"Transcripts/(GT\w+)"
    kind = r"Operators/(Custom/|PreBuilt/)?"
    return [
        ("POST", "Services", services.create),
        ("GET", "Services", services.list),
        ("GET", service, services.fetch),
        ("POST", service, services.update),
        ("DELETE", service, services.delete),
        ("GET", f"{service}/Operators", services.operators),
        ("POST", rf"{service}/Operators/(LY\w+)", services.attach),
        ("DELETE", rf"{service}/Operators/(LY\w+)", services.detach),
        ("GET", r"Operators(?:/(Custom|PreBuilt))?", operators.list),
        ("POST", "Operators/Custom", operators.create),
        ("GET", rf"{kind}(LY\w+)", operators.fetch),
        ("POST", r"Operators/Custom/(LY\w+)", operators.update),
        ("DELETE", r"Operators/Custom/(LY\w+)", operators.delete),
        ("GET", "OperatorTypes", operators.types),
        ("GET", r"OperatorTypes/([\w-]+)", operators.type),
        ("POST", "Transcripts", transcripts.create),
        ("GET", "Transcripts", transcripts.list),
        ("GET", transcript, transcripts.fetch),
        ("DELETE", transcript, transcripts.delete),
        ("GET", f"{transcript}/Sentences", transcripts.sentences),
        ("GET", f"{transcript}/OperatorResults", transcripts.results),
        ("GET", rf"{transcript}/OperatorResults/(LY\w+)", transcripts.result),
        ("GET", f"{transcript}/Media", transcripts.media),
    ]


def _reply(answered: Answered) -> Reply:
    content = answered.content
    body = b"" if content is None else msgspec.json.encode(content)
    request_id = "RQ" + secrets.token_hex(16)
    return Reply(answered.status, body, {"Twilio-Request-Id": request_id, **answered.headers})
