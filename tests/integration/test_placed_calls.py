"""Calls placed as the dialer places them, through the emulated Twilio, to a real gateway."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import httpx
from placing import ATTEMPT, running, urls_of, values
from pydantic import SecretStr

from trunkline.events.lifecycle import CallEnded, Lifecycle
from trunkline.events.topics import CALLBACKS, LIFECYCLE
from trunkline.events.twilio import Callback, MachineJudged, OutboundAnswered, StatusReported
from trunkline.events.wire import decode_callback, decode_lifecycle
from trunkline.outbound import OnMachine
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.run import Stack
from twilio_emulator.rest import Account, EmulatedTwilio, serve
from twilio_emulator.rest.placed import PlacedCall

OWN = "+15005550006"
HUMAN, VOICEMAIL, ASKS, PRESSES = (f"+4477009001{digits}" for digits in ("01", "70", "85", "87"))
SUBACCOUNT = "AC" + "2" * 32
ATTEMPTS = [ATTEMPT.format(number) for number in range(1, 5)]  # the topics have others', too
TOKEN = "2b" * 16
SECONDS = 90.0


class Calls:
    """Calls of one subaccount, and what is told of them."""

    def __init__(self, stack: Stack, twilio: EmulatedTwilio) -> None:
        self._public_url = stack.report.public_url
        self._bootstrap = stack.report.kafka.bootstrap
        self._twilio = twilio
        self.callbacks: list[Callback] = []
        self.lifecycle: list[Lifecycle] = []

    async def place(
        self, number: int, to: str, on_machine: OnMachine, *, is_recorded: bool = False
    ) -> None:
        """Attempt number so and so."""
        urls = urls_of(
            *(self._public_url, SUBACCOUNT, number),
            variables={"name": "Ada"},
            on_machine=on_machine,
            is_recorded=is_recorded,
        )
        form = {
            "To": to,
            "From": OWN,
            "Url": urls.twiml,
            "StatusCallback": urls.status,
            "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
            "MachineDetection": "DetectMessageEnd",
            "AsyncAmd": "true",
            "AsyncAmdStatusCallback": urls.amd,
        }
        path = f"{self._twilio.url}/2010-04-01/Accounts/{SUBACCOUNT}/Calls.json"
        async with httpx.AsyncClient(auth=(SUBACCOUNT, TOKEN), trust_env=False) as client:
            assert (await client.post(path, data=form)).status_code == 201

    async def read_callbacks(self) -> None:
        async with aclosing(values(self._bootstrap, CALLBACKS.name)) as told:
            async for value in told:
                if (callback := decode_callback(value)).attempt_id in ATTEMPTS:
                    self.callbacks.append(callback)

    async def read_lifecycle(self) -> None:
        async with aclosing(values(self._bootstrap, LIFECYCLE.name)) as told:
            async for value in told:
                if (event := decode_lifecycle(value)).attempt_id in ATTEMPTS:
                    self.lifecycle.append(event)

    async def until_told(self, ends: int) -> None:
        """Until everybody was told of so many ends."""

        def completed() -> int:
            events = [one.event for one in self.callbacks if isinstance(one.event, StatusReported)]
            return sum(event.status == "completed" for event in events)

        def ended() -> int:
            return sum(isinstance(event, CallEnded) for event in self.lifecycle)

        await until(lambda: completed() >= ends and ended() >= ends)

    def call(self, to: str) -> PlacedCall:
        (call,) = [one for one in self._twilio.store.placed() if one.to == to]
        return call

    def said(self, to: str) -> str:
        """What the agent has said."""
        call = self.call(to)
        assert call.conversation is not None
        return call.conversation.said

    def recorded(self) -> set[str]:
        """Whose calls Twilio was told to record."""
        placed = self._twilio.store.placed()
        return {one.to for one in placed if one.conversation and one.conversation.recorded}

    def told(self, to: str) -> list[str]:
        """What becomes of a call, and how it ended."""
        sid = self.call(to).sid
        mine = [event for event in self.lifecycle if event.call_sid == sid]
        return [
            event.reason if isinstance(event, CallEnded) else type(event).__name__ for event in mine
        ]

    def verdicts(self) -> dict[str, str]:
        """Who has answered, by attempt."""
        return {
            one.attempt_id: one.event.answered_by
            for one in self.callbacks
            if isinstance(one.event, MachineJudged)
        }

    def connected(self) -> dict[str, bool]:
        """Who was connected, by attempt."""
        return {
            one.attempt_id: one.event.connected
            for one in self.callbacks
            if isinstance(one.event, OutboundAnswered)
        }


async def test_people_and_machines_are_met_as_their_attempts_say_and_all_of_it_is_told(
    tmp_path: Path, kafka_bootstrap: str, postgres_url: str
) -> None:
    servers = CliSettings(
        kafka_bootstrap_servers=kafka_bootstrap, database_url=SecretStr(postgres_url)
    )
    account = Account(sid=SUBACCOUNT, auth_token=TOKEN, cps=50)
    async with (
        running(tmp_path, servers, TWILIO_SUBACCOUNTS=f"{SUBACCOUNT}:{TOKEN}") as stack,
        serve([account], speed=4.0) as twilio,
        asyncio.TaskGroup() as tasks,
    ):
        calls = Calls(stack, twilio)
        reading = [
            tasks.create_task(calls.read_callbacks(), name="callbacks"),
            tasks.create_task(calls.read_lifecycle(), name="lifecycle"),
        ]
        await calls.place(1, HUMAN, OnMachine.HANGUP)
        await calls.place(2, VOICEMAIL, OnMachine.MESSAGE)
        await calls.place(3, ASKS, OnMachine.HANGUP)
        await calls.place(4, PRESSES, OnMachine.HANGUP, is_recorded=True)
        await calls.until_told(4)
        for task in reading:
            task.cancel()

    assert calls.said(HUMAN).startswith("Hello Ada, this is Acme.")
    assert calls.told(HUMAN) == ["CallStarted", "caller_hung_up"]
    assert calls.said(VOICEMAIL).endswith("Acme called.")
    assert calls.told(VOICEMAIL) == ["CallStarted", "voicemail"]
    for to in (ASKS, PRESSES):
        assert "We will not call again." in calls.said(to)
        assert calls.told(to) == ["CallStarted", "OptOutRequested", "agent_ended"]
    assert calls.recorded() == {PRESSES}
    assert calls.said(PRESSES).startswith("This call is recorded. Hello Ada, this is Acme.")
    assert calls.connected() == dict.fromkeys(ATTEMPTS, True)
    assert calls.verdicts()[ATTEMPTS[1]] == "machine_end_beep"
    assert {one.account_sid for one in calls.callbacks} == {SUBACCOUNT}


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():  # noqa: ASYNC110  # other processes bring it about
            await asyncio.sleep(0.05)
