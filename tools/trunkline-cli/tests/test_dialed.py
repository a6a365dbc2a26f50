"""What is made of a campaign that is over: the figures, and what is not as promised."""

from dataclasses import replace
from typing import Any

import pytest

from trunkline_cli.chaos.evidence import Attempt, Call, Contact, Evidence, Post
from trunkline_cli.chaos.stage import LIMITS
from trunkline_cli.demo.dialed import Dialed
from trunkline_cli.demo.people import People

PEOPLE = People("", 4, {"agrees": 1, "busy": 1}, {"missing_number": 1, "suppressed": 1})
IMPORTED: dict[str, Any] = {"accepted": 2, "rejected": 1, "duplicates": 0, "suppressed": 1}
REFUSED: list[dict[str, Any]] = [{"code": "suppressed"}, {"code": "missing_number"}]


def contact(number: int, state: str = "done", disposition: str | None = "busy") -> Contact:
    return Contact(id=f"contact-{number}", campaign_id="c", state=state, disposition=disposition)


def attempt(number: int, state: str = "busy") -> Attempt:
    return Attempt(
        id=f"attempt-{number}", contact_id=f"contact-{number}", campaign_id="c", state=state
    )


def call(number: int, sid: str = "") -> Call:
    return Call(
        sid=sid or f"CA{number}",
        attempt_id=f"attempt-{number}",
        account_sid="AC",
        to=f"+1{number}",
        created_at=1.0,
        ended_at=2.0,
    )


def post(number: int) -> Post:
    return Post(at=1.0, attempt_id=f"attempt-{number}", account_sid="AC", to=f"+1{number}")


@pytest.fixture
def dialed() -> Dialed:
    """Two people, both busy."""
    evidence = Evidence(
        limits=LIMITS,
        posts=[post(1), post(2)],
        calls=[call(1), call(2)],
        accepted=["contact-1", "contact-2"],
        contacts=[contact(1), contact(2)],
        attempts=[attempt(1), attempt(2)],
    )
    return Dialed(
        people=PEOPLE,
        imported=IMPORTED,
        refused=REFUSED,
        progress={"dispositions": {"busy": 2}, "abandoned": {"count": 0, "of": 40}},
        evidence=evidence,
        seconds=12.34,
        while_paused=0,
    )


def test_a_campaign_that_went_as_promised_has_no_problems(dialed: Dialed) -> None:
    figures = dialed.figures()

    assert dialed.problems() == []
    assert (figures["calls"], figures["dialed_twice"], figures["lost"]) == (2, 0, 0)
    assert (figures["rows"], figures["accepted"], figures["seconds"]) == (4, 2, 12.3)
    assert figures["dispositions"] == {"busy": 2}


def test_a_second_call_of_an_attempt_is_one_too_many(dialed: Dialed) -> None:
    evidence = replace(dialed.evidence, calls=[call(1), call(2), call(2, "CA3")])

    twice = replace(dialed, evidence=evidence)

    assert twice.dialed_twice == 1
    assert "1 calls were one too many" in twice.problems()


def test_a_contact_without_an_end_is_lost(dialed: Dialed) -> None:
    evidence = replace(dialed.evidence, contacts=[contact(1), contact(2, "ready", None)])

    lacking = replace(dialed, evidence=evidence)

    assert lacking.lost == 1
    assert "1 contacts have come to no end" in lacking.problems()


def test_a_contact_is_not_lost_while_twilio_is_asked_about_its_call(dialed: Dialed) -> None:
    evidence = replace(
        dialed.evidence,
        contacts=[contact(1), contact(2, "dialing", None)],
        attempts=[attempt(1), attempt(2, "unknown")],
        calls=[call(1)],
    )

    looked_for = replace(dialed, evidence=evidence)

    assert (looked_for.lost, looked_for.looked_for) == (0, {"contact-2"})
    assert looked_for.problems() == []


def test_an_end_that_the_telephone_knows_to_be_false_is_a_problem(dialed: Dialed) -> None:
    evidence = replace(dialed.evidence, contacts=[contact(1), contact(2, disposition="human")])

    assert (
        "contact contact-2: is human, and never answered"
        in replace(dialed, evidence=evidence).problems()
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"while_paused": 2}, "2 calls were placed while the campaign was paused"),
        (
            {"progress": {"dispositions": {}, "abandoned": {"count": 5, "of": 40}}},
            "5 of 40 people were given no agent in time",
        ),
        ({"stuck": "nothing has happened"}, "nothing has happened"),
        ({"refused": REFUSED[1:]}, "the list's mistakes were missing_number"),
        ({"imported": {**IMPORTED, "accepted": 3}}, "3 rows were taken"),
    ],
)
def test_what_is_not_as_promised_is_named(
    dialed: Dialed, change: dict[str, Any], problem: str
) -> None:
    assert problem in replace(dialed, **change).problems()
