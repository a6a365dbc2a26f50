"""F24 to F39: what goes wrong at Twilio."""

import asyncio

from trunkline_cli.chaos import meddling
from trunkline_cli.chaos.scenarios.acting import Reach, Scenario, campaign, met_by
from trunkline_cli.chaos.stage import Stage
from twilio_emulator.rest import Fault

LOST = Fault(kind="lost", for_seconds=20)  # so that only a listing can tell of the call
PLACED = Fault(kind="error_placed", probability=0.3)


async def suspended(stage: Stage) -> None:
    """The account is suspended in the middle of a campaign; later a person sees to it."""
    await campaign(stage, 40)
    await stage.posted(10)
    stage.account.status = "suspended"
    await asyncio.sleep(10)
    stage.account.status = "active"
    async with stage.rig.database() as connection:
        await meddling.close_breaker(connection, stage.account.sid)


async def list_down(stage: Stage) -> None:
    """Nothing can be looked up for half an hour, and nobody tells of the calls either."""
    down = Fault(kind="list_down", for_seconds=stage.seconds(1800, least=60))
    stage.inject(down)
    await met_by(PLACED, LOST)(stage)


async def long_queue(stage: Stage) -> None:
    """Twilio takes calls and dials none for ten minutes: what waits is to be cancelled."""
    stage.inject(Fault(kind="long_queue", count=1, amount=stage.seconds(600, least=120)))
    await campaign(stage, 20)
    await stage.posted(10)


async def half_rate(stage: Stage) -> None:
    """The account may place half as many calls as before, and nobody says so."""
    injected = stage.inject(Fault(kind="cps_factor", amount=0.5))
    await campaign(stage, 120)
    await stage.all_tried()
    stage.mend(injected)


PROVIDER = (
    Scenario(row="F24", reach=Reach.CALLS, act=met_by(PLACED, people=40), brief=True),
    Scenario(
        row="F25", reach=Reach.CALLS, act=met_by(Fault(kind="error_not_placed", probability=0.2))
    ),
    Scenario(row="F26", reach=Reach.CALLS, act=met_by(Fault(kind="timeout_placed", count=3))),
    Scenario(
        row="F27",
        reach=Reach.CALLS,
        act=met_by(
            Fault(kind="reset_placed", probability=0.2),
            Fault(kind="reset_not_placed", probability=0.1),
        ),
    ),
    Scenario(
        row="F28",
        reach=Reach.ALL,
        act=met_by(Fault(kind="refuse", for_seconds=5), Fault(kind="close_at_once", count=5)),
    ),
    Scenario(
        row="F29",
        reach=Reach.CALLS,
        act=met_by(
            Fault(kind="truncated", probability=0.2), Fault(kind="cut_off", probability=0.2)
        ),
    ),
    Scenario(
        row="F30",
        reach=Reach.ALL,
        act=met_by(Fault(kind="too_many_requests", probability=0.7, for_seconds=10), people=40),
    ),
    Scenario(
        row="F31",
        reach=Reach.CALLS,
        act=met_by(Fault(kind="queue_full", probability=0.5, for_seconds=10)),
    ),
    Scenario(row="F32", reach=Reach.CALLS, act=suspended),
    Scenario(
        row="F33",
        reach=Reach.ALL,
        act=met_by(Fault(kind="list_lags", for_seconds=180), PLACED, LOST, lasting=True),
    ),
    Scenario(row="F34", reach=Reach.ALL, act=list_down),
    Scenario(
        row="F35",
        reach=Reach.CALLS,
        act=met_by(Fault(kind="foreign_calls", for_seconds=120), PLACED, LOST, lasting=True),
    ),
    Scenario(row="F36", reach=Reach.CALLS, act=long_queue),
    Scenario(row="F37", reach=Reach.ALL, act=half_rate),
    Scenario(
        row="F38", reach=Reach.CALLS, act=met_by(Fault(kind="duplicate_sid", probability=0.2))
    ),
    Scenario(
        row="F39", reach=Reach.ALL, act=met_by(Fault(kind="slow", probability=0.5, for_seconds=20))
    ),
)
