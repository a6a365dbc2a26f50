"""People who were called are known by a hash, and what their agent knows stands in a ticket."""

import pytest
from cryptography.fernet import Fernet

from trunkline.callers import CallerTicket, PersonIndex, caller_office
from trunkline.errors import Invalid
from trunkline.outbound import outbound_office
from trunkline.tickets import Expired

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
OURS, THEIRS = "+15005550001", "+15005550006"
TICKET = CallerTicket(
    "acme", "attempt-1", "spring", "desk", 1000, "pt-BR", {"name": "Ada"}, opt_out_key="9"
)


def test_a_person_is_the_same_to_whoever_calls_and_whoever_answers() -> None:
    assert PersonIndex([NEW]).of("AC1", OURS, THEIRS) == PersonIndex([NEW]).of("AC1", OURS, THEIRS)


def test_another_account_number_or_person_is_somebody_else() -> None:
    index = PersonIndex([NEW])
    known = {
        index.of("AC1", OURS, THEIRS),
        index.of("AC2", OURS, THEIRS),
        index.of("AC1", THEIRS, OURS),
        index.of("AC1", OURS, "+15005550007"),
    }

    assert len(known) == 4


def test_a_person_called_under_an_older_key_is_known_as_long_as_it_is_kept() -> None:
    before = PersonIndex([OLD]).of("AC1", OURS, THEIRS)

    assert before in PersonIndex([NEW, OLD]).any_of("AC1", OURS, THEIRS)
    assert before not in PersonIndex([NEW]).any_of("AC1", OURS, THEIRS)


def test_an_index_has_no_number_in_it() -> None:
    assert "5550" not in PersonIndex([NEW]).of("AC1", OURS, THEIRS)


def test_a_ticket_is_read_as_it_was_written_until_it_expires() -> None:
    text = caller_office([OLD], lambda: 0).issue(TICKET)

    assert caller_office([NEW, OLD], lambda: 1000).read(text) == TICKET
    assert "Ada" not in text
    with pytest.raises(Expired):
        caller_office([OLD], lambda: 1001).read(text)


def test_no_other_office_reads_it() -> None:
    text = caller_office([OLD], lambda: 0).issue(TICKET)

    with pytest.raises(Invalid):
        outbound_office([OLD], lambda: 0).read(text)
