"""Cursors come back as they were given out, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.api.cursor import Cursors, MalformedCursor, Position

CURSORS = Cursors([b"secret"])
AT = Position(1_795_000_000_000_001, "0e8b7f52-9d5c-4d0e-8f7b-3f1d4e2a9c11")


@given(
    st.integers(min_value=0, max_value=2**62),
    st.from_regex("[0-9a-f-]{1,36}", fullmatch=True),
    st.text(max_size=40),
)
def test_a_cursor_leads_back_to_its_row(created_us: int, row_id: str, of_list: str) -> None:
    position = Position(created_us, row_id)

    assert CURSORS.decode(CURSORS.encode(position, of_list), of_list) == position


@given(st.text(max_size=400))
def test_a_cursor_that_was_made_up_is_refused(text: str) -> None:
    with pytest.raises(MalformedCursor):
        CURSORS.decode(text, "acme")


def test_a_cursor_with_one_changed_character_is_refused() -> None:
    cursor = CURSORS.encode(AT, "acme")
    for place in range(len(cursor)):
        changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        with pytest.raises(MalformedCursor):
            CURSORS.decode(changed, "acme")


def test_a_cursor_belongs_to_one_list() -> None:
    with pytest.raises(MalformedCursor):
        CURSORS.decode(CURSORS.encode(AT, "acme\n/v1/campaigns"), "other\n/v1/campaigns")


def test_a_secret_is_rotated_without_breaking_cursors_in_use() -> None:
    rotated = Cursors([b"new", b"secret"])

    assert rotated.decode(CURSORS.encode(AT, "acme"), "acme") == AT
    with pytest.raises(MalformedCursor):
        CURSORS.decode(rotated.encode(AT, "acme"), "acme")


@pytest.mark.parametrize("secrets", [[], [b""], [b"a", b""]])
def test_cursors_need_secrets(secrets: list[bytes]) -> None:
    with pytest.raises(ValueError, match="secret"):
        Cursors(secrets)
