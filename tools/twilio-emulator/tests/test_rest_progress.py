"""The life of a call, event by event, without a clock."""

from __future__ import annotations

import heapq
from dataclasses import replace
from itertools import count

import pytest

from twilio_emulator.rest import progress
from twilio_emulator.rest.callbacks import amd_callback, status_callback
from twilio_emulator.rest.forms import CallRequest, CallUpdate, Instructions, Webhook
from twilio_emulator.rest.phones import BY_NAME, Phone
from twilio_emulator.rest.placed import PlacedCall
from twilio_emulator.rest.progress import Effect, Event, Progress
from twilio_emulator.rest.quirks import USUAL, RestQuirks

REQUEST = CallRequest(
    to="+447700900101",
    from_number="+15005550006",
    instructions=Instructions(voice=Webhook(url="https://example.com/voice")),
    status_callback=Webhook(url="https://example.com/status"),
    events=frozenset({"initiated", "ringing", "answered", "completed"}),
)
ELSEWHERE = Instructions(twiml="<Response><Hangup/></Response>")


class Played:
    """A call whose timers are run in their order; `at` is seconds since the dialling."""

    def __init__(
        self,
        phone: str | Phone = "human",
        speed: float = 1.0,
        quirks: RestQuirks = USUAL,
        **changes: object,
    ) -> None:
        request = replace(REQUEST, **changes)  # type: ignore[arg-type]  # keywords of the request
        found = BY_NAME[phone] if isinstance(phone, str) else phone
        self.call = PlacedCall(
            number=1,
            sid="CA1",
            account_sid="AC1",
            to=request.to,
            from_number=request.from_number,
            created_at=0,
            updated_at=0,
            request=request,
        )
        self.at = 0.0
        self.told: list[tuple[float, str]] = []
        self.effects: list[Effect] = []
        self._progress = Progress(self.call, request, found, speed, quirks)
        self._timers: list[tuple[float, int, Event]] = []
        self._order = count()

    def handle(self, event: Event) -> None:
        for effect in self._progress.handle(event, self.at):
            match effect:
                case progress.After(seconds, later):
                    heapq.heappush(self._timers, (self.at + seconds, next(self._order), later))
                case progress.Tell(_, status):
                    self.told.append((round(self.at, 6), status))
                case _:
                    self.effects.append(effect)

    def run(self, until: float = 1e9) -> Played:
        """Dial, and let time pass."""
        if self.call.dialed_at is None:
            self.handle(progress.Dialed())
        while self._timers and self._timers[0][0] <= until:
            self.at, _, event = heapq.heappop(self._timers)
            self.handle(event)
        self.at = max(self.at, min(until, 1e8))
        return self

    def of(self, kind: type[Effect]) -> list[Effect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]


def test_a_human_answers_and_talks_until_the_conversation_is_over() -> None:
    played = Played().run(until=30)
    played.handle(progress.Left())

    assert played.told == [
        (0, "initiated"),
        (1, "ringing"),
        (6, "in-progress"),
        (30, "completed"),
    ]
    assert (played.call.duration, played.call.sip_code) == (24, 200)
    assert played.effects == [progress.Converse(), progress.Finish()]


@pytest.mark.parametrize(
    ("phone", "statuses", "sip_code"),
    [
        ("busy", ["initiated", "busy"], 486),
        ("fails", ["initiated", "failed"], 404),
        ("blocked", ["initiated", "failed"], 603),
        ("unwanted", ["initiated", "failed"], 608),
        ("no_answer", ["initiated", "ringing", "no-answer"], 487),
    ],
)
def test_a_phone_that_does_not_answer_ends_the_call(
    phone: str, statuses: list[str], sip_code: int
) -> None:
    played = Played(phone).run()

    assert [status for _, status in played.told] == statuses
    assert (played.call.sip_code, played.call.duration) == (sip_code, 0)
    assert played.of(progress.Converse) == []


def test_it_rings_five_seconds_longer_than_it_was_asked_to() -> None:
    assert Played("no_answer", ring_seconds=20).run().told[-1] == (26, "no-answer")
    assert Played("slow", ring_seconds=36).run(50).told[-1] == (41, "in-progress")
    assert Played("slow", ring_seconds=35).run().told[-1] == (41, "no-answer")


def test_a_call_ends_at_its_limit_whatever_is_said() -> None:
    assert Played(max_seconds=30).run().told[-1] == (36, "completed")


def test_speed_shortens_the_call_and_not_what_it_is_said_to_have_lasted() -> None:
    played = Played(speed=100.0, max_seconds=90).run()

    assert played.told[-1] == (0.96, "completed")
    assert played.call.duration == 90


def test_detection_that_is_waited_for_comes_before_the_twiml() -> None:
    played = Played("voicemail", detection="DetectMessageEnd").run(until=40)

    [converse] = played.of(progress.Converse)
    assert converse == progress.Converse(progress.Detected("machine_end_beep", 8000))
    assert played.call.answered_by == "machine_end_beep"
    assert played.of(progress.TellDetected) == []


def test_detection_in_the_background_lets_the_twiml_begin_at_once() -> None:
    played = Played("voicemail", detection="Enable", async_amd=True).run(until=40)

    assert played.effects == [
        progress.Converse(),
        progress.TellDetected("machine_start", 4000),
    ]


def test_detection_gives_up_in_the_end() -> None:
    played = Played("voicemail", detection="DetectMessageEnd", detection_seconds=5).run(40)

    assert played.call.answered_by == "unknown"


def test_a_call_that_is_over_is_not_detected_any_more() -> None:
    played = Played(detection="Enable", async_amd=True).run(until=7)
    played.handle(progress.Left())

    assert played.run().of(progress.TellDetected) == []


def test_a_call_that_ends_too_soon_may_be_said_to_be_unknown() -> None:
    quirks = RestQuirks(unknown_at_hang_up=True)
    played = Played(quirks=quirks, detection="Enable", async_amd=True).run(until=7)
    played.handle(progress.Left())

    assert played.of(progress.TellDetected) == [progress.TellDetected("unknown", 1000)]


@pytest.mark.parametrize(
    ("seconds", "asked", "status"),
    [
        (0.5, "canceled", "canceled"),
        (3, "canceled", "canceled"),
        (3, "completed", "canceled"),
        (10, "canceled", "in-progress"),  # it leaves a live call alone
        (10, "completed", "completed"),
    ],
)
def test_the_account_may_end_a_call(seconds: float, asked: str, status: str) -> None:
    played = Played().run(until=seconds)
    played.handle(progress.Changed(CallUpdate(status=asked)))  # type: ignore[arg-type]

    assert played.call.status == status


def test_a_call_may_be_canceled_while_it_waits() -> None:
    played = Played()
    played.handle(progress.Changed(CallUpdate(status="canceled")))

    assert played.told == [(0, "canceled")]
    assert played.call.dialed_at is None


def test_a_live_call_may_be_led_elsewhere() -> None:
    played = Played().run(until=10)
    played.handle(progress.Changed(CallUpdate(instructions=ELSEWHERE)))

    assert played.effects[-1] == progress.Redirect(ELSEWHERE)


def test_nothing_happens_after_the_end() -> None:
    played = Played("busy").run()
    for event in (progress.PickedUp(), progress.Left(), progress.RangOut()):
        played.handle(event)

    assert len(played.told) == 2


def test_who_missed_a_call_rings_back_and_who_was_spared_does_not() -> None:
    assert Played("calls_back", speed=10.0).run().of(progress.CallBack) == [progress.CallBack(6.0)]

    spared = Played("calls_back").run(until=3)
    spared.handle(progress.Changed(CallUpdate(status="canceled")))
    assert spared.of(progress.CallBack) == []


def test_a_status_callback_says_what_twilio_says() -> None:
    call = Played("no_answer").run().call
    told = status_callback(call, progress.Tell("completed", "no-answer"), 1_700_000_000)

    assert told is not None
    assert told.params == {
        "AccountSid": "AC1",
        "ApiVersion": "2010-04-01",
        "CallDuration": "0",
        "CallSid": "CA1",
        "CallStatus": "no-answer",
        "CallbackSource": "call-progress-events",
        "Called": "+447700900101",
        "Caller": "+15005550006",
        "Direction": "outbound-api",
        "Duration": "0",
        "From": "+15005550006",
        "SequenceNumber": "0",
        "SipResponseCode": "487",
        "Timestamp": "Tue, 14 Nov 2023 22:13:20 +0000",
        "To": "+447700900101",
    }
    assert told.last
    quirks = RestQuirks(no_sip_code=True)
    bare = status_callback(call, progress.Tell("completed", "no-answer"), 0, quirks)
    assert bare is not None
    assert "SipResponseCode" not in bare.params


def test_sequence_numbers_count_what_was_asked_for() -> None:
    played = Played(events=frozenset({"answered", "completed"}))
    tells = [
        progress.Tell("initiated", "initiated"),
        progress.Tell("answered", "in-progress"),
        progress.Tell("completed", "completed"),
    ]
    told = [status_callback(played.call, tell, 0) for tell in tells]

    assert told[0] is None
    assert [each.params["SequenceNumber"] for each in told if each] == ["0", "1"]


def test_begun_minutes_are_billed() -> None:
    played = Played(max_seconds=61).run()
    told = status_callback(played.call, progress.Tell("completed", "completed"), 0)

    assert told is not None
    assert (told.params["CallDuration"], told.params["Duration"]) == ("61", "2")


def test_the_callback_of_detection_goes_where_it_was_asked_to() -> None:
    verdict = progress.TellDetected("human", 3000)
    assert amd_callback(Played().call, verdict) is None

    told = amd_callback(Played(amd_callback=Webhook(url="https://a.example/amd")).call, verdict)
    assert told is not None
    assert told.params == {
        "AccountSid": "AC1",
        "AnsweredBy": "human",
        "CallSid": "CA1",
        "MachineDetectionDuration": "3000",
    }
