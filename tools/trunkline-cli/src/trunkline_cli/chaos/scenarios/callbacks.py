"""F40 to F50: what goes wrong with Twilio's callbacks."""

import asyncio

from trunkline_cli.chaos.scenarios.acting import Reach, Scenario, campaign, met_by
from trunkline_cli.chaos.stage import Stage
from twilio_emulator.rest import Fault


async def all_lost(stage: Stage) -> None:
    """Nobody tells anything for ten minutes: whoever wants to know has to ask."""
    stage.inject(Fault(kind="lost", for_seconds=stage.seconds(600, least=20)))
    await campaign(stage)


async def endpoint_down(stage: Stage) -> None:
    """The gateway dies and is away for ten seconds: Twilio gets no answer, and tries again."""
    (gateway,) = stage.rig.stack.gateways[:1]
    await campaign(stage, 40)
    await stage.posted(15)
    gateway.kill()
    await asyncio.sleep(10)
    await stage.rig.stack.start_again(gateway)


async def storm(stage: Stage) -> None:
    """Everything that was told is told again, a thousand times a second."""
    await campaign(stage)
    await stage.posted(20)
    stage.inject(Fault(kind="storm", for_seconds=5, amount=1000))


async def unknown(stage: Stage) -> None:
    """Twilio tells of calls that nobody has placed, for an attempt that nobody has made."""
    url = stage.rig.strange_url(stage.tenant, stage.account.sid)
    await met_by(Fault(kind="unknown_call", probability=0.5, url=url))(stage)


FORGED = (Fault(kind="forged", probability=0.5), Fault(kind="unsigned", probability=0.5))

CALLBACKS = (
    Scenario(
        row="F40",
        reach=Reach.CALLS,
        act=met_by(Fault(kind="callbacks_first", probability=0.5)),
        brief=True,
    ),
    Scenario(row="F41", reach=Reach.CALLS, act=met_by(Fault(kind="reversed"))),
    Scenario(row="F42", reach=Reach.CALLS, act=met_by(Fault(kind="repeated"))),
    Scenario(row="F43", reach=Reach.CALLS, act=all_lost),
    Scenario(
        row="F44", reach=Reach.CALLS, act=met_by(Fault(kind="completed_lost", probability=0.5))
    ),
    Scenario(row="F45", reach=Reach.CALLS, act=met_by(Fault(kind="amd_after_completed"))),
    Scenario(
        row="F46", reach=Reach.CALLS, act=met_by(Fault(kind="contradictory", probability=0.3))
    ),
    Scenario(row="F47", reach=Reach.CALLS, act=met_by(*FORGED), brief=True),
    Scenario(row="F48", reach=Reach.CALLS, act=unknown),
    Scenario(row="F49", reach=Reach.ALL, act=endpoint_down),
    Scenario(row="F50", reach=Reach.ALL, act=storm),
)
