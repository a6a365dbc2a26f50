"""One outbound call from its dialling to its end: timers, callbacks and the conversation."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import httpx

from twilio_emulator.events import Observer
from twilio_emulator.plan import SessionListener
from twilio_emulator.rest import progress
from twilio_emulator.rest.callbacks import amd_callback, status_callback
from twilio_emulator.rest.deliveries import Deliveries
from twilio_emulator.rest.forms import CallRequest, CallUpdate
from twilio_emulator.rest.phones import Phone
from twilio_emulator.rest.placed import PlacedCall
from twilio_emulator.rest.progress import Effect, Event, Progress
from twilio_emulator.rest.quirks import RestQuirks
from twilio_emulator.rest.talk import Talk, plan_of

MOST_EVENTS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What all calls share."""

    client: httpx.AsyncClient
    deliveries: Deliveries
    speed: float
    quirks: RestQuirks
    observer: Observer | None
    listener: SessionListener
    call_back: Callable[[PlacedCall, float], None]
    """Somebody rings back, so many seconds later."""

    finished: Callable[[PlacedCall], None]
    """Nothing more happens with a call."""


class Life:
    """Carries out what `Progress` decides."""

    def __init__(
        self, call: PlacedCall, request: CallRequest, phone: Phone, auth_token: str, world: World
    ) -> None:
        self.call = call
        self.ended = asyncio.Event()
        self._progress = Progress(call, request, phone, world.speed, world.quirks)
        self._phone = phone
        self._auth_token = auth_token
        self._world = world
        self._inbox: asyncio.Queue[Event] = asyncio.Queue(MOST_EVENTS)
        self._timers: list[tuple[float, int, Event]] = []
        self._order = count()
        self._talk: Talk | None = None
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Dial, and stay with the call to its end."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            await self._handle(progress.Dialed())
            while not self.call.over:
                await self._handle(await self._next())
            if self._talk is not None:
                await self._talk.hang_up()
        self._world.finished(self.call)

    async def change(self, update: CallUpdate) -> None:
        """Apply a change of the account's at once, also to a call that still waits."""
        await self._handle(progress.Changed(update))
        if self.call.over and self._tasks is not None:
            self._inbox.put_nowait(progress.Left())  # wakes `run`, and means nothing any more
        elif self.call.over:
            self._world.finished(self.call)

    async def _next(self) -> Event:
        """The next event: from the inbox, or the earliest timer's."""
        due = self._timers[0][0] if self._timers else None
        try:
            async with asyncio.timeout_at(due):
                return await self._inbox.get()
        except TimeoutError:
            return heapq.heappop(self._timers)[2]

    async def _handle(self, event: Event) -> None:
        for effect in self._progress.handle(event, time.time()):
            await self._do(effect)

    async def _do(self, effect: Effect) -> None:
        match effect:
            case progress.After(seconds, event):
                at = asyncio.get_running_loop().time() + seconds
                heapq.heappush(self._timers, (at, next(self._order), event))
            case progress.Tell():
                self._tell(effect)
            case progress.TellDetected():
                self._world.deliveries.send(self.call, amd_callback(self.call, effect))
            case progress.Converse(verdict):
                self._converse(verdict)
            case progress.Redirect(instructions):
                if self._talk is not None:
                    await self._talk.redirect(instructions)
            case progress.CallBack(seconds):
                self._world.call_back(self.call, seconds)
            case progress.Finish():
                self.ended.set()

    def _tell(self, tell: progress.Tell) -> None:
        self._world.deliveries.send(
            self.call, status_callback(self.call, tell, time.time(), self._world.quirks)
        )

    def _converse(self, verdict: progress.Detected | None) -> None:
        instructions, tasks = self.call.instructions, self._tasks
        if instructions is None or tasks is None:
            return
        heard = None if verdict is None else (verdict.by, verdict.milliseconds)
        script, world = self._phone.script, self._world
        plan = plan_of(
            self.call, instructions, self._auth_token, script, world.speed, heard, world.listener
        )
        self._talk = Talk(plan, world.client, tasks, world.observer)
        self.call.conversation = self._talk.ledger
        self._talk.begin(lambda: self._inbox.put_nowait(progress.Left()))
