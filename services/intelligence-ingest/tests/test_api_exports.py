"""Exports as files, and the lines they are made of."""

import csv
import json
from collections.abc import AsyncIterator

import pytest
from events import CALL, NOW_MS, PERSON, VAULT, turn
from querying import Desk, open_desk
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import tell_all

from intelligence_ingest.api import exports
from intelligence_ingest.news import News
from intelligence_ingest.store.turns import store_turns


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


@pytest.mark.parametrize("name", ["turns", "operator-results"])
async def test_an_export_has_each_row_once_wherever_its_pages_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    client = await desk.client()
    whole = (await client.send("GET", f"/v1/exports/{name}", format="ndjson")).text

    monkeypatch.setattr(exports, "AT_ONCE", 1)

    assert (await client.send("GET", f"/v1/exports/{name}", format="ndjson")).text == whole
    assert len(set(whole.splitlines())) == len(whole.splitlines()) > 1


async def test_turns_come_with_words_figures_and_timings(desk: Desk) -> None:
    answer = await (await desk.client()).send("GET", "/v1/exports/turns")

    rows = list(csv.DictReader(answer.text.removeprefix("\ufeff").splitlines()))
    assert [row["turn"] for row in rows] == ["2", "1", "0"]
    assert rows[0]["heard"] == "You are booked for Tuesday."
    assert (rows[0]["first_words_ms"], rows[0]["interrupted"]) == ("300", "true")
    assert answer.headers["content-disposition"].endswith('"turns.csv"')


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"agent": "receptionist", "interrupted": "true"}, 3),
        ({"agent": "sales"}, 0),
        ({"campaign": "nobody's"}, 0),
        ({"since": "2026-11-18T00:00:00Z", "until": "2026-11-19T00:00:00Z"}, 3),
        ({"until": "2026-11-01T00:00:00Z"}, 0),
    ],
)
async def test_turns_are_exported_by_filters(desk: Desk, query: dict[str, str], count: int) -> None:
    client = await desk.client()
    answer = await client.send("GET", "/v1/exports/turns", format="ndjson", **query)

    assert len(answer.text.splitlines()) == count


async def test_keys_that_were_pressed_are_for_those_who_may_see_numbers(
    engine: AsyncEngine, desk: Desk
) -> None:
    async with engine.begin() as connection:
        pressed = turn(3, keys="4155550199")
        await store_turns(connection, VAULT, [News(pressed, NOW_MS)])

    in_full = await (await desk.client()).send("GET", "/v1/exports/turns", format="ndjson")
    plain = await desk.client(["calls:read"])
    hidden = await plain.send("GET", "/v1/exports/turns", format="ndjson")

    assert json.loads(in_full.text.splitlines()[0])["keys"] == "4155550199"
    assert "4155550199" not in hidden.text


async def test_results_of_every_type_come_with_what_is_nested_as_json(desk: Desk) -> None:
    answer = await (await desk.client()).send("GET", "/v1/exports/operator-results")

    rows = list(csv.DictReader(answer.text.removeprefix("\ufeff").splitlines()))
    by_type = {row["operator_type"]: row for row in rows}
    assert json.loads(by_type["json"]["result_json"]) == {"score": 7}
    assert json.loads(by_type["extract"]["extracted"]) == {"dates": ["Tuesday"]}
    assert by_type["conversation-classify"]["label"] == "positive"


async def test_results_are_exported_by_filters(desk: Desk) -> None:
    client = await desk.client()
    answer = await client.send(
        "GET", "/v1/exports/operator-results", format="ndjson", label="positive"
    )

    (row,) = [json.loads(line) for line in answer.text.splitlines()]
    assert row["operator_name"] == "Sentiment Analysis"


@pytest.mark.parametrize("name", ["calls", "turns", "operator-results"])
async def test_another_tenant_exports_nothing(desk: Desk, name: str) -> None:
    other = await desk.client(tenant="other")

    assert (await other.send("GET", f"/v1/exports/{name}", format="ndjson")).text == ""
