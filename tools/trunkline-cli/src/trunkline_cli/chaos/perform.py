"""Plays scenarios: most of them one after another on one rig, some on a rig of their own."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import asyncpg
import httpx

from trunkline.errors import Transient
from trunkline_cli.chaos.disks import small_disk
from trunkline_cli.chaos.gather import DOUBLE_DIALS, gather
from trunkline_cli.chaos.replicas import python_module
from trunkline_cli.chaos.result import Played, played
from trunkline_cli.chaos.rig import Rig, RigOptions, open_rig
from trunkline_cli.chaos.scenarios.acting import Reach, Scenario
from trunkline_cli.chaos.settle import Settling
from trunkline_cli.chaos.stage import Stage
from trunkline_cli.chaos.tables import Progress
from trunkline_cli.stack.errors import StackError

BROKEN_OFF = (TimeoutError, OSError, StackError, Transient, httpx.HTTPError, asyncpg.PostgresError)
"""How a scenario may end that does not come about: told as a finding, and the next one plays."""

QUIET_SECONDS = 120.0
AT_ONCE = 3  # scenarios that play beside those that break dialers


class Audience(Protocol):
    """Who is told how it goes."""

    def begun(self, row: str) -> None:
        """A scenario breaks things from now on."""

    def acted(self, row: str) -> None:
        """It has broken everything it wanted to."""

    def progressed(self, row: str, progress: Progress) -> None:
        """So far are its campaigns."""

    def judged(self, result: Played) -> None:
        """The oracle has spoken."""


@dataclass(frozen=True, slots=True)
class Program:
    """What is to be played, and how."""

    scenarios: Sequence[Scenario]
    state_dir: Path
    seed: int = 0
    scale: float = 1.0
    patience_seconds: float = 1800.0
    """How long nobody may have heard of a contact, after everything works again."""
    dialers: int = 3
    workers: int = 1
    speed: float = 50.0
    command: Sequence[str] | None = None
    """What a dialer runs as; none: the dialer."""


async def perform(program: Program, audience: Audience) -> list[Played]:
    """Play everything; returns what became of it, in the order of the program.

    Two rigs are at work at a time: the one that most scenarios share, and the one of a scenario
    that needs its own.
    """
    shared = [scenario for scenario in program.scenarios if scenario.reach is not Reach.RIG]
    own = [[scenario] for scenario in program.scenarios if scenario.reach is Reach.RIG]
    lanes = [[shared] if shared else [], own]
    results: list[Played] = []
    opening, failure = asyncio.Lock(), ""
    try:
        async with asyncio.TaskGroup() as tasks:
            for number, lane in enumerate(lanes):
                work = _lane(lane, program, audience, number, opening, results)
                tasks.create_task(work, name=f"lane {number}")
    except* StackError as group:
        failure = str(group.exceptions[0])
    if failure:
        raise StackError(failure)  # out here, where no group wraps it
    order = [scenario.row for scenario in program.scenarios]
    return sorted(results, key=lambda result: order.index(result.row))


async def _lane(
    lane: Sequence[Sequence[Scenario]],
    program: Program,
    audience: Audience,
    number: int,
    opening: asyncio.Lock,
    results: list[Played],
) -> None:
    """One rig after another. Only one lane opens one at a time: Alembic, which makes the tables,
    has globals."""
    for turn, scenarios in enumerate(lane):
        folder = program.state_dir / f"rig-{number}-{turn}"
        async with AsyncExitStack() as exits:
            async with opening:
                rig = await exits.enter_async_context(_rig(program, scenarios, folder))
            results += await Performance(rig, scenarios, program, audience).results()


@asynccontextmanager
async def _rig(program: Program, scenarios: Sequence[Scenario], folder: Path) -> AsyncIterator[Rig]:
    options = RigOptions(
        folder,
        seed=program.seed,
        dialers=program.dialers,
        workers=program.workers,
        speed=program.speed,
        subaccounts=sum(scenario.accounts for scenario in scenarios),
        command=program.command or python_module("dialer"),
    )
    with small_disk(folder / "postgres", wanted=any(each.row == "F58" for each in scenarios)):
        async with open_rig(options) as rig:
            yield rig


class Performance:
    """What is played on one rig. Each scenario settles while the next ones play."""

    def __init__(
        self, rig: Rig, scenarios: Sequence[Scenario], program: Program, audience: Audience
    ) -> None:
        self._rig = rig
        self._scenarios = scenarios
        self._audience = audience
        self._patience = program.patience_seconds
        self._stages = {
            scenario.row: _stage(rig, number, scenarios, program)
            for number, scenario in enumerate(scenarios, start=1)
        }
        self._rows = {stage.number: row for row, stage in self._stages.items()}
        self._began: dict[str, float] = {}
        self._ended: dict[int, float] = {}
        self._settling = Settling(rig, self._watch)

    async def results(self) -> list[Played]:
        """Play all, wait until they are settled, and judge."""
        async with asyncio.TaskGroup() as tasks:
            settling = tasks.create_task(self._settling.run(), name="settle")
            async with asyncio.TaskGroup() as lanes:
                lanes.create_task(self._play(self._reaching(Reach.DIALERS)), name="dialers")
                for number in range(AT_ONCE):
                    some = self._reaching(Reach.CALLS)[number::AT_ONCE]
                    lanes.create_task(self._play(some), name=f"calls {number}")
            await self._play(self._reaching(Reach.ALL, Reach.RIG))
            await self._settling.over(self._patience)
            settling.cancel()
        await self._rig.quiet(QUIET_SECONDS)
        results = [await self._judge(row, stage) for row, stage in self._stages.items()]
        results = _with_alarms(results, await self._rig.replicas.total(DOUBLE_DIALS))
        for result in results:
            self._audience.judged(result)
        return results

    def _reaching(self, *reaches: Reach) -> Sequence[Scenario]:
        return [scenario for scenario in self._scenarios if scenario.reach in reaches]

    async def _play(self, scenarios: Sequence[Scenario]) -> None:
        """One after another."""
        for scenario in scenarios:
            await self._act(scenario)

    async def _act(self, scenario: Scenario) -> None:
        row, stage = scenario.row, self._stages[scenario.row]
        self._began[row] = time.monotonic()
        self._audience.begun(row)
        with _told_to(stage):
            await stage.open()
            await scenario.act(stage)
        if scenario.reach is not Reach.CALLS:
            with _told_to(stage):
                await self._rig.mend()
        self._settling.add(stage)
        self._audience.acted(row)

    def _watch(self, stage: Stage, progress: Progress) -> None:
        self._ended[stage.number] = time.monotonic()
        self._audience.progressed(self._rows[stage.number], progress)

    async def _judge(self, row: str, stage: Stage) -> Played:
        evidence = await gather(stage)
        seconds = self._ended.get(stage.number, self._began[row]) - self._began[row]
        return played(row, evidence, stage.found, stage.notes, seconds, shortened=stage.shortened)


@contextmanager
def _told_to(stage: Stage) -> Iterator[None]:
    """What does not come about is a finding."""
    try:
        yield
    except BROKEN_OFF as error:
        stage.found.append(f"the scenario broke off: {type(error).__name__}")


def _stage(rig: Rig, number: int, scenarios: Sequence[Scenario], program: Program) -> Stage:
    """The number-th scenario's; accounts are dealt in order, the first one is nobody's."""
    first = 1 + sum(scenario.accounts for scenario in scenarios[: number - 1])
    accounts = rig.identities.accounts[first : first + scenarios[number - 1].accounts]
    chance = random.Random(f"{program.seed} {scenarios[number - 1].row}")
    return Stage(rig, number, accounts, chance, program.scale)


def _with_alarms(results: list[Played], alarms: int) -> list[Played]:
    """The dialer's own count of double dials is nobody's in particular: it is held against all."""
    if not alarms:
        return results
    text = f"the dialers' own alarm has rung {alarms} times on this rig"
    return [replace(result, found=(*result.found, text)) for result in results]
