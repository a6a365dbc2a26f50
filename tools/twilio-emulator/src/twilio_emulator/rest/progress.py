"""What becomes of a call from its dialling to its end. Pure: an event in, effects out.

Time is an argument, in Unix seconds; delays are effects, already shortened by `speed`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from twilio_emulator.rest.forms import CallEvent, CallRequest, CallUpdate, Instructions
from twilio_emulator.rest.phones import AnsweredBy, Phone
from twilio_emulator.rest.placed import PlacedCall, Status
from twilio_emulator.rest.quirks import USUAL, RestQuirks

GRACE_SECONDS = 5.0  # Twilio lets it ring this much longer than it was asked to


@dataclass(frozen=True, slots=True)
class Dialed:
    """Its turn in the account's queue came."""


@dataclass(frozen=True, slots=True)
class NetworkAnswered:
    """The network has set the call up: it rings, is busy, or was refused."""


@dataclass(frozen=True, slots=True)
class PickedUp:
    """Somebody or something answered."""


@dataclass(frozen=True, slots=True)
class RangOut:
    """It rang as long as it may."""


@dataclass(frozen=True, slots=True)
class Detected:
    """Answering-machine detection has its verdict."""

    by: AnsweredBy
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Left:
    """The conversation is over: somebody hung up, or there is nothing more to do."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The account asks for a change through the API."""

    update: CallUpdate


Event = Dialed | NetworkAnswered | PickedUp | RangOut | Detected | Left | Changed


@dataclass(frozen=True, slots=True)
class After:
    """Come back with this event, unless the call is over by then."""

    seconds: float
    event: Event


@dataclass(frozen=True, slots=True)
class Tell:
    """A status callback, if the account asked for this event."""

    event: CallEvent
    status: Status | Literal["initiated"]


@dataclass(frozen=True, slots=True)
class TellDetected:
    """The callback of asynchronous detection."""

    by: AnsweredBy
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Converse:
    """Follow the call's TwiML; with the verdict, where the account waits for it."""

    verdict: Detected | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """Leave the TwiML that is being followed, for this."""

    instructions: Instructions


@dataclass(frozen=True, slots=True)
class Finish:
    """The call is over."""


@dataclass(frozen=True, slots=True)
class CallBack:
    """Whoever was called rings back."""

    seconds: float


Effect = After | Tell | TellDetected | Converse | Redirect | Finish | CallBack


class Progress:
    """The life of one outbound call, written into its record."""

    def __init__(
        self,
        call: PlacedCall,
        request: CallRequest,
        phone: Phone,
        speed: float = 1.0,
        quirks: RestQuirks = USUAL,
    ) -> None:
        self._call = call
        self._request = request
        self._phone = phone
        self._speed = speed
        self._quirks = quirks

    def handle(self, event: Event, at: float) -> list[Effect]:
        match self._call.status, event:
            case _ if self._call.over:
                return []
            case _, Changed(update):
                return self._change(update, at)
            case "queued", Dialed():
                return self._dial(at)
            case "queued", NetworkAnswered():
                return self._set_up(at)
            case "ringing", PickedUp():
                return self._answer(at)
            case "ringing", RangOut():
                return self._end("no-answer", 487, at)
            case "in-progress", Detected() as verdict:
                return self._detect(verdict)
            case "in-progress", Left():
                return self._end("completed", 200, at)
        return []

    def _dial(self, at: float) -> list[Effect]:
        self._call.dialed_at = self._call.updated_at = at
        return [
            Tell("initiated", "initiated"),
            self._after(self._phone.setup_seconds, NetworkAnswered()),
        ]

    def _set_up(self, at: float) -> list[Effect]:
        phone = self._phone
        if phone.outcome == "busy":
            return self._end("busy", phone.sip_code, at)
        if phone.outcome in ("fails", "refused"):
            return self._end("failed", phone.sip_code, at)
        self._become("ringing", at)
        patience = self._request.ring_seconds + GRACE_SECONDS
        effects: list[Effect] = [Tell("ringing", "ringing"), self._after(patience, RangOut())]
        if phone.outcome == "answers" and phone.ring_seconds < patience:
            effects.append(self._after(phone.ring_seconds, PickedUp()))
        return effects

    def _answer(self, at: float) -> list[Effect]:
        self._become("in-progress", at)
        self._call.answered_at = at
        limit = min(self._phone.talk_seconds, self._request.max_seconds)
        effects: list[Effect] = [Tell("answered", "in-progress"), self._after(limit, Left())]
        request = self._request
        if request.detection is not None:
            by, seconds = self._phone.verdict(request.detection, request.detection_seconds)
            effects.append(self._after(seconds, Detected(by, round(seconds * 1000))))
        if request.detection is None or request.async_amd:
            effects.append(Converse())
        return effects

    def _detect(self, verdict: Detected) -> list[Effect]:
        self._call.answered_by = verdict.by
        if self._request.async_amd:
            return [TellDetected(verdict.by, verdict.milliseconds)]
        return [Converse(verdict)]

    def _change(self, update: CallUpdate, at: float) -> list[Effect]:
        """`canceled` leaves a live call alone, `completed` ends any."""
        live = self._call.status == "in-progress"
        if update.status == "completed" and live:
            return self._end("completed", 200, at)
        if update.status is not None and not live:
            return self._end("canceled", 487, at)
        if update.instructions is not None and live:
            self._call.instructions = update.instructions
            self._call.updated_at = at
            return [Redirect(update.instructions)]
        return []

    def _end(self, status: Status, sip_code: int, at: float) -> list[Effect]:
        call = self._call
        self._become(status, at)
        call.ended_at = at
        call.sip_code = sip_code
        talked = 0.0 if call.answered_at is None else (at - call.answered_at) * self._speed
        call.duration = math.ceil(talked)
        effects = [*self._undetected(talked), Tell("completed", status), Finish()]
        back = self._phone.calls_back_seconds
        if back is not None and status in ("no-answer", "busy"):
            effects.append(CallBack(back / self._speed))
        return effects

    def _undetected(self, talked: float) -> list[Effect]:
        """The verdict on a call that ended before there was one."""
        waiting = self._request.async_amd and self._call.answered_by is None
        if not waiting or not talked or not self._quirks.unknown_at_hang_up:
            return []
        self._call.answered_by = "unknown"
        return [TellDetected("unknown", round(talked * 1000))]

    def _become(self, status: Status, at: float) -> None:
        self._call.status = status
        self._call.updated_at = at

    def _after(self, seconds: float, event: Event) -> After:
        return After(seconds / self._speed, event)
