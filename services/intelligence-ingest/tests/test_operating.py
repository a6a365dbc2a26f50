"""Own operators on stored calls: when they are over, once, and over history."""

import random

import pytest
from counting import counts, rows
from events import CALL, NOW_MS, VAULT, ended, resumed, started, turn
from sqlalchemy.ext.asyncio import AsyncEngine
from stored_parts import OWN, be_quiet

from intelligence_ingest.metrics import IngestMetrics
from intelligence_ingest.news import News
from intelligence_ingest.operating import Operating
from intelligence_ingest.rerun import Done, rerun, wanted
from intelligence_ingest.store.calls import store_lifecycle
from intelligence_ingest.store.turns import store_turns
from trunkline.errors import Invalid
from trunkline.metrics import Registry


@pytest.fixture
def operating(engine: AsyncEngine) -> Operating:
    return Operating(engine, OWN, IngestMetrics(Registry()))


async def tell(engine: AsyncEngine, *events: object, call_sid: str = CALL) -> None:
    async with engine.begin() as connection:
        await store_lifecycle(
            connection,
            VAULT,
            [News(event, NOW_MS) for event in events],  # type: ignore[arg-type]
        )
        await store_turns(connection, VAULT, [News(turn(call_sid=call_sid), NOW_MS)])


async def results(engine: AsyncEngine) -> dict[str, dict[str, object]]:
    found = await rows(engine, "SELECT * FROM intelligence.operator_result WHERE source = 'own'")
    return {row["operator_name"]: row for row in found}


async def test_a_call_that_is_over_and_quiet_is_operated_on(
    engine: AsyncEngine, operating: Operating
) -> None:
    await tell(engine, started(), ended())
    assert await operating.once() == 0
    await be_quiet(engine)

    assert await operating.once() == 1

    found = await results(engine)
    assert set(found) == {each.name for each in OWN}
    assert found["service-classifier"]["label"] == "appointments"
    assert (found["interruption-count"]["measure"], found["opt-out-asked"]["matched"]) == (
        1.0,
        False,
    )
    assert found["longest-silence"]["measure"] == 0.3


async def test_a_call_that_goes_on_waits_for_its_end(
    engine: AsyncEngine, operating: Operating
) -> None:
    await tell(engine, started(), ended(reason="transferred"), resumed())
    await be_quiet(engine)
    await operating.once()
    assert await results(engine) == {}

    await tell(engine, ended(epoch=9))
    await be_quiet(engine)
    await operating.once()

    assert await results(engine) != {}


async def test_running_them_again_changes_nothing(
    engine: AsyncEngine, operating: Operating
) -> None:
    await tell(engine, started(), ended())
    for _ in range(3):
        await tell(engine, ended())
        await be_quiet(engine)
        await operating.once()

    assert (await counts(engine))["operator_result"] == len(OWN)


async def test_a_rerun_reaches_every_call_since_then_and_says_so(
    engine: AsyncEngine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intelligence_ingest.rerun.PAGE", 3)
    sids = [f"CA{n:032x}" for n in range(10)]
    random.Random(1).shuffle(sids)
    for call_sid in sids:
        await tell(engine, started(call_sid=call_sid), ended(call_sid=call_sid), call_sid=call_sid)

    what = wanted(["--operator", "talk-ratio", "--since", "2026-01-01"], OWN)
    assert await rerun(engine, what) == Done(10)

    assert (await counts(engine))["operator_result"] == 10
    assert "10 calls done" in capsys.readouterr().err


async def test_a_rerun_goes_on_where_it_was_left(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intelligence_ingest.rerun.PAGE", 2)
    for n in range(4):
        sid = f"CA{n:032x}"
        await tell(engine, started(call_sid=sid), ended(call_sid=sid), call_sid=sid)
    what = wanted(["--since", "2026-01-01"], OWN)
    monkeypatch.setattr("intelligence_ingest.rerun.FINISH", "SELECT 1")  # and then it dies
    await rerun(engine, what)
    monkeypatch.undo()

    assert await rerun(engine, what) == Done(4)
    (run,) = await rows(engine, "TABLE intelligence.operator_run")
    assert (run["done"], run["total"]) == (4, 4)
    assert run["finished_at"] is not None


def test_an_operator_that_nobody_declared_cannot_be_rerun() -> None:
    with pytest.raises(Invalid, match="mind-reader"):
        wanted(["--operator", "mind-reader", "--since", "2026-01-01"], OWN)
