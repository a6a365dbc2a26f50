"""What is shown of a wrong value."""

import pytest

from dialer.importer.mask import masked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+1 (202) 555-0143", "+• (•••) •••-••43"),
        ("4.15555E+10", "•.•••••x+10"),
        ("Zoë", "xxx"),
        ("7", "7"),
        ("", ""),
        ("9" * 90, "•" * 38 + "99"),
    ],
)
def test_form_and_last_digits_are_shown_and_nothing_else(value: str, shown: str) -> None:
    assert masked(value) == shown
