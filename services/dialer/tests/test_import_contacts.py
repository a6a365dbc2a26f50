"""From what a list says to contacts, and all that can be wrong with it."""

from datetime import UTC, datetime, timedelta

import pytest
from intakes import intake

from dialer.importer.contacts import Contact, RowError, read_contact
from dialer.importer.listed import Listed
from dialer.presets import Consent, Purpose, combine, country_zones, rows_for
from dialer.presets_table import TABLE
from dialer.rows import RowCode
from dialer.windows import EVERY_DAY, Hours, Window, permitted

NAME = {"name": "Ana"}
WRITTEN = {"consent": "written", "consent_at": "2026-11-01T10:00:00Z", "consent_source": "web"}


def contact(number: str = "+12025550143", **fields: str) -> Contact:
    found = read_contact(Listed(2, {"number": number, **fields}, NAME), intake())
    assert isinstance(found, Contact), found
    return found


def codes(variables: dict[str, str] | None, **fields: str) -> list[tuple[str, RowCode]]:
    listed = Listed(2, {"number": "+12025550143", **fields}, variables or NAME)
    found = read_contact(listed, intake())
    return [(error.column, error.code) for error in found] if isinstance(found, list) else []


def test_a_number_is_normalised_and_placed() -> None:
    found = contact("(202) 555-0143 ext. 7", external_id="c-1")

    assert found.number.e164 == "+12025550143"
    assert found.number.extension == "7"
    assert found.zones == ("America/New_York",)
    assert found.external_id == "c-1"


def test_what_of_a_call_is_its_own_is_kept_and_nothing_else() -> None:
    own = {"ring_seconds": "40", "talk_seconds": "120"}

    assert contact(**own).overrides == {"ring_seconds": 40, "talk_seconds": 120}
    assert contact().overrides == {}


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", RowCode.MISSING_NUMBER),
        ("Ana", RowCode.NOT_A_NUMBER),
        ("4.15555E+10", RowCode.SCIENTIFIC_NOTATION),
        ("+1202555", RowCode.INVALID_LENGTH),
        ("+12020000000", RowCode.INVALID_NUMBER),
        ("+861012345678", RowCode.NOT_DIALABLE_REGION),
        ("+19005550143", RowCode.PREMIUM_RATE),
        ("911", RowCode.EMERGENCY_OR_SHORT_CODE),
    ],
)
def test_a_number_that_cannot_be_called_says_why(number: str, code: RowCode) -> None:
    assert codes(None, number=number) == [("number", code)]


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ({"timezone": "EST"}, ("timezone", RowCode.UNKNOWN_TIMEZONE)),
        ({"timezone": "Mars/Olympus"}, ("timezone", RowCode.UNKNOWN_TIMEZONE)),
        ({"language": "tlh"}, ("language", RowCode.INVALID_VALUE)),
        ({"ring_seconds": "61"}, ("ring_seconds", RowCode.INVALID_VALUE)),
        ({"talk_seconds": "ten"}, ("talk_seconds", RowCode.INVALID_VALUE)),
        ({"consent": "perhaps"}, ("consent", RowCode.INVALID_VALUE)),
        ({"consent_at": "yesterday"}, ("consent_at", RowCode.INVALID_VALUE)),
        ({"expires_at": "2026-12-01 10:00"}, ("expires_at", RowCode.INVALID_VALUE)),
        ({"external_id": "x" * 501}, ("external_id", RowCode.INVALID_VALUE)),
    ],
)
def test_a_field_that_means_nothing_says_which(
    fields: dict[str, str], mistake: tuple[str, RowCode]
) -> None:
    assert codes(None, **fields) == [mistake]


@pytest.mark.parametrize(
    ("variables", "mistake"),
    [
        ({"clinic": "x"}, ("variables.name", RowCode.MISSING_VARIABLE)),
        ({"name": "Ana", "colour": "red"}, ("variables", RowCode.UNKNOWN_VARIABLE)),
        ({"name": "x" * 2048}, ("variables", RowCode.VARIABLE_TOO_LONG)),
        ({"name": "ä" * 1020}, ("variables", RowCode.VARIABLE_TOO_LONG)),
    ],
)
def test_variables_are_those_of_the_agent_and_short(
    variables: dict[str, str], mistake: tuple[str, RowCode]
) -> None:
    assert codes(variables) == [mistake]


def test_what_the_campaign_gives_need_not_be_listed_and_takes_its_room() -> None:
    listed = Listed(2, {"number": "+12025550143"}, {})

    assert isinstance(read_contact(listed, intake(said=NAME)), Contact)
    long = Listed(2, {"number": "+12025550143"}, {"clinic": "x" * 2020})
    found = read_contact(long, intake(said={"name": "+18005550199"}))
    assert found == [RowError(2, "variables", RowCode.VARIABLE_TOO_LONG)]


def test_all_mistakes_of_a_row_are_told_at_once() -> None:
    assert len(codes({"x": "y"}, number="911", timezone="EST")) == 4


def test_what_stood_there_is_shown_masked() -> None:
    found = read_contact(Listed(7, {"number": "+1202555"}, NAME), intake())

    assert found == [RowError(7, "number", RowCode.INVALID_LENGTH, "+•••••55")]


@pytest.mark.parametrize("missing", ["consent", "consent_at", "consent_source"])
def test_marketing_needs_written_consent_with_time_and_source(missing: str) -> None:
    fields = {"number": "+12025550143", **WRITTEN}
    marketing = intake(purpose=Purpose.MARKETING)

    whole = read_contact(Listed(2, fields, NAME), marketing)
    del fields[missing]
    partial = read_contact(Listed(2, fields, NAME), marketing)

    assert isinstance(whole, Contact)
    assert whole.consent is Consent.WRITTEN
    assert whole.times == {"consent_at": datetime(2026, 11, 1, 10, tzinfo=UTC)}
    assert partial == [
        RowError(2, "consent", RowCode.CONSENT_MISSING, "xxxxxxx" if missing != "consent" else None)
    ]


def test_the_zone_given_comes_first_then_the_address_then_the_number() -> None:
    assert contact(timezone="Pacific/Honolulu", subdivision="OK").zones == ("Pacific/Honolulu",)
    assert contact(subdivision="US-OK").zones == ("America/Chicago",)
    assert contact().zones == ("America/New_York",)


def test_the_states_of_number_and_address_are_both_kept() -> None:
    assert contact("+13055550143", subdivision="OK").subdivisions == ("FL", "OK")


@pytest.mark.parametrize(
    ("number", "subdivision", "zone"),
    [
        ("+12125550143", "CA", "America/Los_Angeles"),
        ("+12125550143", "us-hi", "Pacific/Honolulu"),
        ("+12125550143", "GU", "Pacific/Guam"),
        ("+14165550143", "AB", "America/Edmonton"),
        ("+5511987654321", "AC", "America/Rio_Branco"),
        ("+525512345678", "BCN", "America/Tijuana"),
        ("+34912345678", "TF", "Atlantic/Canary"),
        ("+442079460143", "SCT", "Europe/London"),
        ("+18005550143", "CA", "America/Los_Angeles"),
        ("+12125550143", "CA-AB", "America/Edmonton"),
        ("+12125550143", "GB-ENG", "Europe/London"),
    ],
)
def test_an_address_is_believed_before_the_number(number: str, subdivision: str, zone: str) -> None:
    assert contact(number, subdivision=subdivision).zones == (zone,)


@pytest.mark.parametrize(("hour", "is_open"), [(14, False), (15, True), (4, False), (3, True)])
def test_a_new_york_number_in_california_rings_by_californian_time(
    hour: int, is_open: bool
) -> None:
    found = contact("+12125550143", subdivision="CA")
    rules = combine(rows_for(TABLE, "US", found.subdivisions), Purpose.INFORMATIONAL)
    at = datetime(2026, 6, 16, hour, tzinfo=UTC)  # 8 in the morning is 15 o'clock, 21 is 4

    assert permitted(at, rules.hours, found.zones) is is_open


def test_an_address_that_nobody_knows_is_anywhere_in_the_country() -> None:
    assert contact("+12125550143", subdivision="ZZ").zones == country_zones(TABLE, "US")
    assert contact("+12125550143", subdivision="CA-ZZ").zones == country_zones(TABLE, "CA")


@pytest.mark.parametrize("subdivision", ["AE", "IN-MH"])
def test_an_address_without_a_known_time_needs_one(subdivision: str) -> None:
    assert contact("+12125550143", subdivision=subdivision).zones == ()


@pytest.mark.parametrize("code", ["800", "833", "844", "855", "866", "877", "888"])
def test_a_number_that_rings_anywhere_needs_somebody_to_say_where(code: str) -> None:
    number = f"+1{code}5550143"

    assert contact(number).zones == ()
    assert contact(number, timezone="America/Denver").zones == ("America/Denver",)


@pytest.mark.parametrize("given", [{"timezone": "Asia/Tokyo"}, {"subdivision": "GU"}])
def test_no_hour_where_they_are_is_no_reason_to_call_them_by_another_zone(
    given: dict[str, str],
) -> None:
    afternoon = (Hours((Window(EVERY_DAY, 14 * 60, 16 * 60),), zone="America/New_York"),)
    listed = Listed(2, {"number": "+12025550143", **given}, NAME)

    found = read_contact(listed, intake(hours=afternoon))

    assert isinstance(found, Contact)
    assert found.zones == ()


def test_times_are_those_of_the_list() -> None:
    found = contact(not_before="2026-12-01T10:00:00+01:00", expires_at="2026-12-02T09:00:00Z")

    assert found.times["expires_at"] - found.times["not_before"] == timedelta(days=1)
