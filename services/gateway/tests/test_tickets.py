"""The ticket of a call: whose it is, and what it becomes when a session or a transfer fails."""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from builders import GREETING, agent
from cryptography.fernet import Fernet
from hypothesis import given

from gateway.after import MAX_RETURNS, NEVER_BEGAN
from gateway.tickets import CallTickets, Ticket
from trunkline.errors import Invalid

NOW = 1_800_000_000.0
KEY, OTHER_KEY = (Fernet.generate_key().decode() for _ in range(2))
TICKET = Ticket("CA1", "acme", "receptionist", "v1", int(NOW) + 60, 1, {"name": "Ada Lovelace"})


def office(*keys: str, at: float = NOW) -> CallTickets:
    return CallTickets(keys or (KEY,), lambda: at)


@given(
    sid=st.text(), version=st.text(), variables=st.dictionaries(st.text(), st.text(), max_size=3)
)
def test_a_ticket_is_read_as_it_was_issued(
    sid: str, version: str, variables: dict[str, str]
) -> None:
    ticket = replace(TICKET, call_sid=sid, agent_version=version, variables=variables)

    assert office().read_of_call(office().issue(ticket), sid) == ticket


@pytest.mark.parametrize("sid", ["CA2", "", None])
def test_a_ticket_of_another_call_is_refused(sid: str | None) -> None:
    with pytest.raises(Invalid, match="another call"):
        office().read_of_call(office().issue(TICKET), sid)


def test_the_ticket_after_a_failure_counts_it() -> None:
    assert TICKET.after_failure() == replace(TICKET, tries=2)


def test_the_ticket_of_a_call_that_came_back_says_so_until_a_session_of_it_has_begun() -> None:
    back = TICKET.after_return()

    assert back == replace(TICKET, returns=1, came_back=True)
    assert back.after_failure(NEVER_BEGAN) == replace(back, tries=2)
    assert back.after_failure() == replace(back, tries=2, came_back=False)
    assert back.after_failure().after_return() == replace(back, tries=2, returns=2)


@pytest.mark.parametrize(
    ("error_code", "voice", "hearing"),
    [("64101", 1, 1), ("64106", 1, 1), ("64114", 0, 1), ("64105", 0, 0), ("", 0, 0)],
)
def test_the_ticket_counts_on_which_side_a_session_has_failed(
    error_code: str, voice: int, hearing: int
) -> None:
    ticket = TICKET.after_failure(error_code)

    assert (ticket.voice_faults, ticket.hearing_faults) == (voice, hearing)


def test_a_call_that_cannot_go_on_is_not_taken_back() -> None:
    assert TICKET.for_the_last_time() == replace(TICKET, returns=MAX_RETURNS)


@pytest.mark.parametrize(
    ("tries", "returns", "is_resumed"), [(0, 0, False), (1, 0, True), (0, 1, True), (2, 3, True)]
)
def test_a_call_is_resumed_that_had_a_session_before(
    tries: int, returns: int, is_resumed: bool
) -> None:
    assert replace(TICKET, tries=tries, returns=returns).is_resumed is is_resumed


def test_a_recorded_call_stays_so_and_is_announced_once() -> None:
    recorded = replace(TICKET, tries=0, is_recorded=True)

    assert recorded.greeting(agent(), "outbound-api") == f"This call is recorded. {GREETING}"
    assert recorded.after_return().is_recorded
    assert recorded.after_return().greeting(agent(), "outbound-api") == ""
    assert recorded.after_failure().greeting(agent(), "outbound-api") == ""


def test_a_ticket_of_the_version_before_is_read() -> None:
    """Calls outlive a deployment: their tickets lack what is new."""
    old = b"""{"call_sid": "CA1", "tenant_id": "acme", "agent_id": "receptionist",
        "agent_version": "v1", "expires_at": 1800000060, "tries": 1,
        "variables": {"name": "Ada Lovelace"}}"""

    assert office().read(Fernet(KEY).encrypt(old).decode()) == TICKET
