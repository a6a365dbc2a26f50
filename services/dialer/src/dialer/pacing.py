"""How fast, how many at once, and whose turn it is: arithmetic, pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# Calls per second: generic cell rate algorithm, burst of one


HORIZON = timedelta(seconds=2)


def take(tat: datetime, now: datetime, rate: float) -> tuple[datetime, datetime] | None:
    """Take the next slot of a limit: when to send, and the limit's new `tat`.

    None when that is not within two seconds: whoever waits longer holds contacts for nothing. The
    SQL of a limit does the same in one UPDATE, by the database's clock, so that replicas share one
    rate whatever their clocks say. A slot that is not used is not given back.
    """
    send_at = max(tat, now)
    if send_at > now + HORIZON:
        return None
    return send_at, send_at + timedelta(seconds=1) / rate


# How the rate follows what Twilio can take


CEILING = 0.98  # of the calls per second that Twilio grants
FLOOR = 0.1  # calls per second: enough to notice that it works again
LOWER = 0.7
RAISE = 1.05
RAISE_EVERY = timedelta(seconds=10)
LOWER_EVERY = timedelta(seconds=5)
QUEUED_TOO_LONG = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """A limit's calls per second, now and at most."""

    rate: float
    ceiling: float
    lowered_at: datetime | None
    raised_at: datetime


def ceiling_of(cps: float) -> float:
    """The most that is used of what Twilio grants."""
    return cps * CEILING


def slower(rate: Rate, now: datetime) -> Rate:
    """After a 429, or a call that had to queue at Twilio: at most once in five seconds. They come
    in swarms that were sent at the old rate, and a queue takes time to drain at the new one."""
    if rate.lowered_at is not None and now < rate.lowered_at + LOWER_EVERY:
        return rate
    lowered = max(rate.rate * LOWER, min(FLOOR, rate.ceiling))
    return replace(rate, rate=lowered, lowered_at=now, raised_at=now)


def faster(rate: Rate, now: datetime) -> Rate:
    """After ten seconds without trouble."""
    if now < rate.raised_at + RAISE_EVERY or rate.rate >= rate.ceiling:
        return rate
    return replace(rate, rate=min(rate.rate * RAISE, rate.ceiling), raised_at=now)


# How many calls at once


STALE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one gateway last said of its slots."""

    slots: int
    used: int
    kept_for_inbound: int
    draining: bool
    at: datetime


def free_slots(gateways: Iterable[Capacity], now: datetime) -> int:
    """Slots for outbound calls. A gateway that has been silent for 5 s may be gone: it has none."""
    return sum(
        max(0, each.slots - each.used - each.kept_for_inbound)
        for each in gateways
        if not each.draining and now - each.at <= STALE
    )


def may_post(free: int, not_attached: int) -> int:
    """How many more calls may be placed: each that was and is not with its gateway wants a slot."""
    return max(0, free - not_attached)


# Whose turn it is


FRESH = 2
FRESH_SHARE = 0.2


def share(slots: int, waiting: Mapping[int, int], owed: float) -> tuple[dict[int, int], float]:
    """Divide slots over the priority classes, and say what fresh contacts are owed afterwards.

    Smaller classes go first, but a fifth of all slots is for fresh contacts: what they are `owed`
    grows by that, in fractions, and is paid first. What a class does not need goes to the others.
    """
    owed += slots * FRESH_SHARE
    kept = min(waiting.get(FRESH, 0), slots, int(owed))
    shares, left = {FRESH: kept}, slots - kept
    for priority in sorted(waiting):
        given = min(waiting[priority] - shares.get(priority, 0), left)
        shares[priority] = shares.get(priority, 0) + given
        left -= given
    still_waiting = waiting.get(FRESH, 0) > shares[FRESH]
    return shares, max(0.0, owed - shares[FRESH]) if still_waiting else 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """A campaign that has contacts to call: its weight, how many, and what it is owed."""

    campaign: str
    weight: float
    waiting: int
    owed: float = 0.0


def deal(slots: int, turns: Iterable[Turn]) -> tuple[dict[str, int], dict[str, float]]:
    """Deficit round robin: how many slots each campaign gets, and what it is owed afterwards.

    Each is owed its share by weight; whole slots go to those that are owed most. A campaign that
    has nobody to call is owed nothing: it cannot save up and then push the others aside.
    """
    alive = [turn for turn in turns if turn.waiting > 0]
    given = {turn.campaign: 0 for turn in alive}
    owed = _owed(alive, slots)
    for _ in range(slots):
        open_turns = [turn for turn in alive if given[turn.campaign] < turn.waiting]
        if not open_turns:
            break
        first = max(open_turns, key=lambda turn: (owed[turn.campaign], turn.weight, turn.campaign))
        given[first.campaign] += 1
        owed[first.campaign] -= 1
    still = {turn.campaign for turn in alive if given[turn.campaign] < turn.waiting}
    return given, {name: value if name in still else 0.0 for name, value in owed.items()}


def _owed(alive: list[Turn], slots: int) -> dict[str, float]:
    total = sum(turn.weight for turn in alive)
    return {turn.campaign: turn.owed + slots * turn.weight / total for turn in alive}


# When to stop because people are let down


ABANDONED_SHARE = 0.01
ABANDONED_WITHIN = timedelta(minutes=5)
MIN_ANSWERED = 20
MIN_ABANDONED = 2


def abandons_too_many(answered: int, abandoned: int, share: float = ABANDONED_SHARE) -> bool:
    """Whether whoever placed these calls has to pause: an account, by those of the last five
    minutes, or a campaign, by a country's share and period.

    One abandoned call among a few answered ones is an accident and no share.
    """
    enough = answered >= MIN_ANSWERED and abandoned >= MIN_ABANDONED
    return enough and abandoned > answered * share
