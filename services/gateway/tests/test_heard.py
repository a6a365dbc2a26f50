"""Finding the end of what the caller heard in what was sent."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from gateway.heard import heard_through

ESTIMATE = 1000


@pytest.mark.parametrize(
    ("sent", "heard", "through"),
    [
        ("We open at nine.", "We open", "We open"),
        ("We open at nine.", "We open at nine.", "We open at nine."),
        ("We open at nine.", "we OPEN", "We open"),
        ("Well, we open - at nine.", "well we open at", "Well, we open - at"),
        ("We open at nine. We close at five.", "We open at nine we", "We open at nine. We"),
        ("We open at 9.", "We open at nine.", "We open at"),
        ("Your visit is at 10:30 on May 5.", "your visit is at ten thirty", "Your visit is at"),
        ("Dr. Smith is in on Monday.", "Doctor Smith is in", "Dr. Smith is in"),
        ("Yes. Yes. Yes.", "yes yes", "Yes. Yes"),
        ("Öffnet um neun. Schließt um fünf.", "öffnet um NEUN", "Öffnet um neun"),
        ("İstanbul is open.", "i̇stanbul IS", "İstanbul is"),
        ("We op", "We open at nine, and", "We op"),
        ("Sorry. Are you there?", "Are you", "Sorry. Are you"),
        ("We open at nine.", "", ""),
        ("We open at nine.", "  ", ""),
    ],
)
def test_what_was_heard_ends(sent: str, heard: str, through: str) -> None:
    found = heard_through(sent, heard, ESTIMATE)

    assert abs(found - len(through)) <= (2 if any(map(str.isdigit, sent)) else 0), sent[:found]


@pytest.mark.parametrize(
    ("sent", "heard"),
    [("We open at nine.", "xyzzy"), ("", "We open"), ("...", "We open"), ("We open.", "?!")],
)
def test_without_any_likeness_the_estimate_is_taken(sent: str, heard: str) -> None:
    assert heard_through(sent, heard, ESTIMATE) == ESTIMATE


@given(sent=st.text(), heard=st.text(), estimate=st.integers(0, 50))
def test_no_more_is_found_than_was_sent(sent: str, heard: str, estimate: int) -> None:
    assert 0 <= heard_through(sent, heard, min(estimate, len(sent))) <= len(sent)


@given(sent=st.text(), data=st.data())
def test_an_exact_beginning_is_found_exactly(sent: str, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(sent)))
    heard = sent[:end]

    assert heard_through(sent, heard, ESTIMATE) == (end if heard.strip() else 0)


@given(
    words=st.lists(st.sampled_from(["we", "open", "at", "nine", "on"]), min_size=1), data=st.data()
)
def test_a_beginning_in_another_case_is_never_taken_for_more(
    words: list[str], data: st.DataObject
) -> None:
    heard = words[: data.draw(st.integers(1, len(words)))]

    found = heard_through(", ".join(words), " ".join(heard).upper(), ESTIMATE)

    assert found <= len(", ".join(heard))
