"""F64 to F78 and what the fault list lacks: rules that have to hold while things happen at once."""

import asyncio
import time
from collections import Counter

from trunkline_cli.chaos import meddling
from trunkline_cli.chaos.scenarios.acting import POLICY, Reach, Scenario, campaign, stay_paused
from trunkline_cli.chaos.stage import Stage
from twilio_emulator.rest import Fault

DECIDED = 2.5  # a request that was decided on before may be written for so long
STOPPED = 2.0  # what the API promises
BUS_IS_GONE = 12.0  # ten seconds behind is allowed, and noticed within two
WEIGHTS = (1.0, 2.0, 4.0)
BUSY = "75"  # nobody answers, so nobody can be let down, which would let the account pause
SHARE_ERROR = 0.05


async def window_closes(stage: Stage) -> None:
    """The campaign is over while 300 wait, and Twilio dials none of those it has taken."""
    stage.inject(Fault(kind="long_queue", count=1, amount=90))
    await campaign(stage, 300, ends_in_seconds=10.0)
    stage.ban("the campaign was over", grace=10.0 + DECIDED)
    await asyncio.sleep(30)
    waiting = stage.rig.ledger.queued([stage.account.sid])
    if waiting:
        stage.found.append(f"{waiting} calls still wait at Twilio 20 s after the end")


async def suppressed_meanwhile(stage: Stage) -> None:
    """People are taken off the list between reservation and request."""
    people = stage.people(80)
    await campaign(stage, numbers=people)
    await stage.posted(5)
    async with stage.rig.database() as connection:
        for number in stage.random.sample(people, 30):
            await meddling.suppress(connection, stage.rig.identities.vault, stage.tenant, number)
            stage.ban("the number was suppressed", to=number, grace=DECIDED)


async def opted_out(stage: Stage) -> None:
    """People press the key or say the words, while another campaign is to call them next."""
    people = stage.people(20, ("87", "85"))
    await campaign(stage, numbers=people)
    await stage.all_tried()
    await campaign(stage, numbers=people)


async def same_number(stage: Stage) -> None:
    """Two campaigns want the same people, at the same moment."""
    people = stage.people(40)
    async with asyncio.TaskGroup() as tasks:
        for name in ("one", "other"):
            tasks.create_task(campaign(stage, numbers=people, name=name), name=name)


async def same_person(stage: Stage) -> None:
    """Two subaccounts of a tenant want the same people, at the same moment."""
    people = stage.people(40)
    async with asyncio.TaskGroup() as tasks:
        for account in stage.accounts:
            work = campaign(stage, numbers=people, account=account)
            tasks.create_task(work, name=account.sid)


async def paused_twice(stage: Stage) -> None:
    """Paused, resumed and paused again within a tenth of a second."""
    seeded = await campaign(stage, 80)
    await stage.posted(10)
    async with stage.rig.database() as connection:
        await meddling.begin_pause(connection, seeded.id)
        await meddling.resume(connection, seeded.id)
        await stay_paused(stage, connection, seeded.id)


async def stopped(stage: Stage) -> None:
    """An emergency stop, while many wait and all replicas are at work."""
    await campaign(stage, 100)
    await stage.posted(20)
    async with stage.rig.database() as connection:
        await meddling.stop(connection, stage.tenant, stage.account.sid)
        stage.ban("the account was stopped", grace=STOPPED)
        await asyncio.sleep(8)
        stage.lift()
        await meddling.lift_stops(connection, stage.tenant)


async def too_expensive(stage: Stage) -> None:
    """The money is spent in the middle of a burst; later there is more."""
    policy = {**POLICY, "call_cost_micros": 1_000}
    seeded = await campaign(stage, numbers=stage.people(40), policy=policy, cost_cap_micros=20_000)
    await stage.posted(15)
    await asyncio.sleep(8)
    if stage.posts > 20:
        stage.found.append(f"{stage.posts} calls were placed, the money was for 20")
    async with stage.rig.database() as connection:
        await meddling.raise_cap(connection, seeded.id, 40_000)


async def bus_down(stage: Stage) -> None:
    """The bus is away while people wait to be called: nobody is rung up meanwhile."""
    await campaign(stage, 80)
    await stage.posted(20)
    await stage.rig.kafka.stop()
    stage.ban("the bus was away", grace=BUS_IS_GONE)
    await stage.wait(3600, least=BUS_IS_GONE + 5)
    stage.lift()
    await stage.rig.kafka.start()


async def dialers_down(stage: Stage) -> None:
    """Nobody reads the callbacks for a day; they are not lost."""
    await campaign(stage, 60)
    await stage.posted(30)
    stage.rig.replicas.kill_all()
    await stage.wait(3600, least=20)
    await stage.rig.replicas.start()


async def unread_answers(stage: Stage) -> None:
    """Twilio answers 500 to calls it has placed, and nobody reads for ten minutes who is called."""
    injected = stage.inject(Fault(kind="error_placed", probability=0.8))
    await campaign(stage, 60)
    await stage.posted(30)
    stage.rig.replicas.kill_all()
    stage.mend(injected)
    await stage.wait(600, least=30)
    await stage.rig.replicas.start()


async def weighted(stage: Stage) -> None:
    """Campaigns of unequal weight share the account's rate by their weights."""
    seeded = {}
    for number, weight in enumerate(WEIGHTS):
        people = stage.people(900, [BUSY])[300 * number : 300 * (number + 1)]
        each = await campaign(stage, numbers=people, weight=weight)
        seeded[each.id] = weight
    since = stage.posts
    await stage.posted(since + 140, within=400)
    await _compare_shares(stage, seeded)
    async with stage.rig.database() as connection:
        for campaign_id in seeded:
            await meddling.end_now(connection, campaign_id)


async def _compare_shares(stage: Stage, weights: dict[str, float]) -> None:
    attempts = await stage.attempts()
    campaign_of = {attempt.id: attempt.campaign_id for attempt in attempts}
    posts = stage.rig.ledger.posts([stage.account.sid])
    counts = Counter(campaign_of.get(post.attempt_id, "") for post in posts)
    for campaign_id, weight in weights.items():
        share, due = counts[campaign_id] / len(posts), weight / sum(weights.values())
        stage.notes.append(f"weight {weight:g}: {share:.1%} of the calls, {due:.1%} are due")
        if abs(share - due) > SHARE_ERROR:
            stage.found.append(f"weight {weight:g} got {share:.1%} of the calls, not {due:.1%}")


async def soaked(stage: Stage) -> None:
    """A steady campaign for twenty minutes: nothing may grow."""
    seconds = stage.seconds(1200, least=60)
    rate = 2.0
    await campaign(stage, round(rate * seconds), cps=rate)
    await asyncio.sleep(seconds / 4)
    before, began = stage.rig.replicas.megabytes(), time.monotonic()
    await asyncio.sleep(seconds / 2)
    after = stage.rig.replicas.megabytes()
    dead = await stage.dead_tuples()
    minutes = (time.monotonic() - began) / 60
    stage.notes.append(
        f"{before:.0f} MiB, {minutes:.0f} minutes later {after:.0f} MiB; {dead} dead tuples"
    )
    if after > before * 1.2:
        stage.found.append(f"memory grew from {before:.0f} to {after:.0f} MiB")


SEMANTICS = (
    Scenario(row="F64", reach=Reach.ALL, act=window_closes),
    Scenario(row="F65", reach=Reach.CALLS, act=suppressed_meanwhile),
    Scenario(row="F66", reach=Reach.CALLS, act=same_number),
    Scenario(row="F67", reach=Reach.CALLS, act=paused_twice),
    Scenario(row="F73", reach=Reach.CALLS, act=too_expensive),
    Scenario(row="F74", reach=Reach.ALL, act=bus_down),
    Scenario(row="F75", reach=Reach.ALL, act=dialers_down),
    Scenario(row="F76", reach=Reach.ALL, act=weighted),
    Scenario(row="F78", reach=Reach.ALL, act=soaked),
    Scenario(row="X1", reach=Reach.ALL, act=unread_answers),
    Scenario(row="X2", reach=Reach.CALLS, act=same_person, accounts=2),
    Scenario(row="X3", reach=Reach.CALLS, act=opted_out),
    Scenario(row="X4", reach=Reach.CALLS, act=stopped),
)
