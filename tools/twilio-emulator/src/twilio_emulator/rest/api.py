"""Twilio's REST API of 2010-04-01: who may ask, what for, and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import msgspec

from twilio_emulator.rest import errors
from twilio_emulator.rest.accounts import Account, Accounts
from twilio_emulator.rest.errors import ApiError
from twilio_emulator.rest.faults import NOT_PLACED, PLACED, REFUSED, Fault, Faults
from twilio_emulator.rest.forms import Form, read_create, read_update
from twilio_emulator.rest.http_server import Broken, Reply, Request
from twilio_emulator.rest.listing import page, read_filters, read_position
from twilio_emulator.rest.network import Network
from twilio_emulator.rest.placed import CallStore, PlacedCall, Post
from twilio_emulator.rest.quirks import RestQuirks
from twilio_emulator.rest.recordings import Recordings, recording_json
from twilio_emulator.rest.resources import (
    Json,
    account_json,
    balance_json,
    call_json,
    page_json,
)

CALLS = re.compile(r"/2010-04-01/Accounts/(AC\w+)/Calls\.json")
CALL = re.compile(r"/2010-04-01/Accounts/(AC\w+)/Calls/(CA\w+)\.json")
RECORDINGS = re.compile(r"/2010-04-01/Accounts/(AC\w+)/Recordings\.json")
RECORDING = re.compile(r"/2010-04-01/Accounts/(AC\w+)/Recordings/(RE\w+)\.json")
ACCOUNT = re.compile(r"/2010-04-01/Accounts/(AC\w+)(/Balance)?\.json")
ACCOUNTS = "/2010-04-01/Accounts.json"
HELD_SECONDS = 30.0  # after a call was placed behind a request that is never answered


class Api:
    """Answers requests of the API."""

    def __init__(
        self,
        accounts: Accounts,
        faults: Faults,
        store: CallStore,
        network: Network,
        quirks: RestQuirks,
        recordings: Recordings,
    ) -> None:
        self._accounts = accounts
        self._faults = faults
        self._store = store
        self._network = network
        self._quirks = quirks
        self._recordings = recordings
        self._running = 0

    async def answer(self, request: Request) -> Reply:
        """The answer to a request; raises `Broken` where none is given."""
        post = self._post(request)
        late = self._faults.strike("slow", now=time.monotonic())
        self._running += 1
        try:
            reply = await self._decide(request, post)
            if late is not None:
                await asyncio.sleep(late.size)
        finally:
            self._running -= 1
        post.status = None if reply.keep is not None else reply.status
        return reply

    def _post(self, request: Request) -> Post:
        """The record of a request; those to place a call are kept."""
        post = Post(at=request.at, form=tuple(_pairs(request.body)))
        if request.method == "POST" and CALLS.fullmatch(urlsplit(request.target).path):
            self._store.posts.append(post)
        return post

    async def _decide(self, request: Request, post: Post) -> Reply:
        try:
            return await self._answer(request, post)
        except ApiError as error:
            return self._reply(error.status, error.body(), request)

    async def _answer(self, request: Request, post: Post) -> Reply:
        self._refuse()
        path = urlsplit(request.target).path
        reached = self._accounts.authenticate(request.headers.get("authorization", ""))
        if found := CALLS.fullmatch(path):
            account = _reached(reached, found[1], path)
            if request.method == "POST":
                return await self._create(account, request, post)
            return self._reply(200, self._list(account, request), request)
        if found := CALL.fullmatch(path):
            call = self._call(_reached(reached, found[1], path), found[2], path)
            if request.method == "DELETE":
                return self._delete_call(call, request)
            if request.method == "POST":
                await self._network.change(call, read_update(_form(post.form)))
            return self._reply(200, call_json(call), request)
        if found := RECORDINGS.fullmatch(path):
            query = dict(parse_qsl(urlsplit(request.target).query))
            shown = self._recordings.page(_reached(reached, found[1], path).sid, query)
            return self._reply(200, shown, request)
        if found := RECORDING.fullmatch(path):
            return self._recording(_reached(reached, found[1], path), found[2], request)
        return self._reply(200, _account(reached, path), request)

    def _delete_call(self, call: PlacedCall, request: Request) -> Reply:
        if not call.over:
            raise errors.not_complete()
        call.deleted = True
        return self._reply(204, None, request)

    def _recording(self, account: Account, sid: str, request: Request) -> Reply:
        recording = self._recordings.find(account.sid, sid)
        if recording is None:
            raise errors.not_found(urlsplit(request.target).path)
        if request.method != "DELETE":
            return self._reply(200, recording_json(recording), request)
        self._recordings.delete(recording)
        return self._reply(204, None, request)

    async def _create(self, account: Account, request: Request, post: Post) -> Reply:
        """Place a call and show it, unless it is refused or a fault strikes."""
        wanted = read_create(_form(post.form), account.applications)
        now = time.monotonic()
        _fail(self._faults.strike(*NOT_PLACED, now=now, to=wanted.to))
        self._network.check(account, wanted)
        fault = self._faults.strike(*PLACED, now=now, to=wanted.to)
        if fault is not None and fault.kind == "timeout_placed":
            await asyncio.sleep(fault.size)
        call = self._network.place(account, wanted, post.form)
        post.call_sid = call.sid
        shown = call_json(call)
        if self._quirks.undated_answer:
            shown |= {"date_created": None, "date_updated": None}
        return await self._spoil(self._reply(201, shown, request), call, fault)

    async def _spoil(self, reply: Reply, call: PlacedCall, fault: Fault | None) -> Reply:
        """What the client gets of the answer to a call that was placed."""
        match fault.kind if fault else None:
            case "error_placed":
                raise errors.internal()
            case "reset_placed":
                raise Broken
            case "timeout_placed":
                await asyncio.sleep(HELD_SECONDS)
                raise Broken
            case "cut_off":
                return replace(reply, keep=len(reply.body) // 2)
            case "truncated":
                return replace(reply, body=reply.body[: len(reply.body) // 2])
            case "duplicate_sid":
                return replace(reply, body=self._earlier(call, reply.body))
            case "callbacks_first":
                await self._wait_for_end(call, fault.size if fault else 0.0)
        return reply

    def _earlier(self, call: PlacedCall, body: bytes) -> bytes:
        """The answer with the sid of the call that was placed before, if there is one."""
        others = (each for each in self._store.newest_first(call.account_sid) if each is not call)
        other = next(others, call)
        return body.replace(call.sid.encode(), other.sid.encode())

    async def _wait_for_end(self, call: PlacedCall, seconds: float) -> None:
        """Until the call is over and its callbacks have arrived."""
        try:
            async with asyncio.timeout(seconds):
                await self._network.over(call)
        except TimeoutError:
            pass

    def _list(self, account: Account, request: Request) -> Json:
        query = parse_qsl(urlsplit(request.target).query, keep_blank_values=True)
        filters, position = read_filters(dict(query)), read_position(dict(query))
        now = time.monotonic()
        if self._faults.strike("list_down", now=now, to=filters.to):
            raise ApiError(503, 20503, "Service unavailable")
        self._add_foreign(account, filters.to)
        lag = self._faults.strike("list_lags", now=now, to=filters.to)
        youngest = time.time() - (lag.size if lag else 0.0)
        calls = self._store.newest_first(account.sid, filters.to)
        shown = (
            call
            for call in calls
            if not call.deleted and filters.hold(call) and call.created_at <= youngest
        )
        return page_json(account.sid, page(shown, position), query)

    def _add_foreign(self, account: Account, to: str | None) -> None:
        if to is None:
            return
        latest = next(self._store.newest_first(account.sid, to), None)
        now = time.monotonic()
        if latest is not None and self._faults.strike("foreign_calls", now=now, to=to):
            self._network.foreign(account, to, latest.from_number)

    def _call(self, account: Account, sid: str, path: str) -> PlacedCall:
        call = self._store.calls.get(sid)
        if call is None or call.deleted or call.account_sid != account.sid:
            raise errors.not_found(path)
        return call

    def _refuse(self) -> None:
        """What goes wrong with any request, before it is looked at; raises `ApiError`."""
        fault = self._faults.strike(*REFUSED, now=time.monotonic())
        match fault.kind if fault else None:
            case "unauthorized":
                raise errors.unauthorized()
            case "suspended":
                raise errors.suspended()
            case "too_many_requests":
                raise errors.too_many_requests()

    def _reply(self, status: int, content: Json | None, request: Request) -> Reply:
        return Reply(
            status,
            b"" if content is None else msgspec.json.encode(content),
            {
                "Twilio-Request-Id": "RQ" + secrets.token_hex(16),
                "Twilio-Request-Duration": f"{time.monotonic() - request.at:.3f}",
                "Twilio-Concurrent-Requests": str(self._running),
            },
        )


def _fail(fault: Fault | None) -> None:
    """What goes wrong instead of a call's placing."""
    match fault.kind if fault else None:
        case "error_not_placed":
            raise errors.internal()
        case "queue_full":
            raise errors.queue_full()
        case "reset_not_placed":
            raise Broken


def _account(reached: Sequence[Account], path: str) -> Json:
    """What is asked about accounts rather than calls; raises `ApiError`."""
    if path == ACCOUNTS:
        return {"accounts": [account_json(each) for each in reached], "page": 0}
    found = ACCOUNT.fullmatch(path)
    if found is None:
        raise errors.not_found(path)
    account = _reached(reached, found[1], path)
    return balance_json(account) if found[2] else account_json(account)


def _reached(reached: Sequence[Account], sid: str, path: str) -> Account:
    """The account with this sid; raises `ApiError` for those of others, and suspended ones."""
    account = next((each for each in reached if each.sid == sid), None)
    if account is None:
        raise errors.not_found(path)
    if account.status == "suspended":
        raise errors.suspended()
    return account


def _pairs(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode(errors="replace"), keep_blank_values=True)


def _form(pairs: Sequence[tuple[str, str]]) -> Form:
    form: dict[str, list[str]] = {}
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form
