"""Gathers what the oracle judges by: the emulator's ledger, the tables, the topic, the metrics."""

from collections.abc import Sequence
from dataclasses import replace

from trunkline_cli.chaos import tables
from trunkline_cli.chaos.evidence import Ban, Call, Cost, Evidence, Post
from trunkline_cli.chaos.stage import SKIPPED, Stage
from trunkline_cli.chaos.told import told

DOUBLE_DIALS = "trunkline_dialer_double_dial_total"


async def gather(stage: Stage) -> Evidence:
    """Everything about one scenario; nothing of it may be going on any more."""
    rig, accounts = stage.rig, [account.sid for account in stage.accounts]
    async with rig.database() as connection:
        contacts = await tables.contacts(connection, stage.tenant)
        attempts = await tables.attempts(connection, stage.tenant)
        costs = await tables.costs(connection, stage.tenant)
    calls = rig.ledger.calls(accounts)
    campaign_of = {attempt.id: attempt.campaign_id for attempt in attempts}
    return Evidence(
        limits=stage.limits,
        posts=[_later_post(post, stage.skips) for post in rig.ledger.posts(accounts)],
        calls=[_later_call(call, stage.skips) for call in calls],
        accepted=[contact for each in stage.campaigns for contact in each.contacts],
        contacts=contacts,
        attempts=attempts,
        finished=await told(rig.kafka.bootstrap, stage.tenant),
        bans=[_later_ban(ban, stage.skips) for ban in stage.bans],
        costs=[_really(cost, calls, campaign_of) for cost in costs],
        lags=[replace(lag, at=later(lag.at, stage.skips)) for lag in rig.meter.lags],
        slots_used=await rig.slots_used(),
        forgetful=stage.forgetful,
    )


def _really(cost: tables.Capped, calls: Sequence[Call], campaign_of: dict[str, str]) -> Cost:
    """What the calls have really cost, or what the dialer thinks, if that is more."""
    placed = sum(campaign_of.get(call.attempt_id) == cost.campaign_id for call in calls)
    spent = max(cost.spent, placed * cost.per_call)
    return Cost(campaign_id=cost.campaign_id, spent=spent, cap=cost.cap, reserve=cost.per_call)


# Skipped time is time, for promises about gaps.


def later(at: float, skips: Sequence[float]) -> float:
    """The moment on a clock on which what was skipped has passed."""
    return at + SKIPPED.total_seconds() * sum(skip <= at for skip in skips)


def _later_post(post: Post, skips: Sequence[float]) -> Post:
    return replace(post, at=later(post.at, skips))


def _later_ban(ban: Ban, skips: Sequence[float]) -> Ban:
    until = None if ban.until is None else later(ban.until, skips)
    return replace(ban, at=later(ban.at, skips), until=until)


def _later_call(call: Call, skips: Sequence[float]) -> Call:
    return replace(
        call,
        created_at=later(call.created_at, skips),
        answered_at=None if call.answered_at is None else later(call.answered_at, skips),
        ended_at=None if call.ended_at is None else later(call.ended_at, skips),
    )
