"""The list of the demo's campaign: the dialer's own rules read it as it is meant."""

import csv
import io

import pytest

from dialer.numbers import normalise
from dialer.rows import RowCode
from trunkline_cli.demo.people import ENDINGS, HEADINGS, UNWANTED, people, telephones
from twilio_emulator.rest.phones import LAST_DIGITS


def numbers(rows: int) -> list[str | RowCode]:
    """What the dialer makes of the numbers, mistakes included."""
    read = csv.DictReader(io.StringIO(people(rows).text))
    found = [normalise(row["number"], "US", {"US"}) for row in read]
    return [each if isinstance(each, RowCode) else each.e164 for each in found]


@pytest.mark.parametrize("rows", [25, 200])
def test_a_list_has_as_many_rows_as_are_asked_for(rows: int) -> None:
    lines = people(rows).text.splitlines()

    assert lines[0] == ",".join(HEADINGS)
    assert len(lines) == rows + 1
    assert sum(people(rows).good.values()) + sum(people(rows).codes.values()) == rows


def test_the_same_list_is_made_every_time() -> None:
    assert people(200) == people(200)


def test_mistakes_of_numbers_are_those_that_the_dialer_finds() -> None:
    wrong = {each.value for each in numbers(200) if isinstance(each, RowCode)}

    assert wrong
    assert wrong <= people(200).codes.keys()


def test_one_number_is_there_twice_and_one_does_not_want_to_be_called() -> None:
    good = [each for each in numbers(200) if not isinstance(each, RowCode)]

    assert len(good) - len(set(good)) == 1
    assert UNWANTED in good


def test_every_number_leads_to_the_telephone_that_it_is_counted_for() -> None:
    digits = {**dict.fromkeys(LAST_DIGITS, ""), **{each: "" for each in telephones()}}
    endings = [ending for some in ENDINGS.values() for ending in some]

    assert len(endings) == len(set(endings))
    assert {f"{ending:02}" for ending in endings} <= digits.keys()
    assert set(people(200).good) == set(ENDINGS)


def test_nobody_has_these_numbers() -> None:
    reserved = [each[5:9] for each in numbers(200) if not isinstance(each, RowCode)]

    assert set(reserved) == {"5550"}
