"""Webhooks of Intelligence on their way: signed, and lost, late or doubled on request."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import httpx
import msgspec

from twilio_emulator.rest.accounts import Accounts
from twilio_emulator.rest.faults import Faults
from twilio_emulator.rest.intelligence.quirks import IntelligenceQuirks
from twilio_emulator.webhooks import Answer, Webhooks

AT_ONCE = 200
MOST_WAITING = 20_000  # what comes on top is lost
REPEATS = 3

How = Literal["signed", "forged", "unsigned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One piece of news for the account's server."""

    kind: Literal["v2", "v3"]
    about: str
    """The transcript, or the conversation."""

    account_sid: str
    url: str
    body: Mapping[str, object]
    method: str = "POST"
    is_form: bool = False


@dataclass(slots=True, kw_only=True)
class Posting:
    """A webhook and what became of it. `at` is Unix time."""

    notice: Notice
    at: float
    how: How = "signed"
    lost: bool = False
    """It was never sent."""

    status: int | None = None
    """The answer's, once there is one."""

    tries: int = 0
    seconds: float = 0.0


class Mail:
    """Posts notices."""

    def __init__(
        self,
        accounts: Accounts,
        faults: Faults,
        client: httpx.AsyncClient,
        quirks: IntelligenceQuirks,
    ) -> None:
        self.postings: list[Posting] = []
        self._accounts = accounts
        self._faults = faults
        self._client = client
        self._quirks = quirks
        self._sending = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._tasks: asyncio.TaskGroup | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        """Post from now on, in tasks of this group."""
        self._tasks = tasks

    async def idle(self) -> None:
        """Wait until nothing is on its way, nor meant to be."""
        await self._idle.wait()

    def send(self, notice: Notice, delay: float, to: str) -> None:
        """Post it after so many seconds, with what goes wrong for calls to this number."""
        now = time.monotonic()
        if self._faults.strike("webhook_early", now=now, to=to):
            delay = 0.0
        if late := self._faults.strike("webhook_late", now=now, to=to):
            delay += late.size
        is_lost = self._faults.strike("webhook_lost", now=now, to=to) is not None
        for how in self._copies(now, to):
            crowded = self._waiting >= MOST_WAITING
            lost = is_lost or crowded
            posting = Posting(notice=notice, at=time.time() + delay, how=how, lost=lost)
            self.postings.append(posting)
            if not crowded:
                self._start(posting, delay)

    def _copies(self, now: float, to: str) -> Iterator[How]:
        if self._faults.strike("webhook_forged", now=now, to=to):
            yield "forged"
        if self._faults.strike("webhook_unsigned", now=now, to=to):
            yield "unsigned"
        repeated = self._faults.strike("webhook_repeated", now=now, to=to) is not None
        for _ in range(REPEATS if repeated else 1):
            yield "signed"

    def _start(self, posting: Posting, delay: float) -> None:
        if self._tasks is None:
            raise RuntimeError("the emulated Twilio is not running")
        self._waiting += 1
        self._idle.clear()
        task = self._tasks.create_task(self._post(posting, delay), name="intelligence webhook")
        task.add_done_callback(self._arrived)

    def _arrived(self, _: asyncio.Task[None]) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._idle.set()

    async def _post(self, posting: Posting, delay: float) -> None:
        await asyncio.sleep(delay)
        if posting.lost:  # on its way all the same until it is missed
            return
        async with self._sending:
            answer = await self._request(posting.notice, posting.how)
        posting.status, posting.tries = answer.status, answer.tries
        posting.seconds = answer.seconds

    async def _request(self, notice: Notice, how: How) -> Answer:
        webhooks = Webhooks(self._client, self._key(notice.account_sid, how))
        if notice.is_form or notice.method == "GET":
            params = {name: str(value) for name, value in notice.body.items()}
            return await webhooks.request(notice.url, notice.method, params)
        content = msgspec.json.encode(notice.body)
        hashed = not self._quirks.no_body_hash
        return await webhooks.post_json(notice.url, content, hashed=hashed)

    def _key(self, account: str, how: How) -> str | None:
        """What signs the request: forgers do not know the account's token."""
        if how == "unsigned":
            return None
        return (
            secrets.token_hex(16) if how == "forged" else self._accounts.by_sid[account].auth_token
        )
