"""An emulated Twilio at work: the API, the network behind it, and what tests ask of both."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address

import httpx
import msgspec

from twilio_emulator.events import Observer
from twilio_emulator.rest.accounts import Account, Accounts
from twilio_emulator.rest.api import Api
from twilio_emulator.rest.control import PREFIX, Control
from twilio_emulator.rest.deliveries import AT_ONCE
from twilio_emulator.rest.faults import Fault, Faults, Kind
from twilio_emulator.rest.http_server import HttpServer, Reply, Request
from twilio_emulator.rest.intelligence import media
from twilio_emulator.rest.intelligence.api import PREFIX as V2
from twilio_emulator.rest.intelligence.api import IntelligenceApi
from twilio_emulator.rest.intelligence.intelligence import Intelligence
from twilio_emulator.rest.intelligence.quirks import DOCUMENTED, IntelligenceQuirks
from twilio_emulator.rest.intelligence.v3 import V3Api, is_v3
from twilio_emulator.rest.network import Network
from twilio_emulator.rest.phones import Phonebook
from twilio_emulator.rest.placed import CallStore
from twilio_emulator.rest.quirks import USUAL, RestQuirks
from twilio_emulator.rest.recordings import Recordings
from twilio_emulator.webhooks import open_client

CONNECTIONS = AT_ONCE + 800  # callbacks, and the calls' own webhooks
LASTING_SECONDS = 5.0  # of what must end, where nobody said when


class EmulatedTwilio:
    """Made by `serve`. Everything here may be changed while calls are going on."""

    def __init__(
        self,
        accounts: Sequence[Account],
        client: httpx.AsyncClient,
        host: str,
        port: int,
        speed: float,
        seed: int,
        quirks: RestQuirks,
        intelligence_quirks: IntelligenceQuirks,
        observer: Observer | None,
    ) -> None:
        self.accounts = Accounts(accounts)
        self.phones = Phonebook()
        self.store = CallStore()
        self._faults = Faults(random.Random(seed).random)
        self.intelligence = Intelligence(
            self.accounts, self._faults, client, speed, intelligence_quirks
        )
        self._network = Network(
            self.accounts,
            self.phones,
            self._faults,
            self.store,
            client,
            speed,
            quirks,
            observer,
            self.intelligence,
        )
        self.recordings = Recordings()
        self._api = Api(
            self.accounts, self._faults, self.store, self._network, quirks, self.recordings
        )
        self._intelligence_api = IntelligenceApi(
            self.accounts, self._faults, self.intelligence, intelligence_quirks, lambda: self.url
        )
        self._v3_api = V3Api(self.accounts, self.intelligence.told)
        self._control = Control(
            self.accounts, self.phones, self._faults, self.store, self.inject, self.intelligence
        )
        self._server = HttpServer(self._answer, host, port)
        self._server.accepting = lambda: not self._strikes("close_at_once")
        self._tasks: asyncio.TaskGroup | None = None

    @property
    def url(self) -> str:
        """What takes the place of https://api.twilio.com and https://intelligence.twilio.com."""
        return f"http://{self._server.host}:{self._server.port}"

    def inject(self, fault: Fault) -> int:
        """Let something go wrong from now on; returns the fault's number."""
        seconds = fault.for_seconds or LASTING_SECONDS
        if fault.kind == "refuse":
            self._start(self._refuse(seconds), "refuse")
        elif fault.kind == "storm":
            calls = self.store.placed()
            self._start(self._network.deliveries.storm(calls, fault.size, seconds), "storm")
        if fault.kind in ("refuse", "storm"):
            fault = msgspec.structs.replace(fault, for_seconds=seconds)
        return self._faults.add(fault, time.monotonic())

    def remove(self, number: int | None = None) -> None:
        """Take a fault back, or all of them."""
        if number is None:
            self._faults.clear()
        else:
            self._faults.remove(number)

    async def settle(self, within_seconds: float = 60.0) -> None:
        """Wait until every call is over and every callback and webhook delivered; raises
        `TimeoutError`.
        """
        async with asyncio.timeout(within_seconds):
            await self._network.quiet()
            await self.intelligence.idle()

    async def run(self) -> None:
        """Serve until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self.intelligence.begin(tasks)
            tasks.create_task(self._network.run(), name="network")
            tasks.create_task(self._server.serve(), name="http")

    async def _answer(self, request: Request) -> Reply:
        if is_v3(request.target):
            return await self._v3_api.answer(request)
        if request.target.startswith(V2):
            return await self._intelligence_api.answer(request)
        if request.target.startswith(media.PATH):
            status, audio = media.audio_at(request.target, time.time())
            return Reply(status, audio, {"Content-Type": "audio/wav"})
        if request.target.startswith(PREFIX):
            return await self._control.answer(request)
        return await self._api.answer(request)

    async def _refuse(self, seconds: float) -> None:
        self._server.close()
        await asyncio.sleep(seconds)
        await self._server.reopen()

    def _strikes(self, kind: Kind) -> bool:
        return self._faults.strike(kind, now=time.monotonic()) is not None

    def _start(self, work: Coroutine[None, None, None], name: str) -> None:
        if self._tasks is None:
            raise RuntimeError("the emulated Twilio is not running")
        self._tasks.create_task(work, name=name)


@asynccontextmanager
async def serve(
    accounts: Sequence[Account],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    speed: float = 1.0,
    seed: int = 0,
    quirks: RestQuirks = USUAL,
    intelligence_quirks: IntelligenceQuirks = DOCUMENTED,
    observer: Observer | None = None,
) -> AsyncIterator[EmulatedTwilio]:
    """Twilio's REST side for these accounts, until the end of the block.

    `speed` shortens whatever happens on the telephone: with 100, a call of 90 s takes 0.9 s.
    Calls per second, faults and the deadlines of requests stay as they are.
    """
    if not ip_address(host).is_loopback:
        raise ValueError("the emulator listens on this machine alone: everybody may control it")
    failure: Exception | None = None
    async with open_client(CONNECTIONS) as client:
        twilio = EmulatedTwilio(
            accounts, client, host, port, speed, seed, quirks, intelligence_quirks, observer
        )
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(twilio.run(), name="twilio")
            try:
                await asyncio.sleep(0)  # it has begun, and takes faults
                yield twilio
            except Exception as error:  # raised below, outside the group, which would wrap it
                failure = error
            finally:
                running.cancel()
    if failure is not None:
        raise failure
