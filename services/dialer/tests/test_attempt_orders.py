"""Whatever the order in which news comes, and however often, an attempt ends alike."""

from dataclasses import replace
from datetime import datetime

import pytest
from attempts import OTHER, SID, after, fetched, listed, live, posting, status, taken, verdict
from hypothesis import given
from hypothesis import strategies as st

from dialer.attempt import reduce
from dialer.attempt_events import (
    IN_FLIGHT,
    Attempt,
    CallFetched,
    CancelCall,
    Connected,
    DoubleDial,
    Effect,
    Event,
    FetchCall,
    LifecycleEnded,
    LifecyclePassed,
    OwnerLost,
    PostReturned,
    Probe,
    ProveLifecycle,
    Settle,
    State,
    TimerFired,
)
from dialer.classify import Created, Unclear

UNCLEAR = PostReturned(Unclear("reset"))
CREATED = PostReturned(Created(SID))

CALLS: dict[str, list[Event]] = {
    "answered": [
        CREATED,
        *(status(name) for name in ("initiated", "ringing", "in-progress", "completed")),
        *(taken(), Connected(SID, after(13)), LifecycleEnded(SID), verdict("human")),
    ],
    "a machine, and the answer lost": [
        UNCLEAR,
        OwnerLost(),
        *(status(name) for name in ("ringing", "in-progress", "completed")),
        *(verdict("machine_end_beep"), LifecycleEnded(SID)),
    ],
    "busy, and the owner dead": [OwnerLost(), status("initiated"), status("busy")],
    "nobody answers": [UNCLEAR, CREATED, status("ringing"), status("no-answer")],
    "two ends": [
        *(CREATED, status("in-progress"), status("completed"), status("failed")),
        *(fetched("completed"), LifecycleEnded(SID)),
    ],
}


@st.composite
def deliveries(draw: st.DrawFn, events: list[Event]) -> list[Event]:
    """All of them in some order, and some of them again."""
    again = draw(st.lists(st.sampled_from(events), max_size=6))
    return draw(st.permutations([*events, *again]))


def deliver(events: list[Event]) -> Attempt:
    """The attempt after these events; what names the call alone waits until it is bound."""
    attempt, early = posting(detects_machines=True), list[Event]()
    for event in events:
        if isinstance(event, LifecycleEnded | CallFetched) and attempt.sid != event.sid:
            early.append(event)
            continue
        attempt, _ = live(attempt, [event])
        if attempt.sid == SID:
            attempt, early = live(attempt, early)[0], []
    return attempt


def essence(attempt: Attempt) -> Attempt:
    """Without what says only when and how the news came."""
    return replace(
        attempt,
        bound_by=None,
        reason="",
        returned_at=None,
        due_at=None,
        probes=0,
        ended_at=None,
    )


def at_rest(attempt: Attempt) -> Attempt:
    """After all timers; Twilio repeats what it said, and the bus has been read."""
    for _ in range(40):
        if attempt.due_at is None:
            return attempt
        now = attempt.due_at
        attempt, effects = reduce(attempt, TimerFired(), now)
        for effect in effects:
            attempt = answer(attempt, effect, now)
    raise AssertionError("The attempt does not come to rest.")


def answer(attempt: Attempt, effect: Effect, now: datetime) -> Attempt:
    if isinstance(effect, FetchCall):
        return reduce(attempt, fetched("completed"), now)[0]
    return reduce(attempt, LifecyclePassed(), now)[0] if effect == ProveLifecycle() else attempt


@pytest.mark.parametrize("name", sorted(CALLS))
@given(data=st.data())
def test_all_orders_and_repetitions_end_alike(name: str, data: st.DataObject) -> None:
    events = CALLS[name]

    delivered = deliver(data.draw(deliveries(events)))

    assert essence(at_rest(delivered)) == essence(at_rest(deliver(events)))


EVENTS: list[Event] = [
    *(event for events in CALLS.values() for event in events),
    *(status("ringing", sid="CA" + "c" * 32), fetched("queued"), LifecyclePassed(), TimerFired()),
]


@given(data=st.data())
def test_a_guess_changes_nothing_whenever_it_comes(data: st.DataObject) -> None:
    events = CALLS["answered"][1:]
    guesses = [listed(name, OTHER) for name in ("queued", "in-progress")]

    delivered = deliver(data.draw(deliveries([UNCLEAR, *guesses, *events])))

    assert essence(at_rest(delivered)) == essence(at_rest(deliver([UNCLEAR, *events])))


@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 400)), max_size=30))
def test_whatever_happens_the_contact_is_told_once_and_every_attempt_ends(
    happened: list[tuple[Event, int]],
) -> None:
    attempt, settled, now = posting(), 0, 0
    for event, pause in happened:
        now += pause
        attempt, effects = reduce(attempt, event, after(now))
        settled += sum(isinstance(effect, Settle) for effect in effects)
        assert attempt.holds_number or attempt.state not in IN_FLIGHT
        assert attempt.due_at is not None or attempt.settled
    while not attempt.settled:
        told = CallFetched(attempt.sid, "no-answer", after(now))
        attempt, more = live(attempt, [TimerFired(), told], seconds=now)
        settled += sum(isinstance(effect, Settle) for effect in more)
        now += 60

    assert settled == 1
    assert attempt.state not in IN_FLIGHT


@given(st.lists(st.sampled_from(EVENTS), max_size=20))
def test_once_bound_an_attempt_keeps_its_call(events: list[Event]) -> None:
    attempt = posting()
    for event in events:
        before = attempt
        attempt, effects = reduce(attempt, event, after(40))
        assert before.sid in ("", attempt.sid)
        assert not any(isinstance(effect, Probe) for effect in effects)
        for effect in effects:
            if isinstance(effect, DoubleDial):
                assert CancelCall(effect.second, answered=True) in effects


def test_states_only_rise() -> None:
    order = list(State)
    for first in ("initiated", "ringing", "in-progress"):
        for second in ("queued", "initiated", "ringing"):
            higher, _ = live(posting(), [status(first)])
            then, _ = live(higher, [status(second)])
            assert order.index(then.state) >= order.index(higher.state)
