"""Numbers are found without being seen, also while keys are changed."""

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from trunkline.errors import Invalid
from trunkline.protect import NumberVault

OLD, NEW = b"o" * 32, b"n" * 32
KEYS = [Fernet.generate_key().decode() for _ in range(2)]
NUMBER = "+14155552671"


def vault(peppers: dict[str, bytes], keys: list[str] = KEYS[:1]) -> NumberVault:
    return NumberVault(peppers, keys)


def test_a_number_is_the_same_row_for_one_tenant_and_another_for_the_next() -> None:
    mine = vault({"2025": OLD})

    assert mine.index("acme", NUMBER) == mine.index("acme", NUMBER)
    assert mine.index("acme", NUMBER).hmac != mine.index("umbrella", NUMBER).hmac
    assert NUMBER.encode() not in mine.index("acme", NUMBER).hmac


def test_new_rows_use_the_first_key_and_look_ups_all_of_them() -> None:
    old, both = vault({"2025": OLD}), vault({"2026": NEW, "2025": OLD})

    assert both.index("acme", NUMBER).key == "2026"
    assert old.index("acme", NUMBER) in both.indexes("acme", NUMBER)
    assert (both.is_current("2026"), both.is_current("2025")) == (True, False)


@given(st.from_regex(r"\+[1-9]\d{6,14}", fullmatch=True))
def test_processes_with_one_key_in_common_exclude_each_other(number: str) -> None:
    before = vault({"2025": OLD}).locks("acme", number)
    during = vault({"2026": NEW, "2025": OLD}).locks("acme", number)
    after = vault({"2026": NEW}).locks("acme", number)

    assert during == sorted(before + after)
    assert all(-(2**63) <= lock < 2**63 for lock in during)


def test_what_is_encrypted_can_be_read_and_rotated_by_those_who_have_the_key() -> None:
    old = vault({"2025": OLD}, KEYS[:1])
    both = vault({"2025": OLD}, KEYS[::-1])
    new = vault({"2025": OLD}, KEYS[1:])
    hidden = old.encrypt(NUMBER)

    assert NUMBER.encode() not in hidden
    assert new.decrypt(both.rotate(hidden)) == NUMBER


def test_what_another_key_has_encrypted_is_invalid() -> None:
    other = vault({"2025": OLD}, KEYS[1:])

    for attempt in (other.decrypt, other.rotate):
        with pytest.raises(Invalid):
            attempt(vault({"2025": OLD}).encrypt(NUMBER))


@pytest.mark.parametrize("cut", [0, 1, 12, 13, 28, -1], ids=str)
def test_what_is_cut_short_is_invalid(cut: int) -> None:
    mine = vault({"2025": OLD})

    with pytest.raises(Invalid):
        mine.decrypt(mine.encrypt(NUMBER)[:cut])


def test_no_two_texts_are_hidden_alike() -> None:
    mine = vault({"2025": OLD})

    assert mine.encrypt(NUMBER) != mine.encrypt(NUMBER)


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        vault({"2025": OLD}, ["c2hvcnQ="])


@pytest.mark.parametrize("peppers", [{}, {"2025": b"short"}], ids=["none", "short"])
def test_a_pepper_that_protects_nothing_is_refused(peppers: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        vault(peppers)
