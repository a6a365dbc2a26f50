"""Plays scenarios: most of them one after another on one rig, some on a rig of their own."""

import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
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
from trunkline_cli.chaos.scenarios.acting import Scenario
from trunkline_cli.chaos.settle import settled
from trunkline_cli.chaos.stage import Stage
from trunkline_cli.chaos.tables import Progress
from trunkline_cli.stack.errors import StackError

BROKEN_OFF = (TimeoutError, OSError, StackError, Transient, httpx.HTTPError, asyncpg.PostgresError)
"""How a scenario may end that does not come about: told as a finding, and the next one plays."""

QUIET_SECONDS = 120.0


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
    """Play everything; returns what became of it, in the order of the program."""
    together = [scenario for scenario in program.scenarios if not scenario.alone]
    alone = [[scenario] for scenario in program.scenarios if scenario.alone]
    results: list[Played] = []
    for number, scenarios in enumerate([together, *alone] if together else alone):
        folder = program.state_dir / f"rig-{number}"
        async with _rig(program, scenarios, folder) as rig:
            results += await _play_on(rig, scenarios, program, audience)
    return results


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


async def _play_on(
    rig: Rig, scenarios: Sequence[Scenario], program: Program, audience: Audience
) -> list[Played]:
    stages: dict[str, Stage] = {}
    began = {}
    for number, scenario in enumerate(scenarios, start=1):
        began[scenario.row] = time.monotonic()
        stages[scenario.row] = _stage(rig, number, scenarios, program)
        audience.begun(scenario.row)
        await _act(scenario, stages[scenario.row])
        await rig.mend()
        audience.acted(scenario.row)
    rows = {id(stage): row for row, stage in stages.items()}

    def watch(stage: Stage, progress: Progress) -> None:
        audience.progressed(rows[id(stage)], progress)

    await settled(list(stages.values()), within=program.patience_seconds, watch=watch)
    await rig.quiet(QUIET_SECONDS)
    results = [
        await _judge(row, stage, time.monotonic() - began[row]) for row, stage in stages.items()
    ]
    results = _with_alarms(results, await rig.replicas.total(DOUBLE_DIALS))
    for result in results:
        audience.judged(result)
    return results


def _stage(rig: Rig, number: int, scenarios: Sequence[Scenario], program: Program) -> Stage:
    """The number-th scenario's; accounts are dealt in order, the first one is nobody's."""
    first = 1 + sum(scenario.accounts for scenario in scenarios[: number - 1])
    accounts = rig.identities.accounts[first : first + scenarios[number - 1].accounts]
    chance = random.Random(f"{program.seed} {scenarios[number - 1].row}")
    return Stage(rig, number, accounts, chance, program.scale)


async def _act(scenario: Scenario, stage: Stage) -> None:
    try:
        await stage.open()
        await scenario.act(stage)
    except BROKEN_OFF as error:
        stage.found.append(f"the scenario broke off: {type(error).__name__}")


async def _judge(row: str, stage: Stage, seconds: float) -> Played:
    evidence = await gather(stage)
    return played(row, evidence, stage.found, stage.notes, seconds)


def _with_alarms(results: list[Played], alarms: int) -> list[Played]:
    """The dialer's own count of double dials is nobody's in particular: it is held against all."""
    if not alarms:
        return results
    text = f"the dialers' own alarm has rung {alarms} times on this rig"
    return [replace(result, found=(*result.found, text)) for result in results]
