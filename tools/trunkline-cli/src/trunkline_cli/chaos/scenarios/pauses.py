"""F19 to F21: the dialer's processes stand still, and go on as if nothing had been."""

import asyncio
import signal

from trunkline_cli.chaos.replicas import Replica
from trunkline_cli.chaos.scenarios.acting import Act, Reach, Scenario, campaign
from trunkline_cli.chaos.stage import Stage


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


async def all_frozen(stage: Stage) -> None:
    """All of them stand still for longer than any lease, with requests in the middle."""
    await campaign(stage, 60)
    await stage.posted(15)
    async with asyncio.TaskGroup() as tasks:
        for replica in stage.rig.replicas.all:
            tasks.create_task(frozen(replica, 75), name=f"frozen {replica.name}")


PAUSES = (
    Scenario(row="F19", reach=Reach.DIALERS, act=freezing(900, least=75)),
    Scenario(row="F20", reach=Reach.DIALERS, act=freezing(10, times=2, least=5)),
    Scenario(row="F21", reach=Reach.DIALERS, act=all_frozen),
)
