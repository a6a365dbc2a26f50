"""Where the parts of the countries are: complete, and in zones that there are."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dialer.places import PARTS
from dialer.presets import country_zones
from dialer.presets_table import TABLE
from dialer.zones import is_zone

# ISO 3166-2, in the order of the alphabet; Mexico City also by its former code, DIF.
CODES = {
    "US": "AA AE AK AL AP AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN"
    " MO MP MS MT NC ND NE NH NJ NM NV NY OH OK OR PA PR RI SC SD TN TX UM UT VA VI VT WA WI WV WY",
    "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
    "BR": "AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO",
    "MX": "AGU BCN BCS CAM CHH CHP CMX COA COL DIF DUR GRO GUA HID JAL MEX MIC MOR NAY NLE OAX PUE"
    " QUE ROO SIN SLP SON TAB TAM TLA VER YUC ZAC",
    "ES": "A AB AL AN AR AS AV B BA BI BU C CA CB CC CE CL CM CN CO CR CS CT CU EX GA GC GI GR GU H"
    " HU IB J L LE LO LU M MA MC MD ML MU NA NC O OR P PM PO PV RI S SA SE SG SO SS T TE TF TO V VA"
    " VC VI Z ZA",
}
NOWHERE = {"AA", "AE", "AP", "UM"}
OVERSEAS = {"AS", "GU", "MP", "PR", "VI"}
HOURS = [datetime(2026, month, 15, 12, tzinfo=UTC) for month in (1, 4, 7, 11)]


@pytest.mark.parametrize("country", sorted(CODES))
def test_every_part_of_a_country_is_placed(country: str) -> None:
    assert sorted(PARTS[country]) == CODES[country].split()
    assert all(is_zone(zone) for zones in PARTS[country].values() for zone in zones)
    assert {part for part, zones in PARTS[country].items() if not zones} <= NOWHERE


@pytest.mark.parametrize("country", sorted(CODES))
def test_all_of_a_country_reaches_as_far_east_and_west_as_its_parts(country: str) -> None:
    parts = (zones for part, zones in PARTS[country].items() if part not in OVERSEAS)
    ours = {zone for zones in parts for zone in zones}
    for at in HOURS:
        wide = [at.astimezone(ZoneInfo(zone)) for zone in country_zones(TABLE, country)]
        for zone in ours:
            local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            assert min(each.replace(tzinfo=None) for each in wide) <= local
            assert local <= max(each.replace(tzinfo=None) for each in wide)


@pytest.mark.parametrize(
    ("country", "part", "zones"),
    [
        ("US", "CA", {"America/Los_Angeles"}),
        ("US", "FL", {"America/New_York", "America/Chicago"}),
        ("US", "AZ", {"America/Denver", "America/Phoenix"}),
        ("US", "HI", {"Pacific/Honolulu"}),
        ("US", "GU", {"Pacific/Guam"}),
        ("CA", "NL", {"America/St_Johns", "America/Halifax"}),
        ("BR", "AC", {"America/Rio_Branco"}),
        ("BR", "PE", {"America/Recife", "America/Noronha"}),
        ("MX", "ROO", {"America/Cancun"}),
        ("MX", "BCN", {"America/Tijuana"}),
        ("ES", "GC", {"Atlantic/Canary"}),
        ("ES", "M", {"Europe/Madrid"}),
    ],
)
def test_a_part_is_in_all_of_its_zones(country: str, part: str, zones: set[str]) -> None:
    assert set(PARTS[country][part]) == zones
