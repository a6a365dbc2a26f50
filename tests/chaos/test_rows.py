"""The list of rows, the scenarios that play them, and the report on both."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from trunkline_cli.chaos.evidence import Contact, Evidence, Limits
from trunkline_cli.chaos.result import Played, how, kept, played, report
from trunkline_cli.chaos.rows import ROWS, Simulated
from trunkline_cli.chaos.scenarios import SCENARIOS
from trunkline_cli.chaos.screen import Screen, explain
from trunkline_cli.chaos.tables import Progress
from trunkline_cli.dialing_doc import fault_table

ROOT = Path(__file__).resolve().parents[2]
LIMITS = Limits(cps=1.0, in_flight=1, gap_seconds=900.0, per_contact=1, per_day=1)
SOUND = Evidence(
    limits=LIMITS,
    accepted=["c1"],
    contacts=[Contact(id="c1", campaign_id="spring", state="done", disposition="busy")],
)


def a_result(row: str, evidence: Evidence = SOUND) -> Played:
    return played(row, evidence, found=[], notes=["one note"], seconds=1.0)


def test_every_row_of_the_list_is_there() -> None:
    assert set(ROWS) >= {f"F{number}" for number in range(1, 79)}


def test_a_row_is_played_by_one_scenario_or_says_what_happens_instead() -> None:
    rows = [scenario.row for scenario in SCENARIOS]

    assert len(rows) == len(set(rows))
    assert set(rows) == {name for name, row in ROWS.items() if row.instead is None}


@pytest.mark.parametrize(
    "test",
    sorted({row.instead.test for row in ROWS.values() if isinstance(row.instead, Simulated)}),
)
def test_a_simulated_row_names_a_test_that_is_there(test: str) -> None:
    assert (ROOT / test).is_file()


def test_the_report_tells_of_every_row_whether_it_was_played_or_why_not() -> None:
    told = report([a_result("F24"), a_result("F24")])
    rows = {row["row"]: row for row in told["rows"]}  # type: ignore[attr-defined]  # JSON

    assert told["held"] is True
    assert rows["F24"]["runs"] == 2
    assert rows["F24"]["notes"] == ["one note", "one note"]
    assert (rows["F61"]["how"], rows["F25"]["how"]) == ("not run", "not run")
    assert rows["F63"]["how"] == how("F63", 0) == "simulated"
    assert all(row["how"] == "real" or row.keys() & {"by", "reason"} for row in rows.values())


def test_a_report_keeps_what_an_earlier_one_tells_of_rows_that_were_not_played_again() -> None:
    earlier = report([a_result("F24"), a_result("F25")], seeds=[1])
    told = kept(earlier, report([a_result("F25"), a_result("F25")], seeds=[2, 3]))
    rows = {row["row"]: row for row in told["rows"]}  # type: ignore[attr-defined]  # JSON

    assert (rows["F24"]["seeds"], rows["F25"]["seeds"]) == ([1], [2, 3])
    assert rows["F26"]["how"] == "not run"
    assert told["totals"]["runs"] == 3  # type: ignore[index]  # JSON


def test_the_report_says_which_waits_were_shorter_than_the_list_wants() -> None:
    result = replace(a_result("F34"), shortened=((1800.0, 60.0),))
    told = report([result, result])
    rows = {row["row"]: row for row in told["rows"]}  # type: ignore[attr-defined]  # JSON

    assert rows["F34"]["shortened"] == [(1800.0, 60.0)]
    assert "| real, 1800 s as 60 s |" in fault_table(told)


def test_the_report_names_what_was_broken() -> None:
    lost = replace(SOUND, contacts=[])
    told = report([a_result("F24", lost)])
    rows = {row["row"]: row for row in told["rows"]}  # type: ignore[attr-defined]  # JSON

    assert told["held"] is False
    assert rows["F24"]["violations"] == {"I3": ["contact c1: is gone"]}
    assert told["totals"]["lost_contacts"] == 1  # type: ignore[index]  # JSON


def test_what_a_scenario_has_seen_counts_as_broken() -> None:
    result = replace(a_result("F76"), found=("weight 4 got 30 %",))

    assert not result.held
    assert result.broken == ["own"]


def test_the_screen_shows_what_is_played_and_what_came_of_it() -> None:
    console = Console(record=True, width=110)
    broken = a_result("F24", replace(SOUND, contacts=[]))
    with Screen(console) as screen:
        screen.begun("F24")
        screen.acted("F24")
        screen.progressed("F24", Progress(contacts=1, over=0, attempts=1, live=1, untold=0))
        screen.judged(broken)
    explain([broken], console)
    shown = console.export_text()

    assert "500, and the call is placed" in shown
    assert "I3 (every contact comes to exactly one end, and a true one): contact c1" in shown
