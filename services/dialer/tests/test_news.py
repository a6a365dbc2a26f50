"""Records of the bus, as what attempts understand."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dialer.attempt_events import (
    Answered,
    Connected,
    LifecycleEnded,
    MachineDetected,
)
from dialer.attempt_events import StatusReported as Reported
from dialer.news import News, of_callback, of_lifecycle
from trunkline.errors import Invalid
from trunkline.events.lifecycle import (
    GONE,
    CallEnded,
    CallResumed,
    CallStarted,
    Lifecycle,
    OptOutRequested,
)
from trunkline.events.twilio import (
    Callback,
    CallbackEvent,
    MachineJudged,
    OutboundAnswered,
    StatusReported,
)

ATTEMPT = "0198c2a0-0000-7000-8000-000000000001"
SID, ACCOUNT = "CA1", "AC1"
RECEIVED = datetime(2026, 3, 2, 15, 0, 7, tzinfo=UTC)
SENT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def callback(event: CallbackEvent, attempt_id: str = ATTEMPT) -> News:
    received_ms = round(RECEIVED.timestamp() * 1000)
    return of_callback(Callback("acme", attempt_id, ACCOUNT, SID, received_ms, event))


def test_a_status_has_the_last_moment_of_the_second_that_twilio_gives_it() -> None:
    fields = {
        "Timestamp": "Mon, 02 Mar 2026 15:00:00 +0000",
        "SipResponseCode": "486",
        "CallDuration": "17",
        "StirStatus": "A",
        "To": "+15005550101",
    }
    news = callback(StatusReported("busy", 3, fields))

    assert news.events == (
        Reported(SID, ACCOUNT, "busy", SENT + timedelta(seconds=1), 3, sip_code=486),
    )
    assert (news.kind, news.sequence, news.news) == ("status", 3, "busy")
    assert news.facts == {"call_seconds": 17, "attestation": "A"}
    assert json.loads(news.body) == fields
    assert "+15005550101" not in repr(news)


def test_a_status_is_not_of_a_moment_after_it_was_received() -> None:
    fields = {"Timestamp": "Mon, 02 Mar 2026 15:00:07 +0000"}

    assert callback(StatusReported("in-progress", 2, fields)).events == (
        Reported(SID, ACCOUNT, "in-progress", RECEIVED, 2),
    )


@pytest.mark.parametrize("nonsense", ["", "yesterday", "٣", "-1", "99999999999"])
def test_a_status_whose_fields_make_no_sense_is_still_a_status(nonsense: str) -> None:
    fields = dict.fromkeys(["Timestamp", "SipResponseCode", "ErrorCode", "CallDuration"], nonsense)
    news = callback(StatusReported("completed", -1, fields))

    assert news.events == (Reported(SID, ACCOUNT, "completed", RECEIVED),)
    assert news.facts == {}


def test_a_verdict_names_who_answered() -> None:
    news = callback(MachineJudged("machine_start", 3000, {}))

    assert news.events == (MachineDetected(SID, ACCOUNT, "machine_start"),)
    assert (news.kind, news.news) == ("amd", "machine_start")


def test_a_call_that_was_not_connected_counts_as_let_down() -> None:
    news = callback(OutboundAnswered(connected=False))

    assert news.events == (Answered(SID, ACCOUNT, RECEIVED, expired=True),)


def test_a_call_may_be_answered_and_judged_at_once() -> None:
    news = callback(OutboundAnswered(connected=True, answered_by="human"))

    assert news.events == (
        Answered(SID, ACCOUNT, RECEIVED),
        MachineDetected(SID, ACCOUNT, "human"),
    )


def test_an_attempt_that_is_no_uuid_cannot_be() -> None:
    with pytest.raises(Invalid):
        callback(StatusReported("busy", 0), attempt_id="first")


def started(epoch: int = 4) -> CallStarted:
    who = ("acme", SID, epoch, ATTEMPT, "VX1", "a", "1", "outbound-api", "+1", "+2")
    return CallStarted(*who, at_ms=round(SENT.timestamp() * 1000))


@pytest.mark.parametrize(
    ("event", "events"),
    [
        (started(), (Connected(SID, SENT),)),
        (replace(started(), direction="inbound"), ()),
        (CallResumed("acme", SID, 5, ATTEMPT, "VX2", 1), ()),
        (CallEnded("acme", SID, 5, ATTEMPT, "hangup", "", 3, 1, 1), (LifecycleEnded(SID),)),
        (OptOutRequested("acme", SID, 5, "+15005550101", "a", 2, ATTEMPT), ()),
    ],
)
def test_what_sessions_tell_is_of_their_epoch(event: Lifecycle, events: tuple[object, ...]) -> None:
    news = of_lifecycle(event)

    assert news.events == events
    assert (news.kind, news.sequence, news.news) == ("lifecycle", event.epoch, type(event).__name__)
    assert news.attempt_id == UUID(ATTEMPT)


def test_an_opt_out_names_the_number_and_shows_it_to_nobody() -> None:
    news = of_lifecycle(OptOutRequested("acme", SID, 5, "+15005550101", "a", 2))

    assert news.opt_out is not None
    assert news.opt_out.number == "+15005550101"
    assert news.attempt_id is None
    assert "+15005550101" not in repr(news)


def test_an_end_that_twilio_told_is_final() -> None:
    assert of_lifecycle(CallEnded("acme", SID, -1, ATTEMPT, GONE, "", 0, 0, 1)).final
    assert not of_lifecycle(CallEnded("acme", SID, 4, ATTEMPT, "hangup", "", 0, 0, 1)).final
