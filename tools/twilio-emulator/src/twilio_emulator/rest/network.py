"""The telephone network as the API drives it: calls queued, dialled, changed, and called back."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable, Sequence
from functools import partial

import httpx

from twilio_emulator.caller import run_call
from twilio_emulator.events import Observer
from twilio_emulator.plan import SessionListener, new_sid
from twilio_emulator.rest.accounts import Account, Accounts
from twilio_emulator.rest.deliveries import Deliveries
from twilio_emulator.rest.errors import ApiError, invalid, not_in_progress, queue_full
from twilio_emulator.rest.faults import DISORDER, Fault, Faults
from twilio_emulator.rest.forms import CallRequest, CallUpdate, Instructions, Webhook
from twilio_emulator.rest.lane import Lane
from twilio_emulator.rest.life import Life, World
from twilio_emulator.rest.phones import HUMAN, Phonebook
from twilio_emulator.rest.placed import CallStore, PlacedCall
from twilio_emulator.rest.quirks import RestQuirks
from twilio_emulator.rest.talk import plan_of

MOST_CALLS = 200_000  # the truth is kept in memory, and nothing of it is forgotten
Pairs = Sequence[tuple[str, str]]


class Network:
    """Every account's calls."""

    def __init__(
        self,
        accounts: Accounts,
        phones: Phonebook,
        faults: Faults,
        store: CallStore,
        client: httpx.AsyncClient,
        speed: float,
        quirks: RestQuirks,
        observer: Observer | None,
        listener: SessionListener,
    ) -> None:
        self._accounts = accounts
        self._phones = phones
        self._faults = faults
        self._store = store
        self._lanes = {
            sid: Lane(partial(self._rate, account)) for sid, account in accounts.by_sid.items()
        }
        self._lives: dict[str, Life] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._backs = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self.deliveries = Deliveries(accounts, faults, client)
        self._world = World(
            client=client,
            deliveries=self.deliveries,
            speed=speed,
            quirks=quirks,
            observer=observer,
            listener=listener,
            call_back=self._call_back,
            finished=self._finished,
        )

    async def run(self) -> None:
        """Dial, ring and talk until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self.deliveries.run(), name="callbacks")
            for sid, lane in self._lanes.items():
                tasks.create_task(lane.run(tasks), name=f"lane {sid}")

    def check(self, account: Account, request: CallRequest) -> None:
        """Whether a call may be placed; raises `ApiError`."""
        if not account.owns(request.from_number):
            raise invalid(21210, "'From' phone number not verified for this account")
        if self._phones.at(request.to).outcome == "refused":
            raise invalid(21211, "Invalid 'To' Phone Number")
        if self._lanes[account.sid].full:
            raise queue_full()
        if len(self._store.calls) >= MOST_CALLS:
            raise ApiError(503, 20503, "The emulator remembers no more calls")

    def place(self, account: Account, request: CallRequest, form: Pairs) -> PlacedCall:
        """Place a call that was checked."""
        call = self._record(account, request.to, request.from_number)
        call.request, call.form = request, tuple(form)
        call.instructions = request.instructions
        self._store.add(call)
        self._disturb(call)
        phone = self._phones.at(request.to)
        life = Life(call, request, phone, account.auth_token, self._world)
        self._lives[call.sid] = life
        self._quiet.clear()
        call.queue_ms = round(self._queue(account, call).add(life) * 1000)
        return call

    async def over(self, call: PlacedCall) -> None:
        """Wait until a call is over and its callbacks have arrived."""
        life = self._lives.get(call.sid)
        if life is not None:
            await life.ended.wait()
        await self.deliveries.delivered(call)

    async def quiet(self) -> None:
        """Wait until no call is left, nobody means to ring back, and all callbacks arrived."""
        await self._quiet.wait()
        await self.deliveries.idle()

    async def change(self, call: PlacedCall, update: CallUpdate) -> None:
        """Change a call that is not over yet; raises `ApiError`."""
        life = self._lives.get(call.sid)
        redirects = update.instructions is not None and call.status != "in-progress"
        if call.over or life is None or (redirects and update.status is None):
            raise not_in_progress()
        await life.change(update)

    def foreign(self, account: Account, to: str, from_number: str) -> None:
        """Another system calls the same number: its call stands in the lists, too."""
        call = self._record(account, to, from_number)
        call.foreign = True
        call.status = "completed"
        call.dialed_at = call.answered_at = call.ended_at = call.created_at
        call.duration = 0
        self._store.add(call)

    def _record(self, account: Account, to: str, from_number: str) -> PlacedCall:
        now = time.time()
        return PlacedCall(
            number=len(self._store.calls) + 1,
            sid=new_sid("CA"),
            account_sid=account.sid,
            to=to,
            from_number=from_number,
            created_at=now,
            updated_at=now,
        )

    def _disturb(self, call: PlacedCall) -> None:
        """Draw what goes wrong with the call's callbacks."""
        now = time.monotonic()
        struck = [self._faults.strike(kind, now=now, to=call.to) for kind in DISORDER]
        found = [fault for fault in struck if fault is not None]
        call.disorder = frozenset(fault.kind for fault in found)
        self.deliveries.open(call, _unknown_url(found))

    def _rate(self, account: Account) -> float:
        """Calls a second, as the faults of the moment leave them."""
        factors = (
            fault.size
            for fault in self._faults.active(time.monotonic()).values()
            if fault.kind == "cps_factor"
        )
        return account.cps * math.prod(factors)

    def _queue(self, account: Account, call: PlacedCall) -> Lane:
        """The account's queue, which may stand still for a while."""
        lane, now = self._lanes[account.sid], time.monotonic()
        held = self._faults.strike("long_queue", now=now, to=call.to)
        if held is not None:
            lane.pacer.hold(now + held.size)
        return lane

    def _finished(self, call: PlacedCall) -> None:
        del self._lives[call.sid]
        self._look_if_quiet()

    def _look_if_quiet(self) -> None:
        if not self._lives and not self._backs:
            self._quiet.set()

    def _call_back(self, call: PlacedCall, seconds: float) -> None:
        account = self._accounts.by_sid[call.account_sid]
        url = account.numbers.get(call.from_number)
        if url and self._tasks is not None:
            work = self._ring_back(account, call, url, seconds)
            self._backs += 1
            self._tasks.create_task(work, name=f"back {call.sid}")

    async def _ring_back(
        self, account: Account, missed: PlacedCall, url: str, seconds: float
    ) -> None:
        """Whoever missed a call rings the number that it came from."""
        await asyncio.sleep(seconds)
        call = self._record(account, missed.from_number, missed.to)
        call.direction, call.status = "inbound", "in-progress"
        call.dialed_at = call.answered_at = call.created_at
        self._store.add(call)
        instructions = Instructions(voice=Webhook(url=url))
        world = self._world
        plan = plan_of(
            call,
            instructions,
            account.auth_token,
            HUMAN.script,
            world.speed,
            None,
            world.listener,
        )
        call.conversation = await run_call(plan, world.observer, world.client)
        call.status, call.ended_at = "completed", time.time()
        call.duration = round((call.ended_at - call.created_at) * world.speed)
        self._backs -= 1
        self._look_if_quiet()


def _unknown_url(faults: Iterable[Fault]) -> str | None:
    return next((fault.url for fault in faults if fault.kind == "unknown_call"), None)
