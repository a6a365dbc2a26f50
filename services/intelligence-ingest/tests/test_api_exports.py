"""Exports as files, and the lines they are made of."""

import csv
import json
from collections.abc import AsyncIterator

import pytest
from events import CALL, PERSON
from querying import Desk, open_desk
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import tell_all

from intelligence_ingest.api import exports
from intelligence_ingest.api.exporting import harmless


@pytest.fixture
async def desk(engine: AsyncEngine) -> AsyncIterator[Desk]:
    await tell_all(engine)
    async with open_desk(engine) as desk:
        yield desk


async def test_calls_come_as_csv_with_numbers_that_no_spreadsheet_calculates(desk: Desk) -> None:
    answer = await (await desk.client()).send("GET", "/v1/exports/calls")

    (row,) = csv.DictReader(answer.text.removeprefix("\ufeff").splitlines())
    assert answer.headers["content-type"].startswith("text/csv")
    assert (row["call_sid"], row["number"]) == (CALL, f"'{PERSON}")
    assert row["duration_ms"] == "90000"


async def test_calls_come_as_ndjson_by_the_same_filters(desk: Desk) -> None:
    client = await desk.client(["calls:read"])

    answer = await client.send("GET", "/v1/exports/calls", format="ndjson")
    nothing = await client.send("GET", "/v1/exports/calls", format="ndjson", agent="sales")

    (row,) = [json.loads(line) for line in answer.text.splitlines()]
    assert (row["call_sid"], row["number"], nothing.text) == (CALL, "+•••••••••23", "")


async def test_an_export_goes_on_over_as_many_pages_as_there_are(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 1)

    answer = await (await desk.client()).send("GET", "/v1/exports/calls", format="ndjson")

    assert len(answer.text.splitlines()) == 1


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (-5, "-5"),
        ("plain", "plain"),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-cmd", "'-cmd"),
        (["=x", "y"], "'=x; y"),
    ],
)
def test_a_cell_is_never_a_formula(value: object, cell: str) -> None:
    assert harmless(value) == cell
