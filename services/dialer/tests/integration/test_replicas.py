"""Three replicas on real servers, killed at random: nobody is called twice, and nobody is lost."""

import asyncio
import random
import sys
from pathlib import Path

import pytest

from trunkline_cli.chaos.evidence import Limits
from trunkline_cli.chaos.gather import gather
from trunkline_cli.chaos.oracle import double_dials, judge, lost_contacts
from trunkline_cli.chaos.rig import Rig, RigOptions, open_rig
from trunkline_cli.chaos.seeding import Wanted
from trunkline_cli.chaos.settle import settled
from trunkline_cli.chaos.stage import LIMITS, Stage

PEOPLE = 300
KILLS = 12
BUSY = "75"  # nobody answers: their numbers are free at once
FINAL = {"retries": {"max_attempts": 5, "minutes_after": {}}}
PROVEN_SOON = 300.0  # two listings, and callbacks that were read until long after them


@pytest.mark.timeout(900)  # what was not sent is called again only once that is proven
async def test_killed_at_random_three_replicas_call_everybody_once(tmp_path: Path) -> None:
    options = RigOptions(
        tmp_path,
        command=[sys.executable, "-m", "dialer"],
        workers=0,
        cps=30.0,
        speed=50.0,
    )
    async with open_rig(options) as rig:
        chance = random.Random(7)
        stage = Stage(rig, 1, rig.identities.accounts[1:2], chance, limits=_limits())
        await stage.open()
        await stage.run(Wanted(numbers=stage.people(PEOPLE, [BUSY]), policy=FINAL))
        await _kill(rig, stage, chance)
        in_time = await settled(stage, within=PROVEN_SOON)
        evidence = await gather(stage)

    assert in_time
    assert (double_dials(evidence), lost_contacts(evidence)) == (0, 0)
    assert not [violation for verdict in judge(evidence) for violation in verdict.violations]


def _limits() -> Limits:
    """Pace is for a quiet machine: bench/dialer_pacing.py."""
    return Limits(
        cps=1000.0,
        in_flight=LIMITS.in_flight,
        gap_seconds=LIMITS.gap_seconds,
        per_contact=5,
        per_day=5,
    )


async def _kill(rig: Rig, stage: Stage, chance: random.Random) -> None:
    """Kill one replica after the other, in the midst of their work; each comes back."""
    await stage.posted(5)
    for _ in range(KILLS):
        rig.replicas.kill(chance.choice(rig.replicas.all))
        await asyncio.sleep(chance.uniform(0.3, 1.5))
