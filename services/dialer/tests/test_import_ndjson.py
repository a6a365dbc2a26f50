"""People out of lines of JSON."""

import pytest

from dialer.importer.contacts import RowError
from dialer.importer.lines import Overlong
from dialer.importer.listed import Listed
from dialer.importer.ndjson import read_line
from dialer.rows import RowCode


def test_an_object_says_what_a_row_would_say() -> None:
    line = (
        '{"number": "+12025550143", "variables": {"name": "Ana"}, "timezone": "America/New_York",'
        ' "consent": {"type": "written", "at": "2026-11-01T10:00:00+01:00", "source": "web"}}'
    )

    assert read_line(3, line) == Listed(
        3,
        {
            "number": "+12025550143",
            "timezone": "America/New_York",
            "consent": "written",
            "consent_source": "web",
            "consent_at": "2026-11-01T09:00:00Z",
        },
        {"name": "Ana"},
    )


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("{", "", RowCode.MALFORMED_ROW),
        ("[]", "", RowCode.MALFORMED_ROW),
        ('"+12025550143"', "", RowCode.MALFORMED_ROW),
        ("{}", "number", RowCode.MISSING_NUMBER),
        ('{"number": 12025550143}', "number", RowCode.INVALID_VALUE),
        ('{"number": "+1", "phone": "+2"}', "", RowCode.MALFORMED_ROW),
        ('{"number": "+1", "variables": {"a": 1}}', "variables", RowCode.INVALID_VALUE),
        ('{"number": "+1", "consent": "written"}', "consent", RowCode.INVALID_VALUE),
        ('{"number": "+1\0"}', "", RowCode.BAD_ENCODING),
        ('{"number": "\ufffd"}', "", RowCode.BAD_ENCODING),
        (Overlong(), "", RowCode.VARIABLE_TOO_LONG),
    ],
)
def test_what_is_no_contact_says_why(line: str | Overlong, column: str, code: RowCode) -> None:
    assert read_line(3, line) == [RowError(3, column, code)]


def test_each_wrong_field_is_told_once_and_no_value_repeated() -> None:
    found = read_line(3, '{"number": "+1", "region": "USA", "variables": {"a": 1, "b": 2}}')

    assert found == [
        RowError(3, "region", RowCode.INVALID_VALUE),
        RowError(3, "variables", RowCode.INVALID_VALUE),
    ]
