"""A contact has one budget and one end, and waits as long as the outcome says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.contact import (
    FINISHED,
    MIN_GAP,
    Contact,
    ContactState,
    Ladder,
    Priority,
    Settled,
    defer,
    finish,
    leave,
    reserve,
    settle,
    wake,
)
from dialer.outcomes import Disposition, Outcome

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LADDER = Ladder()
DIALING = Contact(ContactState.DIALING, NOW)


def at_once(moment: datetime) -> datetime | None:
    return moment


def settled(
    outcome: Outcome,
    *,
    counts: bool = True,
    jitter: float = 0.0,
    barred: ContactState | None = None,
) -> Settled:
    return Settled(outcome, counts, NOW, jitter, at_once, barred)


@pytest.mark.parametrize(
    "outcome", [Outcome.HUMAN, Outcome.INVALID_NUMBER, Outcome.BLOCKED], ids=lambda o: o.value
)
def test_an_outcome_without_steps_is_the_contacts_own(outcome: Outcome) -> None:
    contact = settle(DIALING, settled(outcome), LADDER)

    assert (contact.state, contact.disposition) == (ContactState.DONE, Disposition(outcome.value))


@pytest.mark.parametrize(
    ("outcome", "used", "wait"),
    [
        (Outcome.BUSY, 0, MIN_GAP),
        (Outcome.BUSY, 1, HOUR),
        (Outcome.NO_ANSWER, 0, 2 * HOUR),
        (Outcome.NO_ANSWER, 1, 20 * HOUR),
        (Outcome.MACHINE, 0, 4 * HOUR),
        (Outcome.FAILED_NETWORK, 0, MIN_GAP),
        (Outcome.INDETERMINATE, 0, HOUR),
    ],
)
def test_an_outcome_with_steps_is_tried_again_after_its_step(
    outcome: Outcome, used: int, wait: timedelta
) -> None:
    contact = settle(replace(DIALING, attempts_used=used), settled(outcome), LADDER)

    assert (contact.state, contact.next_at) == (ContactState.WAITING, NOW + wait)
    assert (contact.attempts_used, contact.priority) == (used + 1, Priority.RETRY)
    assert contact.disposition is None


def test_the_last_step_is_repeated() -> None:
    ladder = Ladder(max_attempts=9)

    contact = settle(replace(DIALING, attempts_used=6), settled(Outcome.NO_ANSWER), ladder)

    assert contact.next_at == NOW + 20 * HOUR


def test_a_step_is_never_shorter_than_the_gap_between_two_calls() -> None:
    ladder = Ladder(steps={Outcome.BUSY: (timedelta(seconds=1),)})

    assert settle(DIALING, settled(Outcome.BUSY), ladder).next_at == NOW + MIN_GAP


def test_retries_are_spread_and_then_moved_to_a_permitted_hour() -> None:
    tomorrow = NOW + timedelta(days=1)
    asked = []

    def opening(moment: datetime) -> datetime | None:
        asked.append(moment)
        return tomorrow

    late = Settled(Outcome.NO_ANSWER, True, NOW, 0.5, opening)
    contact = settle(DIALING, late, LADDER)

    assert asked == [NOW + 1.1 * 2 * HOUR]
    assert contact.next_at == tomorrow


def test_one_budget_holds_for_all_outcomes_together() -> None:
    contact = DIALING
    for outcome in (Outcome.BUSY, Outcome.NO_ANSWER, Outcome.FAILED_NETWORK):
        contact = settle(replace(contact, state=ContactState.DIALING), settled(outcome), LADDER)

    assert (contact.state, contact.disposition) == (ContactState.EXHAUSTED, Disposition.EXHAUSTED)
    assert contact.detail == "failed_network"


@pytest.mark.parametrize("outcome", [Outcome.RELEASED, Outcome.NOT_PLACED, Outcome.CANCELED])
def test_an_attempt_without_a_call_costs_nothing_and_keeps_its_turn(outcome: Outcome) -> None:
    contact = settle(DIALING, settled(outcome, counts=False), Ladder(max_attempts=1))

    assert (contact.state, contact.attempts_used) == (ContactState.WAITING, 0)
    assert contact.priority is Priority.FRESH
    assert contact.next_at - NOW <= MIN_GAP


def test_a_promised_call_stays_first_when_it_is_tried_again() -> None:
    promised = replace(DIALING, priority=Priority.PROMISED)

    assert settle(promised, settled(Outcome.BUSY), LADDER).priority is Priority.PROMISED


def test_what_nobody_knows_may_be_left_to_a_person() -> None:
    careful = Ladder(review_indeterminate=True)

    contact = settle(DIALING, settled(Outcome.INDETERMINATE), careful)

    assert (contact.state, contact.attempts_used) == (ContactState.NEEDS_REVIEW, 1)


@pytest.mark.parametrize("state", [ContactState.SUPPRESSED, ContactState.CANCELLED])
def test_a_barred_contact_is_not_tried_again_but_keeps_its_own_end(state: ContactState) -> None:
    again = settle(DIALING, settled(Outcome.BUSY, barred=state), LADDER)
    talked = settle(DIALING, settled(Outcome.HUMAN, barred=state), LADDER)

    assert (again.state, again.detail) == (state, "busy")
    assert talked.state is ContactState.DONE


def test_a_retry_after_the_contacts_time_is_over_ends_it() -> None:
    brief = replace(DIALING, expires_at=NOW + HOUR)

    contact = settle(brief, settled(Outcome.NO_ANSWER), LADDER)

    assert (contact.state, contact.disposition) == (ContactState.EXPIRED, Disposition.EXPIRED)
    assert contact.detail == "no_answer"


def test_without_any_permitted_hour_a_person_has_to_look() -> None:
    contact = defer(DIALING, None, "outside_window")

    assert (contact.state, contact.detail) == (ContactState.NEEDS_REVIEW, "no_permitted_hour")


def test_an_attempt_is_settled_with_the_contact_that_is_being_dialed_and_no_other() -> None:
    for state in ContactState:
        contact = Contact(state, NOW)
        changed = settle(contact, settled(Outcome.BUSY), LADDER) != contact
        assert changed is (state is ContactState.DIALING)


def test_a_contact_leaves_the_queue_unless_a_call_is_on_its_way() -> None:
    ready = Contact(ContactState.READY, NOW)

    assert leave(ready, ContactState.SUPPRESSED, "opt_out").disposition is Disposition.SUPPRESSED
    assert leave(ready, ContactState.NEEDS_TIMEZONE, "").state is ContactState.NEEDS_TIMEZONE
    assert leave(DIALING, ContactState.CANCELLED, "") == DIALING


def test_a_waiting_contact_wakes_when_its_time_has_come() -> None:
    waiting = Contact(ContactState.WAITING, NOW + HOUR, expires_at=NOW + 3 * HOUR)

    assert wake(waiting, NOW) == waiting
    assert wake(waiting, NOW + HOUR).state is ContactState.READY
    assert wake(waiting, NOW + 3 * HOUR).state is ContactState.EXPIRED
    assert wake(DIALING, NOW + 9 * HOUR) == DIALING


def test_only_a_ready_contact_whose_time_has_come_is_reserved() -> None:
    ready = Contact(ContactState.READY, NOW)

    assert reserve(ready, NOW) == replace(ready, state=ContactState.DIALING)
    assert reserve(ready, NOW - HOUR) is None
    assert reserve(replace(ready, state=ContactState.WAITING), NOW) is None


outcomes = st.sampled_from(Outcome)
costs_nothing = {Outcome.RELEASED, Outcome.NOT_PLACED}


@given(st.lists(outcomes, max_size=40), st.integers(1, 6), st.floats(0, 0.99))
def test_a_contact_ends_once_and_never_uses_more_than_its_budget(
    happened: list[Outcome], budget: int, jitter: float
) -> None:
    contact, ladder = DIALING, Ladder(max_attempts=budget)
    for outcome in happened:
        before = contact
        counts = outcome not in costs_nothing
        contact = settle(contact, settled(outcome, counts=counts, jitter=jitter), ladder)
        assert contact.attempts_used <= budget
        assert (contact.disposition is not None) is (contact.state in FINISHED)
        if before.state in FINISHED:
            assert contact == before == finish(contact, ContactState.CANCELLED)
        elif contact.state is ContactState.WAITING:
            contact = replace(contact, state=ContactState.DIALING)
