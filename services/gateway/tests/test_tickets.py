"""Tickets come back as they were issued, or not at all."""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from cryptography.fernet import Fernet
from hypothesis import given

from gateway.tickets import Ticket, TicketOffice
from trunkline.errors import Invalid

NOW = 1_800_000_000.0
KEY, OTHER_KEY = (Fernet.generate_key().decode() for _ in range(2))
TICKET = Ticket("CA1", "acme", "receptionist", "v1", int(NOW) + 60, 1, {"name": "Ada Lovelace"})


def office(*keys: str, at: float = NOW) -> TicketOffice:
    return TicketOffice(keys or (KEY,), lambda: at)


@given(
    sid=st.text(), version=st.text(), variables=st.dictionaries(st.text(), st.text(), max_size=3)
)
def test_a_ticket_is_read_as_it_was_issued(
    sid: str, version: str, variables: dict[str, str]
) -> None:
    ticket = replace(TICKET, call_sid=sid, agent_version=version, variables=variables)

    assert office().read(office().issue(ticket)) == ticket


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
        with pytest.raises(Invalid, match="expired"):
            then.read(text)


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
        office().read(Fernet(KEY).encrypt(b'{"call_sid": 1}').decode())


def test_keys_can_be_rotated_without_losing_a_call() -> None:
    old, both, new = office(KEY), office(OTHER_KEY, KEY), office(OTHER_KEY)

    assert both.read(old.issue(TICKET)) == TICKET
    assert new.read(both.issue(TICKET)) == TICKET


def test_the_ticket_after_a_failure_counts_it() -> None:
    assert TICKET.after_failure() == replace(TICKET, tries=2)


def test_the_ticket_of_a_call_that_came_back_says_so_until_a_session_of_it_has_begun() -> None:
    back = TICKET.after_return()

    assert back == replace(TICKET, returns=1, came_back=True)
    assert back.after_failure(had_begun=False) == replace(back, tries=2)
    assert back.after_failure() == replace(back, tries=2, came_back=False)
    assert back.after_failure().after_return() == replace(back, tries=2, returns=2)


@pytest.mark.parametrize(
    ("tries", "returns", "is_resumed"), [(0, 0, False), (1, 0, True), (0, 1, True), (2, 3, True)]
)
def test_a_call_is_resumed_that_had_a_session_before(
    tries: int, returns: int, is_resumed: bool
) -> None:
    assert replace(TICKET, tries=tries, returns=returns).is_resumed is is_resumed


def test_a_ticket_of_the_version_before_is_read() -> None:
    """Calls outlive a deployment: their tickets lack what is new."""
    old = b"""{"call_sid": "CA1", "tenant_id": "acme", "agent_id": "receptionist",
        "agent_version": "v1", "expires_at": 1800000060, "tries": 1,
        "variables": {"name": "Ada Lovelace"}}"""

    assert office().read(Fernet(KEY).encrypt(old).decode()) == TICKET
