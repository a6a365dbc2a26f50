"""An oracle that cannot fail is worth nothing: every promise is broken here, one by one."""

from dataclasses import replace

import pytest

from trunkline_cli.chaos.evidence import (
    Attempt,
    Ban,
    Call,
    Contact,
    Cost,
    Evidence,
    Finished,
    Lag,
    Limits,
    Post,
)
from trunkline_cli.chaos.oracle import ABOUT, double_dials, judge, lost_contacts

ACCOUNT = "AC1"
PEOPLE = range(5)


def number(person: int) -> str:
    return f"+1212555010{person}"


def a_post(person: int, **changes: object) -> Post:
    post = Post(
        at=100.0 + person,
        attempt_id=f"a{person}",
        account_sid=ACCOUNT,
        to=number(person),
        call_sid=f"CA{person}",
    )
    return replace(post, **changes)  # type: ignore[arg-type]  # names are checked at run time


def a_call(person: int, **changes: object) -> Call:
    call = Call(
        sid=f"CA{person}",
        attempt_id=f"a{person}",
        account_sid=ACCOUNT,
        to=number(person),
        created_at=100.0 + person,
        answered_at=101.0 + person,
        ended_at=103.0 + person,
    )
    return replace(call, **changes)  # type: ignore[arg-type]  # names are checked at run time


def an_attempt(person: int, **changes: object) -> Attempt:
    attempt = Attempt(
        id=f"a{person}",
        contact_id=f"c{person}",
        campaign_id="spring",
        state="completed",
        sid=f"CA{person}",
    )
    return replace(attempt, **changes)  # type: ignore[arg-type]  # names are checked at run time


def a_contact(person: int, **changes: object) -> Contact:
    contact = Contact(id=f"c{person}", campaign_id="spring", state="done", disposition="human")
    return replace(contact, **changes)  # type: ignore[arg-type]  # names are checked at run time


SOUND = Evidence(
    limits=Limits(cps=1.0, in_flight=4, gap_seconds=900.0, per_contact=3, per_day=3),
    posts=[a_post(person) for person in PEOPLE],
    calls=[a_call(person) for person in PEOPLE],
    accepted=[f"c{person}" for person in PEOPLE],
    contacts=[a_contact(person) for person in PEOPLE],
    attempts=[an_attempt(person) for person in PEOPLE],
    finished=[Finished(event_id=f"e{person}", attempt_id=f"a{person}") for person in PEOPLE],
    bans=[Ban(why="the window closed", at=110.0, grace=2.0)],
    costs=[Cost(campaign_id="spring", spent=5_000, cap=4_000, reserve=1_000)],
    slots_used={"gateway-1": 0},
)


def with_post(post: Post) -> Evidence:
    return replace(SOUND, posts=[*SOUND.posts, post])


def with_call(call: Call) -> Evidence:
    return replace(SOUND, calls=[*SOUND.calls, call])


def with_attempt(person: int, **changes: object) -> Evidence:
    others = [each for each in SOUND.attempts if each.id != f"a{person}"]
    return replace(SOUND, attempts=[*others, an_attempt(person, **changes)])


def with_contact(person: int, **changes: object) -> Evidence:
    others = [each for each in SOUND.contacts if each.id != f"c{person}"]
    return replace(SOUND, contacts=[*others, a_contact(person, **changes)])


def with_ban(**ban: object) -> Evidence:
    return replace(SOUND, bans=[Ban(why="planted", **ban)])  # type: ignore[arg-type]


def broken(evidence: Evidence) -> set[str]:
    return {verdict.promise for verdict in judge(evidence) if not verdict.held}


def test_a_sound_run_keeps_every_promise_and_every_promise_looks_at_something() -> None:
    verdicts = judge(SOUND)

    assert {verdict.promise for verdict in verdicts} == set(ABOUT)
    assert [verdict for verdict in verdicts if not verdict.held or not verdict.checked] == []


@pytest.mark.parametrize(
    ("planted", "promises"),
    [
        pytest.param(with_post(a_post(0, at=105.0)), {"I1"}, id="a request that was repeated"),
        pytest.param(
            with_call(a_call(0, sid="CA9", created_at=100.1)),
            {"I1", "I2"},
            id="two calls for one attempt",
        ),
        pytest.param(
            with_call(a_call(4, sid="CA9", attempt_id="a9", to="+12125550109")),
            {"I1"},
            id="a call of an attempt that nobody wrote down",
        ),
        pytest.param(
            with_call(a_call(0, sid="CA9", attempt_id="a1", created_at=500.0, ended_at=501.0)),
            {"I1", "I2"},
            id="a second call before the gap is over",
        ),
        pytest.param(
            replace(SOUND, contacts=SOUND.contacts[1:]), {"I3"}, id="a contact that is gone"
        ),
        pytest.param(
            replace(SOUND, contacts=[*SOUND.contacts, a_contact(0)]),
            {"I3"},
            id="a contact that is there twice",
        ),
        pytest.param(
            with_contact(0, state="waiting", disposition=None), {"I3"}, id="a stranded contact"
        ),
        pytest.param(with_contact(0, disposition=None), {"I3"}, id="an end without a disposition"),
        pytest.param(
            with_contact(0, disposition="no_answer"), {"I3"}, id="an answer that was forgotten"
        ),
        pytest.param(
            replace(SOUND, calls=[a_call(0, answered_at=None), *SOUND.calls[1:]]),
            {"I3"},
            id="an answer that was made up",
        ),
        pytest.param(
            with_attempt(0, state="not_placed", sid=None), {"I3"}, id="a call that was denied"
        ),
        pytest.param(with_ban(at=100.0), {"I4"}, id="a request after the end of the window"),
        pytest.param(with_ban(at=100.0, to=number(3)), {"I4"}, id="a request after a suppression"),
        pytest.param(
            with_ban(at=101.0, campaign_id="spring"), {"I4"}, id="a request of a paused campaign"
        ),
        pytest.param(
            replace(SOUND, posts=[a_post(n, at=100 + n / 10) for n in PEOPLE]),
            {"I5"},
            id="a burst",
        ),
        pytest.param(
            replace(SOUND, limits=replace(SOUND.limits, in_flight=2)), {"I5"}, id="too many at once"
        ),
        pytest.param(
            with_attempt(0, holds_number=True), {"I6"}, id="a number that is held for ever"
        ),
        pytest.param(
            with_attempt(0, state="unknown", settled=False, holds_number=True),
            {"I6", "I7"},
            id="an attempt without an end",
        ),
        pytest.param(
            replace(SOUND, slots_used={"gateway-1": 1}), {"I6"}, id="a slot that has leaked"
        ),
        pytest.param(
            replace(SOUND, finished=SOUND.finished[1:]), {"I7"}, id="an end that nobody was told"
        ),
        pytest.param(
            replace(SOUND, finished=[*SOUND.finished, Finished(event_id="e9", attempt_id="a0")]),
            {"I7"},
            id="an end that was told under two ids",
        ),
        pytest.param(
            replace(SOUND, finished=[*SOUND.finished, Finished(event_id="e9", attempt_id="a9")]),
            {"I7"},
            id="an end of an attempt that nobody knows",
        ),
        pytest.param(
            replace(SOUND, limits=replace(SOUND.limits, per_contact=0)),
            {"I8"},
            id="more calls than a contact may get",
        ),
        pytest.param(
            replace(SOUND, limits=replace(SOUND.limits, per_day=0)),
            {"I8"},
            id="more calls than a number may get in a day",
        ),
        pytest.param(
            replace(SOUND, costs=[Cost(campaign_id="spring", spent=9, cap=4, reserve=4)]),
            {"I9"},
            id="a campaign above its cap",
        ),
        pytest.param(replace(SOUND, alarms=1), {"I10"}, id="an alarm that rang"),
        pytest.param(with_attempt(0, second_sid="CA9"), {"I10"}, id="a second call of an attempt"),
    ],
)
def test_the_oracle_names_the_promise_that_was_broken(
    planted: Evidence, promises: set[str]
) -> None:
    assert broken(planted) == promises


@pytest.mark.parametrize(
    "evidence",
    [
        pytest.param(
            replace(SOUND, finished=[*SOUND.finished, SOUND.finished[0]]), id="told twice, one id"
        ),
        pytest.param(with_ban(at=103.0, grace=2.0), id="a request that was on its way"),
        pytest.param(with_ban(at=50.0, until=99.0), id="a pause that is over"),
        pytest.param(with_ban(at=50.0, to="+12125550199"), id="another number's suppression"),
        pytest.param(with_ban(at=50.0, campaign_id="autumn"), id="another campaign's pause"),
        pytest.param(with_ban(at=50.0, account_sid="AC2"), id="another account's stop"),
        pytest.param(
            replace(
                SOUND,
                posts=[a_post(n, at=100 + n / 10) for n in PEOPLE],
                lags=[Lag(at=100.5, seconds=4.0)],
            ),
            id="requests that piled up before the emulator",
        ),
        pytest.param(
            replace(
                SOUND,
                calls=SOUND.calls[1:],
                contacts=[a_contact(0, disposition="busy"), *SOUND.contacts[1:]],
            ),
            id="a call that was never placed",
        ),
        pytest.param(
            replace(
                SOUND,
                limits=replace(SOUND.limits, per_contact=0, per_day=0),
                calls=[replace(call, rang=False) for call in SOUND.calls],
            ),
            id="calls that were taken back in the queue, and no telephone rang",
        ),
        pytest.param(
            replace(SOUND, attempts=SOUND.attempts[1:], forgetful=True),
            id="an attempt that a restored database has forgotten",
        ),
    ],
)
def test_what_is_allowed_is_not_held_against_the_dialer(evidence: Evidence) -> None:
    assert broken(evidence) == set()


@pytest.mark.parametrize(
    ("late_by", "held"), [(2.0, True), (2.4, True), (2.6, False)], ids=["2", "2.4", "2.6"]
)
def test_the_grace_of_a_ban_ends(late_by: float, held: bool) -> None:
    evidence = with_ban(at=104.0 - late_by, to=number(4), grace=2.0)

    assert (broken(evidence) == set()) is held


def test_double_dials_and_lost_contacts_are_counted_once_each() -> None:
    twice = a_call(0, sid="CA9", created_at=100.1)
    at_once = a_call(1, sid="CA8", attempt_id="a8", created_at=102.0)
    evidence = replace(SOUND, calls=[*SOUND.calls, twice, at_once], contacts=SOUND.contacts[2:])

    assert (double_dials(evidence), lost_contacts(evidence)) == (2, 2)


def test_no_verdict_shows_a_number() -> None:
    evidence = replace(
        with_ban(at=0.0),
        calls=[*SOUND.calls, a_call(0, sid="CA9", created_at=100.1)],
        limits=Limits(cps=0.1, in_flight=0, gap_seconds=900.0, per_contact=0, per_day=0),
    )
    told = "".join(text for verdict in judge(evidence) for text in verdict.violations)

    assert told
    assert "+1" not in told + repr(evidence.calls[0]) + repr(evidence.posts[0])


def test_a_sound_run_has_neither() -> None:
    assert (double_dials(SOUND), lost_contacts(SOUND)) == (0, 0)
