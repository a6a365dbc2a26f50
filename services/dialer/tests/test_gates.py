"""Each gate says why it is closed, and until when; the first closed one decides."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.contact import MIN_GAP, ContactState
from dialer.gates import (
    GATES,
    Deferred,
    Gate,
    Passed,
    Snapshot,
    Terminal,
    Verdict,
    check,
    closed,
)
from dialer.presets import Cap, Consent, Purpose, combine, rows_for
from dialer.presets_table import TABLE
from dialer.windows import WEEKDAYS, Hours, Window

NOW = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # Monday, 15:00 in New York
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
OPEN = Snapshot(
    NOW,
    rules=combine(rows_for(TABLE, "US", ["FL"]), Purpose.MARKETING),
    consent=Consent.WRITTEN,
    zones=("America/New_York",),
    margin=timedelta(seconds=95),
    allowed_in_flight=10,
    send_at=NOW,
)


def test_a_call_that_nothing_forbids_may_be_placed() -> None:
    assert check(OPEN) == Passed()
    assert closed(OPEN) == []


NINE = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)
BREAKFAST = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)  # 8:00 in New York
OFFICE = (Hours((Window(WEEKDAYS, 540, 600),)),)
NEVER = (Hours((Window(WEEKDAYS, 0, 60),)),)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"stopped": "tenant"}, Deferred(Gate.EMERGENCY_STOP, "tenant")),
        ({"recovering": True}, Deferred(Gate.RECOVERY, "database_changed")),
        ({"bus_lag": None}, Deferred(Gate.BUS, "callbacks_late")),
        ({"bus_lag": timedelta(seconds=10.1)}, Deferred(Gate.BUS, "callbacks_late")),
        ({"campaign_state": "pausing"}, Deferred(Gate.CAMPAIGN, "pausing")),
        ({"generation": 2}, Deferred(Gate.CAMPAIGN, "generation")),
        (
            {"campaign_state": "cancelling"},
            Terminal(Gate.CAMPAIGN, "cancelling", ContactState.CANCELLED),
        ),
        ({"ends_at": NOW}, Terminal(Gate.CAMPAIGN, "campaign_over", ContactState.EXPIRED)),
        ({"starts_at": NOW + HOUR}, Deferred(Gate.CAMPAIGN, "not_started", NOW + HOUR)),
        (
            {"contact_state": ContactState.SUPPRESSED},
            Terminal(Gate.CONTACT, "suppressed", ContactState.SUPPRESSED),
        ),
        ({"contact_state": ContactState.READY}, Deferred(Gate.CONTACT, "ready")),
        ({"expires_at": NOW}, Terminal(Gate.CONTACT, "contact_over", ContactState.EXPIRED)),
        (
            {"suppressed": "opt_out"},
            Terminal(Gate.SUPPRESSION, "opt_out", ContactState.SUPPRESSED),
        ),
        (
            {"rules": None},
            Terminal(Gate.COUNTRY, "not_dialable_region", ContactState.NEEDS_REVIEW),
        ),
        (
            {"consent": Consent.EXPRESS},
            Terminal(Gate.CONSENT, "consent_missing", ContactState.SUPPRESSED),
        ),
        (
            {"zones": ()},
            Terminal(Gate.TIMEZONE, "needs_timezone", ContactState.NEEDS_TIMEZONE),
        ),
        ({"now": NOW + 10 * HOUR}, Deferred(Gate.WINDOW, "outside_window", BREAKFAST)),
        ({"campaign_hours": OFFICE}, Deferred(Gate.WINDOW, "outside_window", NINE)),
        (
            {"campaign_hours": NEVER},
            Terminal(Gate.WINDOW, "no_permitted_hour", ContactState.NEEDS_REVIEW),
        ),
        (
            {"last_ended_at": NOW - timedelta(minutes=5)},
            Deferred(Gate.FREQUENCY, "min_gap", NOW + timedelta(minutes=10)),
        ),
        (
            {"posted": [NOW - 20 * HOUR, NOW - 3 * HOUR, NOW - 2 * HOUR]},
            Deferred(Gate.FREQUENCY, "frequency_cap", NOW + 4 * HOUR),
        ),
        ({"cost_cap_micros": 99, "call_micros": 100}, Deferred(Gate.COST, "cost_cap")),
        (
            {"breaker": "bad_credentials", "breaker_until": NOW + HOUR},
            Deferred(Gate.BREAKER, "bad_credentials", NOW + HOUR),
        ),
        (
            {"in_flight": 10},
            Deferred(Gate.CONCURRENCY, "no_free_agent", NOW + timedelta(seconds=1)),
        ),
        ({"send_at": None}, Deferred(Gate.RATE, "rate_limit", NOW + timedelta(seconds=1))),
    ],
)
def test_a_closed_gate_has_a_reason_and_where_it_can_a_time(
    facts: dict[str, Any], verdict: Verdict
) -> None:
    assert check(replace(OPEN, **facts)) == verdict


def test_the_first_closed_gate_decides_and_all_of_them_are_known() -> None:
    shut = replace(
        OPEN, stopped="everything", suppressed="opt_out", in_flight=10, zones=(), send_at=None
    )

    assert check(shut) == Deferred(Gate.EMERGENCY_STOP, "everything")
    assert [verdict.gate for verdict in closed(shut)] == [
        *(Gate.EMERGENCY_STOP, Gate.SUPPRESSION, Gate.TIMEZONE),
        *(Gate.CONCURRENCY, Gate.RATE),
    ]


def test_a_call_that_would_ring_beyond_the_closing_waits_for_the_next_day() -> None:
    closing = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)  # 20:00 in New York, Florida's limit
    late = replace(OPEN, now=closing - timedelta(seconds=90))

    assert check(late) == Deferred(Gate.WINDOW, "outside_window", BREAKFAST)
    assert check(replace(late, margin=timedelta(seconds=89))) == Passed()


def test_a_cap_is_rolling_and_counts_the_last_call_out_to_the_second() -> None:
    calls = [NOW - DAY, NOW - 3 * HOUR, NOW - 2 * HOUR]

    assert check(replace(OPEN, posted=calls)) == Passed()
    calls[0] += timedelta(seconds=1)
    assert check(replace(OPEN, posted=calls)) == Deferred(
        Gate.FREQUENCY, "frequency_cap", NOW + timedelta(seconds=1)
    )


def test_a_campaigns_own_cap_holds_beside_the_laws() -> None:
    once = replace(OPEN, campaign_caps=(Cap(1, 2 * DAY),), posted=[NOW - DAY])

    assert check(once) == Deferred(Gate.FREQUENCY, "frequency_cap", NOW + DAY)


def test_nobody_is_called_soon_after_a_silent_call_where_the_law_says_so() -> None:
    britain = replace(
        OPEN,
        now=datetime(2026, 3, 2, 12, tzinfo=UTC),
        rules=combine(rows_for(TABLE, "GB", []), Purpose.MARKETING),
        zones=("Europe/London",),
        last_abandoned_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    )

    assert check(britain) == Deferred(
        Gate.FREQUENCY, "silent_call", datetime(2026, 3, 4, 12, tzinfo=UTC)
    )


def test_an_emergency_needs_no_hour_no_zone_and_no_consent_but_an_opt_out_holds() -> None:
    urgent = replace(
        OPEN,
        now=NOW + 10 * HOUR,
        rules=combine(rows_for(TABLE, "US", ["FL"]), Purpose.EMERGENCY),
        consent=Consent.NONE,
        zones=(),
    )

    assert check(urgent) == Passed()
    assert isinstance(check(replace(urgent, suppressed="opt_out")), Terminal)


def test_every_gate_of_the_histogram_is_asked_in_its_order() -> None:
    names = [gate.__name__.removeprefix("_") for gate in GATES]

    assert names == [gate.value for gate in Gate]


moments = st.integers(-200, 200).map(lambda n: NOW + n * timedelta(minutes=20))


@given(
    now=moments,
    posted=st.lists(moments, max_size=6),
    ended=st.none() | moments,
    suppressed=st.sampled_from(["", "opt_out"]),
    consent=st.sampled_from(Consent),
    zones=st.sampled_from([(), ("America/New_York",), ("America/New_York", "Pacific/Honolulu")]),
)
def test_whoever_passes_is_wanted_permitted_and_not_called_too_often(
    now: datetime,
    posted: list[datetime],
    ended: datetime | None,
    suppressed: str,
    consent: Consent,
    zones: tuple[str, ...],
) -> None:
    snapshot = replace(
        OPEN,
        now=now,
        posted=[moment for moment in posted if moment <= now],
        last_ended_at=ended,
        suppressed=suppressed,
        consent=consent,
        zones=zones,
    )

    verdict = check(snapshot)

    if isinstance(verdict, Passed):
        assert not suppressed
        assert zones
        assert consent is Consent.WRITTEN
        assert ended is None or now >= ended + MIN_GAP
        assert sum(moment > now - DAY for moment in snapshot.posted) < 3
    elif isinstance(verdict, Deferred):
        assert verdict.until is None or verdict.until > now
