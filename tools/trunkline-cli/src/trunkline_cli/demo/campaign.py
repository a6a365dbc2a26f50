"""The demo's campaign: a list is imported and dialed, paused, robbed of a dialer, and counted."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.live import Live

from trunkline_cli.chaos import tables
from trunkline_cli.chaos.evidence import Evidence
from trunkline_cli.chaos.ledger import Ledger
from trunkline_cli.chaos.stage import LIMITS
from trunkline_cli.demo.dialed import Dialed
from trunkline_cli.demo.ground import NOTICE
from trunkline_cli.demo.people import UNWANTED, People, telephones
from trunkline_cli.dialing import shown
from trunkline_cli.dialing.client import DialerClient, client_of
from trunkline_cli.dialing.importing import import_list
from trunkline_cli.stack.run import Stack
from twilio_emulator.rest import EmulatedTwilio, PlacedCall

TENANT = "default"
CONNECT_SECONDS = 10.0
LOOK_SECONDS = 0.4
PAUSE_AT, KILL_AT = 0.15, 0.3  # of all calls
PAUSED_SECONDS = 2.0
PATIENCE_SECONDS = 90.0  # without any news; a dead dialer's lease alone takes 30 s
CERTAIN_SECONDS = 6.0  # without news of calls that Twilio is asked about: that takes minutes
SILENT_SECONDS = 8.0  # without any news, after which it is asked what is in the way
ABANDONMENT = "breaker: abandonment"
SHOWN_TALKS = 6
SHOWN_MISTAKES = 20

POLICY = {
    # One attempt each, and whatever comes of it is the end: the demo does not wait for retries.
    "retries": {"max_attempts": 1, "minutes_after": {}},
    "answering_machines": {"detect": True, "then": "message"},
}
NEW = {
    "name": "A burst pipe",
    "agent_id": NOTICE,
    "purpose": "emergency",  # which knows no hours: the demo is shown at any time of the day
    "emergency_reason": "A water pipe has burst: the clinic is closed tomorrow.",
    "default_region": "US",
    "policy": POLICY,
}


@dataclass(frozen=True, slots=True)
class Look:
    """The campaign at one moment."""

    state: str
    progress: Any
    placed: int
    """Requests to place a call that Twilio has had."""

    @property
    def news(self) -> tuple[object, ...]:
        """What changes while something happens."""
        return self.state, self.placed, self.progress["finished"], self.progress["in_flight"]

    @property
    def is_over(self) -> bool:
        """Whether everybody has come to an end."""
        return self.state == "completed"

    @property
    def only_looks_for(self) -> bool:
        """Whether nothing is left but calls that Twilio is asked about."""
        left = self.progress["accepted"] - self.progress["finished"]
        return bool(left > 0 and left == self.progress["attempts"].get("unknown"))


class Stuck(Exception):
    """Nothing has happened for too long."""


class LetDown(Exception):
    """The dialer has paused its account: too many people waited for an agent."""


@dataclass(slots=True)
class Campaign:
    """A campaign that is being shown. The client asks the dialer that is not killed."""

    stack: Stack
    twilio: EmulatedTwilio
    client: DialerClient
    console: Console
    path: str
    contacts: Sequence[str]
    began: float = field(default_factory=time.monotonic)
    while_paused: int = 0
    stuck: str = ""
    given_up: bool = False

    async def dial(self) -> None:
        """Start it, and stay with it to its end, or until nothing happens any more."""
        await self._say_to("start")
        with Live(console=self.console, refresh_per_second=4) as live:
            try:
                await self._until(live, self._placed(PAUSE_AT))
                await self._pause(live)
                await self._until(live, self._placed(KILL_AT))
                self._kill()
                await self._until(live, lambda look: look.is_over)
            except LetDown:
                await self._give_up(live)
            except Stuck as stuck:
                self.stuck = str(stuck)
        self.console.print()

    async def look(self) -> Look:
        """Ask how far it is."""
        found = await asyncio.to_thread(self.client.get, self.path)
        progress = await asyncio.to_thread(self.client.get, f"{self.path}/progress")
        return Look(found["state"], progress, len(self.twilio.store.posts))

    async def _pause(self, live: Live) -> None:
        await self._say_to("pause")
        paused = await self._until(live, lambda look: look.state == "paused")
        until = time.monotonic() + PAUSED_SECONDS
        rested = await self._until(live, lambda look: time.monotonic() >= until)
        self.while_paused = rested.placed - paused.placed
        self._note(f"Paused after {paused.placed} calls, and nobody is rung up. It goes on.")
        await self._say_to("resume")

    def _kill(self) -> None:
        self._note("One of the two dialers is killed (SIGKILL); the other one goes on.")
        self.stack.dialers[0].kill()

    async def _until(self, live: Live, met: Callable[[Look], bool]) -> Look:
        """Show it until a condition is met. Raises `Stuck`."""
        news: tuple[object, ...] = ()
        heard = time.monotonic()
        while True:
            look = await self.look()
            seconds = time.monotonic() - self.began
            live.update(shown.live(look.state, look.progress, seconds, self._talks()))
            if met(look):
                return look
            if look.news != news:
                news, heard = look.news, time.monotonic()
            await self._check(look, time.monotonic() - heard)
            await asyncio.sleep(LOOK_SECONDS)

    async def _check(self, look: Look, silent: float) -> None:
        """See why nothing happens, if nothing does."""
        if look.only_looks_for and silent > CERTAIN_SECONDS:
            raise Stuck
        if silent < SILENT_SECONDS:
            return
        found = await asyncio.to_thread(self.client.get, f"{self.path}/diagnostics")
        obstacles = [f"{each['gate']}: {each['reason']}" for each in found["blocked_by"]]
        if ABANDONMENT in obstacles and not self.given_up:
            raise LetDown
        if silent > PATIENCE_SECONDS:
            contacts = ", ".join(f"{n} {state}" for state, n in look.progress["contacts"].items())
            why = ", ".join(obstacles) or "nothing is in the way"
            raise Stuck(f"nothing has happened for {silent:.0f} s: {contacts}; {why}")

    async def _give_up(self, live: Live) -> None:
        """Cancel what is left, as people do whose agents cannot keep up."""
        self.given_up = True
        self._note(
            "This machine is too busy: people waited for an agent for more than two seconds. The "
            "dialer has paused the account, as it must; what is left of the campaign is cancelled."
        )
        await self._say_to("cancel")
        try:
            await self._until(live, lambda look: look.state == "cancelled")
        except Stuck as stuck:
            self.stuck = str(stuck)

    def _placed(self, share: float) -> Callable[[Look], bool]:
        return lambda look: look.placed >= share * len(self.contacts)

    def _talks(self) -> Iterator[shown.Talk]:
        """What is being said; the newest calls."""
        going_on = (
            call
            for call in reversed(self.twilio.store.placed())
            if call.status == "in-progress" and call.conversation and call.conversation.said
        )
        for call, _ in zip(going_on, range(SHOWN_TALKS), strict=False):
            yield _talk(call)

    async def _say_to(self, command: str) -> None:
        await asyncio.to_thread(self.client.post, f"{self.path}/{command}")

    def _note(self, text: str) -> None:
        self.console.print(f"{time.monotonic() - self.began:5.1f} s  {text}", style="bold")


async def call_everybody(
    stack: Stack,
    twilio: EmulatedTwilio,
    people: People,
    folder: Path,
    ticket_key: str,
    console: Console,
    *,
    cps: float,
) -> Dialed:
    """Import the list, dial it, and count."""
    for digits, phone in telephones().items():
        twilio.phones.set(digits, phone)
    file = folder / "people.csv"
    file.write_text(people.text)
    report = stack.report
    with client_of(report.dialers[-1].url, report.dialer_api_key) as client:
        path, imported, refused = await asyncio.to_thread(_import, client, file, console, cps)
        contacts = await asyncio.to_thread(_contacts, client, path)
        campaign = Campaign(stack, twilio, client, console, path, contacts)
        await campaign.dial()
        progress = (await campaign.look()).progress
    return Dialed(
        people=people,
        imported=imported,
        refused=refused,
        progress=progress,
        evidence=await _evidence(stack, Ledger(twilio.store, ticket_key), contacts),
        seconds=time.monotonic() - campaign.began,
        while_paused=campaign.while_paused,
        stuck=campaign.stuck,
        given_up=campaign.given_up,
    )


def _import(client: DialerClient, file: Path, console: Console, cps: float) -> tuple[str, Any, Any]:
    """The campaign's path, its import, and the rows that were not taken."""
    unwanted = {"numbers": [UNWANTED], "reason": "complaint", "source": "demo"}
    client.post("/v1/suppressions", unwanted)
    path = f"/v1/campaigns/{client.post('/v1/campaigns', {**NEW, 'cps': cps})['id']}"
    imported = import_list(client, path.rpartition("/")[2], file, {}, console)
    refused = client.get(imported["errors_url"], limit=SHOWN_MISTAKES)["data"]
    console.print(shown.imported(imported, refused))
    return path, imported, refused


def _contacts(client: DialerClient, path: str) -> list[str]:
    return [contact["id"] for contact in client.pages(f"{path}/contacts")]


async def _evidence(stack: Stack, ledger: Ledger, contacts: Sequence[str]) -> Evidence:
    """What Twilio's ledger and the dialer's tables say."""
    report = stack.report
    accounts = [report.twilio.account_sid]
    connection = await asyncpg.connect(report.postgres.url, timeout=CONNECT_SECONDS)
    try:
        return Evidence(
            limits=LIMITS,
            posts=ledger.posts(accounts),
            calls=ledger.calls(accounts),
            accepted=contacts,
            contacts=await tables.contacts(connection, TENANT),
            attempts=await tables.attempts(connection, TENANT),
        )
    finally:
        connection.terminate()


def _talk(call: PlacedCall) -> shown.Talk:
    said = call.conversation.said.strip() if call.conversation else ""
    turns = call.conversation.turns if call.conversation else ()
    asked = turns[-1].prompt if turns else ""
    return shown.Talk(call.to, asked, said.rpartition("\n")[2].strip())
