"""Tickets come back as they were issued, to the office they are for, or not at all."""

from dataclasses import dataclass, replace

import hypothesis.strategies as st
import pytest
from cryptography.fernet import Fernet
from hypothesis import given

from trunkline.errors import Invalid
from trunkline.tickets import Expired, TicketOffice

NOW = 1_800_000_000.0
KEY, OTHER_KEY = (Fernet.generate_key().decode() for _ in range(2))


@dataclass(frozen=True)
class Pass:
    """A ticket for these tests."""

    name: str
    expires_at: int
    seats: int = 1


TICKET = Pass("Ada Lovelace", int(NOW) + 60)


def office(*keys: str, at: float = NOW, marker: str = "") -> TicketOffice[Pass]:
    return TicketOffice(Pass, keys or (KEY,), lambda: at, marker=marker)


@given(name=st.text(), seats=st.integers(-(2**40), 2**40), marker=st.sampled_from(["", "pass "]))
def test_a_ticket_is_read_as_it_was_issued(name: str, seats: int, marker: str) -> None:
    ticket = replace(TICKET, name=name, seats=seats)

    assert office(marker=marker).read(office(marker=marker).issue(ticket)) == ticket


def test_a_ticket_is_safe_in_a_url_and_shows_nothing_of_what_it_holds() -> None:
    text = office().issue(TICKET)

    assert text.replace("-", "").replace("_", "").replace("=", "").isalnum()
    assert "Ada" not in text


@pytest.mark.parametrize(("late", "is_read"), [(0, True), (60, True), (61, False)])
def test_a_ticket_is_read_until_it_expires(late: int, is_read: bool) -> None:
    text = office().issue(TICKET)
    then = office(at=NOW + late)

    if is_read:
        assert then.read(text) == TICKET
    else:
        with pytest.raises(Expired, match="expired"):
            then.read(text)


def test_what_stands_in_an_expired_ticket_can_be_asked_for() -> None:
    text = office().issue(TICKET)

    assert office(at=NOW + 1000).read_expired(text) == TICKET


def test_a_ticket_under_a_foreign_key_is_refused() -> None:
    with pytest.raises(Invalid, match="Not a ticket"):
        office(OTHER_KEY).read(office().issue(TICKET))


@pytest.mark.parametrize("text", ["", "abc", "☎", "\ud800", "A" * 10_000, "gAAAAA=="])
def test_what_is_no_ticket_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="Not a ticket"):
        office().read(text)


@given(data=st.data())
def test_a_ticket_that_was_tampered_with_is_refused(data: st.DataObject) -> None:
    text = office().issue(TICKET)
    place = data.draw(st.integers(0, len(text.rstrip("=")) - 2))  # the last has unused bits
    letter = data.draw(st.sampled_from("ABCxyz019-_"))
    other = letter if letter != text[place] else "Q"  # each ticket reads otherwise: no filter

    with pytest.raises(Invalid, match="Not a ticket"):
        office().read(text[:place] + other + text[place + 1 :])


def test_what_is_encrypted_but_no_ticket_is_refused() -> None:
    with pytest.raises(Invalid, match="Not a ticket"):
        office().read(Fernet(KEY).encrypt(b'{"name": 1}').decode())


@pytest.mark.parametrize(("written", "read"), [("", "pass "), ("pass ", ""), ("pass ", "bill ")])
def test_a_ticket_of_another_marker_is_refused_though_its_fields_would_fit(
    written: str, read: str
) -> None:
    text = office(marker=written).issue(TICKET)

    with pytest.raises(Invalid, match="Not a ticket"):
        office(marker=read).read(text)


def test_keys_can_be_rotated_without_losing_a_ticket() -> None:
    old, both, new = office(KEY), office(OTHER_KEY, KEY), office(OTHER_KEY)

    assert both.read(old.issue(TICKET)) == TICKET
    assert new.read(both.issue(TICKET)) == TICKET
