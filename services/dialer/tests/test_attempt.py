"""The life of an attempt: what Twilio answers, reports or fails to say, and what follows."""

from dataclasses import replace

import pytest
from attempts import (
    OTHER,
    SID,
    T0,
    after,
    fetched,
    listed,
    live,
    posting,
    proof,
    reservation,
    status,
    taken,
    unknown,
    verdict,
)

from dialer.attempt import reduce
from dialer.attempt_events import (
    Aborted,
    AbsenceClaimed,
    Alarm,
    Attempt,
    Blame,
    Cancel,
    CancelCall,
    CancelWanted,
    Connected,
    DoubleDial,
    EndedBy,
    Event,
    FetchCall,
    LifecycleEnded,
    LifecyclePassed,
    OwnerLost,
    Posted,
    PostReturned,
    Probe,
    ProveLifecycle,
    Settle,
    State,
    StatusReported,
    TimerFired,
    Via,
)
from dialer.attempt_facts import abandoned
from dialer.classify import Created, NothingSent, Refusal, Refused, Unclear
from dialer.outcomes import Outcome

CREATED = PostReturned(Created(SID))
INVALID = Refused(Refusal.NUMBER, "invalid_number", 21211)
BUSY = Refused(Refusal.BUSY, "too_many_requests", 20429)


@pytest.mark.parametrize(
    ("attempt", "event", "state", "outcome", "reason"),
    [
        (reservation(), Aborted("window"), State.RELEASED, Outcome.RELEASED, "window"),
        (reservation(), OwnerLost(), State.RELEASED, Outcome.RELEASED, "owner_lost"),
        (
            *(posting(), PostReturned(NothingSent("connect_timeout"))),
            *(State.RELEASED, Outcome.RELEASED, "connect_timeout"),
        ),
        (
            *(posting(), PostReturned(INVALID), State.REJECTED),
            *(Outcome.INVALID_NUMBER, "invalid_number"),
        ),
        (
            *(posting(), PostReturned(BUSY), State.REJECTED),
            *(Outcome.NOT_PLACED, "too_many_requests"),
        ),
    ],
)
def test_an_attempt_without_a_call_lets_go_of_the_number_and_costs_nothing(
    attempt: Attempt, event: Event, state: State, outcome: Outcome, reason: str
) -> None:
    over, effects = reduce(attempt, event, after(5))

    assert (over.state, over.holds_number, over.due_at) == (state, False, None)
    assert effects[0] == Settle(outcome, reason, counts=False)


def test_a_refusal_is_told_to_those_who_share_its_reason() -> None:
    _, effects = reduce(posting(), PostReturned(BUSY), after(1))

    assert effects[1:] == (Blame(Refusal.BUSY, "too_many_requests", 20429),)


@pytest.mark.parametrize(
    "event", [PostReturned(Unclear("status_500")), OwnerLost()], ids=["unclear", "owner lost"]
)
def test_a_request_without_a_clear_answer_is_never_sent_again_but_looked_for(event: Event) -> None:
    attempt, effects = reduce(posting(), event, after(3))

    assert (attempt.state, attempt.holds_number, effects) == (State.UNKNOWN, True, ())
    assert attempt.due_at == after(5)


def test_a_request_that_nobody_heard_of_again_is_looked_for() -> None:
    attempt, _ = reduce(posting(), TimerFired(), after(34.9))
    assert attempt.state is State.POSTING

    attempt, _ = reduce(posting(), TimerFired(), after(35))

    assert (attempt.state, attempt.due_at) == (State.UNKNOWN, after(45))


def test_the_probes_come_as_planned_until_the_attempt_is_given_up() -> None:
    attempt, times = unknown(), []
    while attempt.due_at is not None:
        now = attempt.due_at
        attempt, effects = reduce(attempt, TimerFired(), now)
        times += [(now - T0).total_seconds()] if Probe() in effects else []

    assert times == [45, 120, 150, 180, 240, 300, 420, 570]
    assert (attempt.state, effects) == (
        State.INDETERMINATE,
        (Settle(Outcome.INDETERMINATE, "read_timeout", counts=True),),
    )


def test_a_proof_ends_the_search_and_costs_the_contact_nothing() -> None:
    attempt, effects = reduce(unknown(), AbsenceClaimed(proof()), after(166))

    assert (attempt.state, attempt.holds_number) == (State.NOT_PLACED, False)
    assert effects == (Settle(Outcome.NOT_PLACED, "read_timeout", counts=False),)


def test_an_incomplete_proof_changes_nothing() -> None:
    attempt = unknown()

    assert reduce(attempt, AbsenceClaimed(proof()), after(134)) == (attempt, ())


def test_an_owner_that_is_frozen_prevents_the_proof() -> None:
    attempt = unknown(returned=False)

    assert reduce(attempt, AbsenceClaimed(proof()), after(400)) == (attempt, ())
    dead = AbsenceClaimed(replace(proof(), owner_dead=True))
    assert reduce(attempt, dead, after(400))[0].state is State.NOT_PLACED


@pytest.mark.parametrize("attempt", [posting(), unknown()], ids=["posting", "unknown"])
def test_a_callback_binds_the_call_before_the_answer_does(attempt: Attempt) -> None:
    bound, effects = live(attempt, [status("ringing"), CREATED])

    assert (bound.state, bound.sid, bound.bound_by) == (State.RINGING, SID, Via.CALLBACK)
    assert effects == []


def test_a_call_that_was_found_ends_the_search() -> None:
    attempt, _ = live(unknown(), [listed("in-progress")])
    later, effects = reduce(attempt, AbsenceClaimed(proof()), after(400))

    assert (later.state, later.bound_by, effects) == (State.IN_PROGRESS, Via.LISTING, ())


@pytest.mark.parametrize(
    ("name", "sip", "outcome"),
    [
        ("completed", None, Outcome.HUMAN),
        ("busy", None, Outcome.BUSY),
        ("no-answer", None, Outcome.NO_ANSWER),
        ("failed", None, Outcome.FAILED_NETWORK),
        ("failed", 404, Outcome.INVALID_NUMBER),
        ("failed", 607, Outcome.BLOCKED),
        ("failed", 403, Outcome.REJECTED_BY_CARRIER),
    ],
)
def test_the_end_of_the_call_is_told_to_the_contact(
    name: str, sip: int | None, outcome: Outcome
) -> None:
    attempt, effects = live(posting(), [CREATED, status(name, sip=sip)])

    assert attempt.ended_by is EndedBy.REPORTED
    assert effects == [Settle(outcome, attempt.state, counts=True)]


@pytest.mark.parametrize(("rang", "counted"), [(True, True), (False, False)])
def test_a_canceled_call_counts_only_if_it_rang(rang: bool, counted: bool) -> None:
    ringing = [status("ringing")] if rang else []

    _, effects = live(posting(), [*ringing, status("canceled")])

    assert effects == [Settle(Outcome.CANCELED, "canceled", counts=counted)]


def test_what_is_older_than_what_is_known_changes_no_state() -> None:
    attempt, _ = live(posting(), [status("in-progress"), status("ringing"), status("initiated")])

    assert (attempt.state, attempt.rang) == (State.IN_PROGRESS, True)


def test_the_end_absorbs_what_comes_after_it() -> None:
    attempt, effects = live(
        posting(), [status("busy"), status("ringing"), status("busy"), OwnerLost()]
    )

    assert (attempt.state, len(effects)) == (State.BUSY, 1)


def test_ends_that_contradict_each_other_are_asked_for_until_twilio_has_answered() -> None:
    attempt, effects = live(posting(), [status("completed"), status("busy")])
    assert effects[1:] == [FetchCall(SID)]

    attempt, effects = live(attempt, [TimerFired()], seconds=101)
    assert effects == [FetchCall(SID)]
    attempt, effects = live(attempt, [fetched("busy"), status("completed")])

    assert (attempt.state, attempt.ended_by) == (State.BUSY, EndedBy.FETCHED)
    assert effects == [Alarm("settled_otherwise")]


def test_the_contact_is_told_after_the_verdict_about_who_answered() -> None:
    waiting, effects = live(posting(detects_machines=True), [status("completed")])
    assert (effects, waiting.due_at) == ([], after(50))

    _, effects = live(waiting, [verdict("machine_end_beep")])

    assert effects == [Settle(Outcome.MACHINE, "completed", counts=True)]


def test_a_verdict_that_does_not_come_is_not_waited_for() -> None:
    waiting, _ = live(posting(detects_machines=True), [status("completed")])

    settled, effects = live(waiting, [TimerFired()], seconds=50)
    late, more = live(settled, [verdict("machine_start")], seconds=51)

    assert effects == [Settle(Outcome.HUMAN, "completed", counts=True)]
    assert (late.answered_by, more) == ("machine_start", [])


def test_nobody_waits_for_a_verdict_where_nobody_answered() -> None:
    _, effects = live(posting(detects_machines=True), [status("no-answer")])

    assert effects == [Settle(Outcome.NO_ANSWER, "no_answer", counts=True)]


def test_an_answered_call_keeps_its_number_until_its_end_was_read_from_the_bus() -> None:
    attempt, _ = live(posting(), [status("completed")])
    assert attempt.holds_number

    attempt, _ = live(attempt, [LifecycleEnded(OTHER)])
    assert attempt.holds_number
    attempt, _ = live(attempt, [LifecycleEnded(SID)])

    assert (attempt.holds_number, attempt.due_at) == (False, None)


def test_the_end_on_the_bus_may_come_before_twilios_callback() -> None:
    attempt, _ = live(posting(), [status("in-progress"), LifecycleEnded(SID)])
    assert attempt.holds_number

    attempt, _ = live(attempt, [status("completed")])

    assert not attempt.holds_number


def test_without_an_end_on_the_bus_the_number_is_kept_until_the_bus_was_read_far_enough() -> None:
    ended, _ = live(posting(), [status("completed", 100)])

    early, _ = live(ended, [LifecyclePassed()], seconds=100 + 899)
    asked, effects = live(early, [TimerFired()], seconds=100 + 900)
    free, _ = live(asked, [LifecyclePassed()], seconds=100 + 901)

    assert (early.holds_number, effects) == (True, [ProveLifecycle()])
    assert (free.holds_number, free.due_at) == (False, None)


def test_a_second_call_for_an_attempt_is_the_double_dial_alarm_and_is_ended() -> None:
    attempt, effects = live(
        posting(), [status("ringing"), taken(sid=OTHER), status("ringing", sid=OTHER)]
    )

    assert (attempt.sid, attempt.second_sid) == (SID, OTHER)
    assert effects == [DoubleDial(SID, OTHER), CancelCall(OTHER, answered=True)]


def test_a_call_that_was_guessed_gives_way_to_the_one_that_is_told() -> None:
    guessed, _ = live(unknown(), [listed("completed", OTHER)])
    risen, effects = live(guessed, [status("in-progress"), verdict("human")])

    assert (guessed.sid, guessed.settled, guessed.due_at) == (OTHER, False, after(60))
    assert (risen.sid, risen.bound_by, risen.second_sid) == (SID, Via.CALLBACK, "")
    assert (risen.state, risen.answered_by, risen.ended_at) == (State.IN_PROGRESS, "human", None)
    assert effects == [Alarm("guessed_call")]


def test_an_agent_that_talks_tells_of_the_call_before_twilio_does() -> None:
    bound, effects = live(unknown(), [Connected(SID, after(13)), status("ringing")])

    assert (bound.sid, bound.state, bound.connected_at) == (SID, State.IN_PROGRESS, after(13))
    assert effects == []


def test_a_guess_that_is_confirmed_gives_way_to_nothing() -> None:
    sure, _ = live(unknown(), [listed("ringing"), status("ringing")])

    assert sure.bound_by is Via.CALLBACK
    assert live(sure, [status("ringing", sid=OTHER)])[1][0] == DoubleDial(SID, OTHER)


def test_a_guess_that_nobody_contradicts_holds_after_a_minute() -> None:
    guessed, early = live(unknown(), [listed("busy")])
    settled, effects = live(guessed, [TimerFired()], seconds=60)

    assert (early, settled.settled) == ([], True)
    assert effects == [Settle(Outcome.BUSY, "busy", counts=True)]


def test_a_list_never_takes_a_call_away_or_rings_the_alarm() -> None:
    bound, _ = live(posting(), [status("ringing")])

    assert reduce(bound, listed("ringing", OTHER), after(20)) == (bound, (Alarm("similar_call"),))


def test_a_contact_that_was_told_of_a_guess_is_not_told_again() -> None:
    settled, _ = live(unknown(), [listed("busy", OTHER), TimerFired()], seconds=60)

    real, effects = live(settled, [status("completed"), fetched("completed")], seconds=90)

    assert (real.sid, real.state, real.second_sid) == (SID, State.COMPLETED, "")
    assert effects == [Alarm("guessed_call"), FetchCall(SID), Alarm("settled_otherwise")]


def test_a_call_of_another_account_is_not_this_attempts() -> None:
    foreign = StatusReported(SID, "AC" + "2" * 32, "ringing", after(1))

    assert reduce(posting(), foreign, after(2)) == (posting(), (Alarm("foreign_account"),))


def test_a_call_that_shows_up_after_its_absence_was_concluded_is_ended() -> None:
    gone, _ = reduce(unknown(), AbsenceClaimed(proof()), after(166))

    same, effects = reduce(gone, status("ringing"), after(200))

    assert (same, effects) == (gone, (Alarm("late_call"), CancelCall(SID, answered=True)))


def test_a_call_whose_write_ahead_the_database_has_forgotten_is_bound_all_the_same() -> None:
    attempt, effects = reduce(reservation(), status("ringing"), after(9))

    assert (attempt.state, attempt.posting_at) == (State.RINGING, after(9))
    assert effects == (Alarm("call_before_posting"),)
    assert reduce(attempt, Posted(), after(10)) == (attempt, ())


def test_a_call_that_waits_in_twilios_queue_is_canceled_after_a_minute() -> None:
    attempt, _ = live(posting(), [CREATED], seconds=1)
    assert attempt.due_at == after(60)

    attempt, effects = live(attempt, [TimerFired(), fetched("queued")], seconds=60)

    assert effects == [FetchCall(SID), CancelCall(SID)]


@pytest.mark.parametrize(
    ("name", "silence"), [("initiated", 25 + 60), ("ringing", 25 + 60), ("in-progress", 600 + 120)]
)
def test_a_call_that_falls_silent_is_asked_for(name: str, silence: float) -> None:
    attempt, _ = live(posting(), [status(name)], seconds=10)

    assert live(attempt, [TimerFired()], seconds=9 + silence)[1] == []
    assert live(attempt, [TimerFired()], seconds=10 + silence)[1] == [FetchCall(SID)]


@pytest.mark.parametrize(
    ("name", "cancel", "effects"),
    [
        ("queued", Cancel.UNANSWERED, [CancelCall(SID)]),
        ("ringing", Cancel.UNANSWERED, [CancelCall(SID)]),
        ("in-progress", Cancel.UNANSWERED, []),
        ("in-progress", Cancel.ANY, [CancelCall(SID, answered=True)]),
    ],
)
def test_a_call_that_nobody_wants_is_ended_also_when_it_shows_up_later(
    name: str, cancel: Cancel, effects: list[CancelCall]
) -> None:
    assert live(posting(), [status(name), CancelWanted(cancel)])[1] == effects
    assert live(posting(), [CancelWanted(cancel), status(name)])[1] == effects


def test_a_cancel_that_was_lost_is_repeated() -> None:
    unwanted, _ = live(posting(), [status("ringing"), CancelWanted(Cancel.UNANSWERED)])

    _, effects = live(unwanted, [TimerFired(), fetched("ringing")], seconds=100)

    assert effects == [FetchCall(SID), CancelCall(SID)]


def test_a_reservation_that_nobody_wants_is_given_back() -> None:
    _, effects = live(reservation(), [CancelWanted(Cancel.UNANSWERED)])

    assert effects == [Settle(Outcome.RELEASED, "canceled", counts=False)]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([taken(12), Connected(SID, after(13.9))], False),
        ([taken(12), Connected(SID, after(14.1))], True),
        ([taken(12, expired=True)], True),
        ([taken(12), verdict("machine_start")], False),
        ([taken(12)], False),
        ([Connected(SID, after(13)), taken(12), LifecycleEnded(SID)], False),
        ([Connected(SID, after(15)), LifecycleEnded(SID)], False),
        ([taken(12), LifecycleEnded(SID)], True),
        ([taken(12), status("completed", 14), LifecycleEnded(SID)], False),
        ([taken(12), status("completed", 14.1), LifecycleEnded(SID)], True),
        ([status("busy")], False),
    ],
)
def test_a_person_without_an_agent_after_two_seconds_is_abandoned(
    events: list[Event], expected: bool
) -> None:
    assert abandoned(live(posting(), events)[0]) is expected


def test_a_status_that_is_not_known_is_passed_over() -> None:
    assert reduce(posting(), status("levitating"), after(9))[1] == (Alarm("unknown_status"),)
