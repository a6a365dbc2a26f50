"""Rates, slots and turns: exact spacing, no stale capacity, and nobody starves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.pacing import (
    FRESH,
    HORIZON,
    Capacity,
    Rate,
    Turn,
    abandons_too_many,
    ceiling_of,
    deal,
    faster,
    free_slots,
    may_post,
    share,
    slower,
    take,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_an_idle_limit_sends_at_once_and_then_spaces_exactly() -> None:
    tat, times = NOW - timedelta(hours=1), []
    for _ in range(5):
        taken = take(tat, NOW, rate=4)
        assert taken is not None
        send_at, tat = taken
        times.append((send_at - NOW) / SECOND)

    assert times == [0, 0.25, 0.5, 0.75, 1]


def test_nobody_waits_for_a_slot_for_longer_than_two_seconds() -> None:
    assert take(NOW + HORIZON, NOW, rate=1) == (NOW + HORIZON, NOW + HORIZON + SECOND)
    assert take(NOW + HORIZON + timedelta(microseconds=1), NOW, rate=1) is None


@given(st.lists(st.floats(0, 3), max_size=60), st.sampled_from([0.5, 1.0, 5.0, 30.0]))
def test_no_two_calls_are_closer_than_the_rate_allows(pauses: list[float], rate: float) -> None:
    now, tat, sent = NOW, NOW, list[datetime]()
    for pause in pauses:
        now += timedelta(seconds=pause)
        if (taken := take(tat, now, rate)) is not None:
            sent.append(taken[0])
            tat = taken[1]

    gaps = [(b - a) / SECOND for a, b in pairwise(sent)]
    assert all(gap >= 1 / rate - 1e-5 for gap in gaps)


def full(ceiling: float = 10) -> Rate:
    return Rate(ceiling, ceiling, None, NOW)


def test_trouble_lowers_the_rate_once_in_five_seconds_and_not_below_a_trickle() -> None:
    lowered = slower(full(), NOW)
    assert lowered.rate == pytest.approx(7)
    assert slower(lowered, NOW + 4.9 * SECOND) == lowered

    rate = full()
    for n in range(40):
        rate = slower(rate, NOW + 5 * n * SECOND)

    assert rate.rate == pytest.approx(0.1)


def test_quiet_raises_the_rate_by_a_twentieth_every_ten_seconds_up_to_its_ceiling() -> None:
    lowered = slower(full(), NOW)
    assert faster(lowered, NOW + 9.9 * SECOND) == lowered
    assert faster(lowered, NOW + 10 * SECOND).rate == pytest.approx(7.35)

    rate, at = lowered, NOW
    for _ in range(20):
        at += 10 * SECOND
        rate = faster(rate, at)

    assert rate.rate == 10


def test_a_slow_account_is_never_raised_above_its_ceiling_by_the_trickle() -> None:
    assert slower(full(0.05), NOW).rate == pytest.approx(0.05)


def test_a_little_of_what_twilio_grants_is_left_unused() -> None:
    assert 0.97 * 30 <= ceiling_of(30) < 30


GATEWAY = Capacity(slots=100, used=40, kept_for_inbound=20, draining=False, at=NOW)


@pytest.mark.parametrize(
    ("gateway", "free"),
    [
        (GATEWAY, 40),
        (replace(GATEWAY, used=90), 0),
        (replace(GATEWAY, draining=True), 0),
        (replace(GATEWAY, at=NOW - 5 * SECOND), 40),
        (replace(GATEWAY, at=NOW - 5.1 * SECOND), 0),
    ],
)
def test_slots_are_counted_without_those_kept_draining_or_stale(
    gateway: Capacity, free: int
) -> None:
    assert free_slots([gateway, GATEWAY], NOW) == free + 40


def test_calls_that_have_not_come_to_a_gateway_yet_will_want_a_slot() -> None:
    assert may_post(40, 15) == 25
    assert may_post(40, 45) == 0
    assert may_post(free_slots([], NOW), 0) == 0


def test_promised_calls_go_before_retries_and_those_before_fresh_contacts() -> None:
    assert share(10, {0: 3, 1: 4, 2: 9}, 0.0)[0] == {0: 3, 1: 4, 2: 3}


def test_retries_cannot_starve_fresh_contacts_nor_fresh_contacts_retries() -> None:
    owed, fresh = 0.0, 0
    for _ in range(100):
        shares, owed = share(1, {1: 1000, 2: 1000}, owed)
        fresh += shares[FRESH]

    assert 19 <= fresh <= 21


@given(
    st.integers(0, 60),
    st.dictionaries(st.integers(0, 2), st.integers(0, 80)),
    st.floats(0, 1),
)
def test_no_slot_is_wasted_and_none_is_given_twice(
    slots: int, waiting: dict[int, int], owed: float
) -> None:
    shares, _ = share(slots, waiting, owed)

    assert sum(shares.values()) == min(slots, sum(waiting.values()))
    assert all(0 <= given <= waiting.get(name, 0) for name, given in shares.items())
    assert shares[FRESH] >= min(waiting.get(FRESH, 0), int(slots / 5))


def test_turns_follow_the_weights_also_one_slot_at_a_time() -> None:
    owed = dict.fromkeys("abc", 0.0)
    total = dict.fromkeys("abc", 0)
    for _ in range(700):
        turns = [Turn(n, w, 10_000, owed[n]) for n, w in zip("abc", (1, 2, 4), strict=True)]
        given, owed = deal(1, turns)
        total = {name: total[name] + given[name] for name in total}

    assert total == {"a": 100, "b": 200, "c": 400}


def test_a_campaign_without_contacts_cannot_save_up_turns() -> None:
    given, owed = deal(10, [Turn("busy", 1, 100), Turn("small", 9, 1), Turn("empty", 9, 0, 500.0)])

    assert given == {"busy": 9, "small": 1}
    assert owed["small"] == 0
    assert "empty" not in owed


turns = st.lists(
    st.tuples(st.floats(0.1, 9), st.integers(0, 30), st.floats(-3, 3)), max_size=6
).map(lambda rows: [Turn(str(n), *row) for n, row in enumerate(rows)])


@given(st.integers(0, 50), turns)
def test_every_slot_goes_to_somebody_who_waits(slots: int, waiting: list[Turn]) -> None:
    given, _ = deal(slots, waiting)

    assert sum(given.values()) == min(slots, sum(turn.waiting for turn in waiting))
    assert all(given.get(turn.campaign, 0) <= turn.waiting for turn in waiting)


@pytest.mark.parametrize(
    ("answered", "abandoned", "pause"),
    [
        (0, 0, False),
        (19, 19, False),
        (50, 1, False),
        (200, 2, False),
        (199, 2, True),
        (20, 2, True),
    ],
)
def test_more_than_one_abandoned_call_in_a_hundred_pauses_the_account(
    answered: int, abandoned: int, pause: bool
) -> None:
    assert abandons_too_many(answered, abandoned) is pause


@pytest.mark.parametrize(("abandoned", "pause"), [(3, False), (4, True)])
def test_a_country_has_its_own_share(abandoned: int, pause: bool) -> None:
    assert abandons_too_many(100, abandoned, share=0.03) is pause
