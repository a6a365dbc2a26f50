"""What headings mean."""

import pytest

from dialer.importer.columns import NoSuchList, read_columns
from dialer.importer.listed import Listed


def test_usual_headings_are_understood() -> None:
    columns = read_columns(["Phone Number", "First Name", "State", "Colour"], {}, ["first_name"])

    assert columns.fields == {"number": 0, "subdivision": 2}
    assert columns.variables == {"first_name": 1}
    assert columns.ignored == ("Colour",)


def test_the_agents_variables_come_before_our_own_names() -> None:
    assert read_columns(["number", "state"], {}, ["state"]).variables == {"state": 1}


def test_what_a_heading_does_not_say_can_be_said() -> None:
    chosen = {"Rufnummer": "number", "Vorname": "variables.first_name"}
    columns = read_columns([" Rufnummer ", "Vorname"], chosen, ["first_name"])

    assert columns.listed(2, [" +1 ", "Ana"]) == Listed(2, {"number": "+1"}, {"first_name": "Ana"})
    assert columns.heading("number") == "Rufnummer"
    assert columns.heading("variables.first_name") == "Vorname"
    assert columns.heading("") == ""


def test_cells_that_are_missing_or_empty_say_nothing() -> None:
    columns = read_columns(["number", "timezone", "name"], {}, ["name"])

    assert columns.listed(2, ["+1", ""]) == Listed(2, {"number": "+1"}, {})


@pytest.mark.parametrize(
    ("headings", "code"),
    [
        (["name"], "no_number_column"),
        (["+12025550143", "Ana"], "no_number_column"),
        (["phone", "number"], "column_twice"),
    ],
)
def test_a_list_without_one_number_column_is_none(headings: list[str], code: str) -> None:
    with pytest.raises(NoSuchList) as raised:
        read_columns(headings, {}, [])

    assert raised.value.code == code
