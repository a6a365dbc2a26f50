"""F19 to F21: the dialer's processes stand still, and go on as if nothing had been."""

import asyncio
import signal
from collections.abc import Sequence
from itertools import islice

from trunkline_cli.chaos.replicas import Replica
from trunkline_cli.chaos.scenarios.acting import Act, Reach, Scenario, campaign
from trunkline_cli.chaos.stage import MIXED, Stage
from trunkline_cli.chaos.until import until

FROZEN_WITHIN = 60.0
AT_A_REQUEST = ("after_write_ahead", "after_sent")


async def frozen(replica: Replica, seconds: float) -> None:
    """Stop a process for a while, wherever it is."""
    replica.send(signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        replica.send(signal.SIGCONT)


def freezing(seconds: float, times: int = 1, *, least: float = 0.0) -> Act:
    """Replicas stand still at moments that chance chooses, while calls are placed."""

    async def act(stage: Stage) -> None:
        await campaign(stage, 30 + 20 * times)
        for _ in range(times):
            await asyncio.sleep(stage.random.uniform(0.2, 1.5))
            replica = stage.random.choice(stage.rig.replicas.all)
            await frozen(replica, stage.seconds(seconds, least=least))

    return act


async def frozen_at_a_request(stage: Stage) -> None:
    """Replicas stand still with a request that is about to be sent, or was: for a moment, for
    longer than a lease, and for longer than an attempt is looked for."""
    times = (5.0, 60.0, stage.seconds(900, least=75))
    people = iter(stage.people(20 * len(AT_A_REQUEST) * len(times), MIXED))
    for point in AT_A_REQUEST:
        for seconds in times:
            await _freeze(stage, point, seconds, list(islice(people, 20)))


async def _freeze(stage: Stage, point: str, seconds: float, people: Sequence[str]) -> None:
    """Whoever is frozen goes on with its request when it is asked to end."""
    replicas = stage.rig.replicas
    await replicas.again(DIALER_CRASH_AT=f"{point}:0.2:freeze")
    await campaign(stage, numbers=people, name=f"{point} {seconds:g}")
    await until(lambda: _any_frozen(replicas.all), within=FROZEN_WITHIN)
    await asyncio.sleep(seconds)
    count = sum(replica.frozen for replica in replicas.all)
    stage.notes.append(f"{count} frozen {point} for {seconds:g} s")
    await replicas.again()
    await stage.all_tried()


async def _any_frozen(replicas: Sequence[Replica]) -> bool:
    return any(replica.frozen for replica in replicas)


async def all_frozen(stage: Stage) -> None:
    """All of them stand still for longer than any lease, with requests in the middle."""
    await campaign(stage, 60)
    await stage.posted(15)
    async with asyncio.TaskGroup() as tasks:
        for replica in stage.rig.replicas.all:
            tasks.create_task(frozen(replica, 75), name=f"frozen {replica.name}")


PAUSES = (
    Scenario(row="F19", reach=Reach.DIALERS, act=frozen_at_a_request),
    Scenario(row="F20", reach=Reach.DIALERS, act=freezing(10, times=2, least=5)),
    Scenario(row="F21", reach=Reach.DIALERS, act=all_frozen),
)
