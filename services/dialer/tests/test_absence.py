"""Absence is believed only on complete evidence, and each piece of it is needed."""

from dataclasses import replace
from datetime import datetime

import pytest
from attempts import RING, T0, after, proof
from hypothesis import given
from hypothesis import strategies as st

from dialer.absence import Listing, Proof, lacks
from dialer.attempt_events import token_expires_at

TOKEN = token_expires_at(T0, RING)


def missing(given_proof: Proof, now: datetime, *, returned: bool = True) -> tuple[str, ...]:
    return lacks(given_proof, posting_at=T0, token_expires_at=TOKEN, returned=returned, now=now)


def test_a_token_outlives_ringing_the_queue_and_the_clocks() -> None:
    assert token_expires_at(T0, 25) == after(25 + 5 + 60 + 15)


def test_complete_evidence_is_believed() -> None:
    assert missing(proof(), after(166)) == ()


def test_no_evidence_lacks_everything_but_dead_letters() -> None:
    lacking = missing(Proof(), after(0), returned=False)

    assert lacking == ("time", "owner", "listings", "inbox")


@pytest.mark.parametrize(
    ("evidence", "lacking"),
    [
        (proof(100, 129, 170), ("listings", "inbox")),
        (proof(60, 119, 170), ("listings", "inbox")),
        (proof(100, 130, 159), ("inbox",)),
        (replace(proof(), ends_read_at=None), ("inbox",)),
        (replace(proof(), dead_letters=True), ("dead_letters",)),
        (replace(proof(), listings=proof().listings[:1]), ("listings", "inbox")),
    ],
    ids=["too close", "too early", "inbox too old", "no reading", "dead letter", "one listing"],
)
def test_each_piece_of_evidence_is_needed(evidence: Proof, lacking: tuple[str, ...]) -> None:
    assert missing(evidence, after(400)) == lacking


def test_an_owner_that_may_still_send_prevents_the_conclusion() -> None:
    assert missing(proof(), after(400), returned=False) == ("owner",)
    assert missing(replace(proof(), owner_dead=True), after(400), returned=False) == ()


def test_nothing_is_concluded_before_the_token_has_been_dead_for_half_a_minute() -> None:
    early = proof(60, 121, 152)
    long_ring = token_expires_at(T0, 60)

    assert lacks(
        early, posting_at=T0, token_expires_at=long_ring, returned=True, now=after(169)
    ) == ("time",)
    assert (
        lacks(early, posting_at=T0, token_expires_at=long_ring, returned=True, now=after(170)) == ()
    )


def test_a_listing_with_a_candidate_undoes_the_clean_ones_before_it() -> None:
    dirty = Listing(after(140), clean=False)
    again = (Listing(after(150), clean=True), Listing(after(180), clean=True))
    before = proof().listings

    assert missing(Proof((*before, dirty), ends_read_at=after(500)), after(500)) == (
        "listings",
        "inbox",
    )
    later = Proof((*before, dirty, *again), ends_read_at=after(210))
    assert missing(later, after(500)) == ()


seconds = st.floats(0, 600)


@given(st.lists(st.tuples(seconds, st.booleans()), max_size=8), seconds, seconds)
def test_whatever_is_believed_has_two_clean_listings_apart_and_a_later_inbox(
    listings: list[tuple[float, bool]], ends: float, now: float
) -> None:
    evidence = Proof(
        [Listing(after(at), clean) for at, clean in listings], ends_read_at=after(ends)
    )

    if missing(evidence, after(now)) == ():
        clean = sorted(at for at, is_clean in listings if is_clean)
        assert now >= 135
        assert any(b - a >= 30 and b >= 120 and ends >= b + 30 for a in clean for b in clean)
