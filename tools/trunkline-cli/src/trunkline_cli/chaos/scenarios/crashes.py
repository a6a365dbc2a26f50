"""F1 to F12 and F15 to F18: the dialer's processes die."""

import asyncio
import signal
from contextlib import suppress

from trunkline_cli.chaos.scenarios.acting import Act, Reach, Scenario, campaign, stay_paused
from trunkline_cli.chaos.stage import Stage
from trunkline_cli.chaos.until import until
from twilio_emulator.rest import Fault

DEATHS = 5  # so many at one point, and the scenario goes on
DYING_SECONDS = 25.0


def dying_at(point: str, chance: float = 0.1, *faults: Fault, people: int = 40) -> Act:
    """All replicas die at a named point, by chance, and are started again.

    Whoever has not died by the end may still do so, and comes back as one that does not.
    """

    async def act(stage: Stage) -> None:
        replicas, before = stage.rig.replicas, stage.rig.replicas.deaths
        await replicas.again(DIALER_CRASH_AT=f"{point}:{chance}")
        injected = stage.inject(*faults)
        await campaign(stage, people)
        with suppress(TimeoutError):  # who dies rarely, or holds everybody's leases, is left to it
            await _until_dead(stage, before + DEATHS, DYING_SECONDS)
        stage.mend(injected)
        _note_deaths(stage, replicas.deaths - before, f"at {point}")

    return act


async def _until_dead(stage: Stage, deaths: int, within: float) -> None:
    """Wait for so many deaths; where nobody is called any more, nobody dies."""

    async def are_dead() -> bool:
        return stage.rig.replicas.deaths >= deaths or await stage.is_over()

    await until(are_dead, within=within)


async def dying_while_pausing(stage: Stage) -> None:
    """Whoever carries out a pause dies of it, until somebody does not; three times."""
    replicas, before = stage.rig.replicas, stage.rig.replicas.deaths
    await replicas.again(DIALER_CRASH_AT="while_pausing:0.7")
    seeded = await campaign(stage, 60)
    async with stage.rig.database() as connection:
        for posts in (10, 20, 30):
            await stage.posted(posts)
            await stay_paused(stage, connection, seeded.id)
    _note_deaths(stage, replicas.deaths - before, "while pausing")


def _note_deaths(stage: Stage, deaths: int, where: str) -> None:
    stage.notes.append(f"{deaths} deaths {where}")
    if not deaths:
        stage.found.append(f"nobody has died {where}: nothing was put to the test")


async def rolling_restart(stage: Stage) -> None:
    """One replica after another is restarted in order, every five seconds, for ten minutes."""
    rounds = round(stage.seconds(600, least=30) / 5)
    await campaign(stage, 40 + 10 * rounds)
    for turn in range(rounds):
        replica = stage.rig.replicas.all[turn % len(stage.rig.replicas.all)]
        replica.send(signal.SIGTERM)
        await asyncio.sleep(5)


async def drain(stage: Stage) -> None:
    """All of them are asked to end while they place calls; new ones go on."""
    await campaign(stage, 60)
    await stage.posted(15)
    await stage.rig.replicas.again()


async def killed_under_load(stage: Stage) -> None:
    """The kernel kills whichever it likes, every second or two."""
    await campaign(stage, 100)
    for _ in range(8):
        await asyncio.sleep(stage.random.uniform(0.5, 2.0))
        replica = stage.random.choice(stage.rig.replicas.all)
        stage.rig.replicas.kill(replica)


UNCLEAR = Fault(kind="error_placed", probability=0.5)
HIDDEN = Fault(kind="lost", for_seconds=20)

CRASHES = (
    Scenario(row="F1", reach=Reach.DIALERS, act=dying_at("before_reserved", 0.3)),
    Scenario(row="F2", reach=Reach.DIALERS, act=dying_at("after_reserved", 0.2)),
    Scenario(row="F3", reach=Reach.DIALERS, act=dying_at("after_slot", 0.1)),
    Scenario(row="F4", reach=Reach.DIALERS, act=dying_at("after_write_ahead", 0.1)),
    Scenario(row="F5", reach=Reach.DIALERS, act=dying_at("after_sent", 0.1)),
    Scenario(row="F6", reach=Reach.DIALERS, act=dying_at("after_response", 0.1)),
    Scenario(row="F7", reach=Reach.DIALERS, act=dying_at("after_recorded", 0.1)),
    Scenario(row="F8", reach=Reach.DIALERS, act=dying_at("after_inbox", 0.05)),
    Scenario(row="F9", reach=Reach.DIALERS, act=dying_at("after_reduced", 0.05)),
    Scenario(row="F10", reach=Reach.DIALERS, act=dying_at("while_settling", 0.1)),
    Scenario(
        row="F11",
        reach=Reach.DIALERS,
        act=dying_at("after_listing", 0.3, UNCLEAR, HIDDEN, people=20),
    ),
    Scenario(row="F12", reach=Reach.DIALERS, act=dying_while_pausing),
    Scenario(row="F15", reach=Reach.DIALERS, act=dying_at("after_relayed", 0.1)),
    Scenario(row="F16", reach=Reach.DIALERS, act=rolling_restart),
    Scenario(row="F17", reach=Reach.DIALERS, act=drain, brief=True),
    Scenario(row="F18", reach=Reach.DIALERS, act=killed_under_load),
)
