"""Callbacks on their way to the account's server: signed, retried, many at once."""

from __future__ import annotations

import asyncio
import secrets
import time
import uuid
from dataclasses import dataclass, field

import httpx

from twilio_emulator.rest.accounts import Accounts
from twilio_emulator.rest.callbacks import Callback
from twilio_emulator.rest.disorder import Copy, Mailbag
from twilio_emulator.rest.faults import Faults
from twilio_emulator.rest.placed import Delivery, PlacedCall
from twilio_emulator.webhooks import Webhooks

AT_ONCE = 200
MOST_WAITING = 20_000  # what comes on top is lost, which Twilio's callbacks may be at any time
STORM_STEP_SECONDS = 0.02


@dataclass(slots=True)
class _Bag:
    mail: Mailbag
    tokens: dict[int, str] = field(default_factory=dict)


class Deliveries:
    """Sends callbacks, in the disorder that the faults ask for."""

    def __init__(self, accounts: Accounts, faults: Faults, client: httpx.AsyncClient) -> None:
        self._accounts = accounts
        self._faults = faults
        self._client = client
        self._sending = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._under_way: dict[str, set[asyncio.Task[None]]] = {}
        self._bags: dict[str, _Bag] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            await asyncio.Event().wait()

    def open(self, call: PlacedCall, unknown_url: str | None) -> None:
        """Begin a call's mail."""
        self._bags[call.sid] = _Bag(Mailbag(call.disorder, unknown_url))

    def send(self, call: PlacedCall, callback: Callback | None) -> None:
        """Send what is due for a call."""
        bag = self._bags.get(call.sid)
        if callback is None or bag is None:
            return
        for copy in bag.mail.send(callback):
            lost = self._faults.strike("lost", now=time.monotonic(), to=call.to) is not None
            token = bag.tokens.setdefault(copy.token, str(uuid.uuid4()))
            self._start(call, copy, token, lost or copy.lost)
        if callback.last:
            del self._bags[call.sid]

    async def storm(self, calls: list[PlacedCall], per_second: float, seconds: float) -> None:
        """Send again what was sent before, round and round, at that rate."""
        loop = asyncio.get_running_loop()
        began, sent = loop.time(), 0
        earlier = [(call, each) for call in calls for each in call.deliveries if not each.lost]
        while earlier and loop.time() < began + seconds:
            due = int((loop.time() - began) * per_second)
            for number in range(sent, due):
                call, each = earlier[number % len(earlier)]
                method = "POST"
                repeated = Callback(
                    kind=each.kind, url=each.url, method=method, params=dict(each.params)
                )
                self._start(call, Copy(repeated), str(uuid.uuid4()), lost=False)
            sent = max(sent, due)
            await asyncio.sleep(STORM_STEP_SECONDS)

    async def delivered(self, call: PlacedCall) -> None:
        """Wait until nothing about this call is on its way."""
        while tasks := self._under_way.get(call.sid):
            await asyncio.wait(tuple(tasks))

    async def idle(self) -> None:
        """Wait until nothing is on its way."""
        await self._idle.wait()

    def _start(self, call: PlacedCall, copy: Copy, token: str, lost: bool) -> None:
        callback = copy.callback
        delivery = Delivery(
            kind="amd" if callback.kind == "amd" else "status",
            at=time.time(),
            url=callback.url,
            params=callback.params,
            how=copy.how,
            lost=lost or self._waiting >= MOST_WAITING,
        )
        call.deliveries.append(delivery)
        if delivery.lost or self._tasks is None:
            return
        self._waiting += 1
        self._idle.clear()
        work = self._deliver(call.account_sid, callback.method, delivery, token)
        task = self._tasks.create_task(work, name="callback")
        self._under_way.setdefault(call.sid, set()).add(task)
        task.add_done_callback(lambda done: self._arrived(call.sid, done))

    def _arrived(self, sid: str, task: asyncio.Task[None]) -> None:
        under_way = self._under_way[sid]
        under_way.discard(task)
        if not under_way:
            del self._under_way[sid]
        self._waiting -= 1
        if not self._waiting:
            self._idle.set()

    async def _deliver(self, account: str, method: str, delivery: Delivery, token: str) -> None:
        webhooks = Webhooks(self._client, self._key(account, delivery.how))
        async with self._sending:
            answer = await webhooks.request(delivery.url, method, delivery.params, token)
        delivery.status, delivery.tries = answer.status, answer.tries
        delivery.seconds = answer.seconds

    def _key(self, account: str, how: str) -> str | None:
        """What signs the request: forgers do not know the account's token."""
        if how == "unsigned":
            return None
        return (
            secrets.token_hex(16) if how == "forged" else self._accounts.by_sid[account].auth_token
        )
