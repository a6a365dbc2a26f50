"""What a scenario is, and what most of them do: a campaign runs while something goes wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import asyncpg

from trunkline_cli.chaos import meddling
from trunkline_cli.chaos.seeding import Seeded, Wanted
from trunkline_cli.chaos.stage import MIXED, Stage
from twilio_emulator.rest import Account, Fault

Act = Callable[[Stage], Awaitable[None]]

POLICY: Mapping[str, Any] = {
    "retries": {
        "max_attempts": 2,
        "minutes_after": {"busy": [15], "failed_network": [15], "indeterminate": [15]},
    },
    "opt_out_key": "9",
    "talk_seconds": 90,  # a call whose end nobody tells is looked for 120 s after that
}
"""Whoever is busy is called a second time, so that every run has retries in it."""


class Reach(StrEnum):
    """How much of a rig a scenario breaks, and so who may play beside it."""

    CALLS = "calls"
    """Its own calls. It plays beside those that break dialers."""
    DIALERS = "dialers"
    """All dialers: one such scenario after another."""
    ALL = "all"
    """What everybody needs to go on, or to be measured: nobody else plays meanwhile."""
    RIG = "rig"
    """What nobody else could be judged after: it has a rig of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One row of the fault list, played on real processes.

    Several play on one rig: each has a tenant and an account of its own.
    """

    row: str
    act: Act
    reach: Reach
    brief: bool = False
    """Whether it ends within seconds, without anything that only time can prove."""
    accounts: int = 1


async def campaign(
    stage: Stage, people: int = 30, account: Account | None = None, **wanted: Any
) -> Seeded:
    """A campaign to people of all kinds."""
    numbers = stage.people(people, MIXED)
    return await stage.run(Wanted(**{"numbers": numbers, "policy": POLICY, **wanted}), account)


async def stay_paused(stage: Stage, connection: asyncpg.Connection, campaign_id: str) -> None:
    """Pause a campaign; nobody of it may be called until it goes on, a moment later."""
    await meddling.begin_pause(connection, campaign_id)
    await meddling.until_paused(connection, campaign_id, 90)
    stage.ban("it was paused", campaign_id=campaign_id)
    await asyncio.sleep(5)
    stage.lift()
    await meddling.resume(connection, campaign_id)


def met_by(*faults: Fault, people: int = 30, lasting: bool = False, **wanted: Any) -> Act:
    """A campaign runs while Twilio does this; `lasting` faults end by themselves, later."""

    async def act(stage: Stage) -> None:
        injected = stage.inject(*faults)
        await campaign(stage, people, **wanted)
        await stage.all_tried()
        if not lasting:
            stage.mend(injected)

    return act
