"""The conversation of one answered call: its TwiML on one side, the callee on the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import httpx
import msgspec

from twilio_emulator import scenario as steps
from twilio_emulator.actor import perform
from twilio_emulator.call import Call
from twilio_emulator.events import Observer
from twilio_emulator.exchange import Exchange
from twilio_emulator.ledger import CallLedger
from twilio_emulator.plan import CallPlan, SessionListener
from twilio_emulator.rest.forms import Instructions
from twilio_emulator.rest.placed import PlacedCall
from twilio_emulator.scenario import Scenario, Step
from twilio_emulator.state import CallState
from twilio_emulator.webhooks import Webhooks

SPEAKING_CPS = 15.0
BARGE_IN_MS = 400.0
PATIENCE_SECONDS = 15.0  # for the server, whose seconds no speed shortens
MAX_SECONDS = 14_400.0


def hurried(script: Scenario, speed: float) -> Scenario:
    """The script with shorter silences."""

    def step(each: Step) -> Step:
        match each:
            case steps.Silence(seconds):
                return steps.Silence(seconds / speed)
            case steps.Press(digits, gap_ms):
                return steps.Press(digits, gap_ms / speed)
            case _:
                return each

    return msgspec.structs.replace(script, steps=tuple(step(each) for each in script.steps))


def plan_of(
    call: PlacedCall,
    instructions: Instructions,
    auth_token: str,
    script: Scenario,
    speed: float,
    verdict: tuple[str, int] | None,
    listener: SessionListener | None = None,
) -> CallPlan:
    """The call as the machinery of single calls takes it. `verdict`: AnsweredBy, milliseconds."""
    voice, fallback = instructions.voice, instructions.fallback
    params = {}
    if verdict is not None:
        params = {"AnsweredBy": verdict[0], "MachineDetectionDuration": str(verdict[1])}
    return CallPlan(
        voice_url=voice.url if voice else "",
        voice_method=voice.method if voice else "POST",
        voice_params=params,
        twiml=instructions.twiml,
        fallback_url=fallback.url if fallback else None,
        account_sid=call.account_sid,
        auth_token=auth_token,
        from_number=call.from_number,
        to_number=call.to,
        call_sid=call.sid,
        direction=call.direction,
        script=hurried(script, speed),
        speaking_cps=SPEAKING_CPS * speed,
        barge_in_ms=BARGE_IN_MS / speed,
        pace=speed,
        patience_seconds=PATIENCE_SECONDS,
        max_seconds=MAX_SECONDS,
        listener=listener,
    )


class Talk:
    """Follows the TwiML while the callee plays its script, until one of them ends the call."""

    def __init__(
        self,
        plan: CallPlan,
        client: httpx.AsyncClient,
        tasks: asyncio.TaskGroup,
        observer: Observer | None,
    ) -> None:
        self._state = CallState(plan, observer)
        self._call = Call(self._state)
        self._webhooks = Webhooks(client, plan.auth_token)
        self._tasks = tasks
        self._following: asyncio.Task[None] | None = None

    @property
    def ledger(self) -> CallLedger:
        return self._state.ledger

    def begin(self, over: Callable[[], None]) -> None:
        """Start both sides in the call's group; `over` is called when nothing more is said."""
        self._follow()
        self._tasks.create_task(self._perform(over), name="callee")

    async def redirect(self, instructions: Instructions) -> None:
        """Leave the present TwiML for other."""
        voice, fallback = instructions.voice, instructions.fallback
        self._state.plan = replace(
            self._state.plan,
            voice_url=voice.url if voice else "",
            voice_method=voice.method if voice else "POST",
            voice_params={},
            twiml=instructions.twiml,
            fallback_url=fallback.url if fallback else None,
        )
        if self._state.line is not None:
            await self._state.line.close()
        if self._following is not None:
            self._following.cancel()
        self._follow()

    async def hang_up(self) -> None:
        """End the call, however far it got; the server is told as of any hang-up."""
        await self._call.hang_up()

    async def _perform(self, over: Callable[[], None]) -> None:
        await perform(self._call, self._state.plan.script)
        over()

    def _follow(self) -> None:
        exchange = Exchange(self._state, self._webhooks)
        self._following = self._tasks.create_task(exchange.live(), name="twiml")
