"""Promises about the calls that were really placed: I1, I2, I4, I5 and I8: pure."""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

from trunkline_cli.chaos.evidence import Ban, Call, Evidence, Lag, Post

SLACK = 0.5  # between the dialer's decision and the emulator's clock, on a busy machine
DAY = 86_400.0

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def one_each(evidence: Evidence) -> Iterator[str]:
    """I1."""
    posts = Counter(post.attempt_id for post in evidence.posts)
    calls = Counter(call.attempt_id for call in evidence.calls)
    known = {attempt.id for attempt in evidence.attempts}
    for attempt, count in posts.items():
        if count > 1:
            yield f"attempt {attempt}: {count} requests"
    for attempt, count in calls.items():
        if count > 1:
            yield f"attempt {attempt}: {count} calls"
        if attempt not in known and not evidence.forgetful:
            yield f"attempt {attempt or '(none)'}: {count} calls, and no such attempt"


def apart(evidence: Evidence) -> Iterator[str]:
    """I2."""
    for earlier, later in _neighbours(evidence.calls):
        since = later.created_at - _end(earlier)
        if since + SLACK < evidence.limits.gap_seconds:
            yield f"{later.sid} came {since:.1f} s after the end of {earlier.sid}"


def double_dialled(evidence: Evidence) -> set[str]:
    """The calls that should not be: beyond the first of their attempt, or while another rang."""
    twice = {
        call.sid
        for _, calls in _grouped((call.attempt_id, call) for call in evidence.calls)
        for call in sorted(calls, key=lambda call: call.created_at)[1:]
    }
    return twice | {
        later.sid
        for earlier, later in _neighbours(evidence.calls)
        if later.created_at + SLACK < _end(earlier)
    }


def permitted(evidence: Evidence) -> Iterator[str]:
    """I4."""
    campaign = evidence.campaign_of()
    for ban in evidence.bans:
        for post in evidence.posts:
            late = post.at - ban.at
            if _meant(ban, post, campaign.get(post.attempt_id, "")) and late > ban.grace + SLACK:
                yield f"attempt {post.attempt_id}: sent {late:.1f} s after: {ban.why}"


def paced(evidence: Evidence) -> Iterator[str]:
    """I5."""
    limits = evidence.limits
    for account, times in _grouped((post.account_sid, post.at) for post in evidence.posts):
        yield from _too_fast(account, sorted(times), limits.cps, evidence.lags)
    for account, calls in _grouped((call.account_sid, call) for call in evidence.calls):
        most = at_once(calls)
        if most > limits.in_flight:
            yield f"{account}: {most} calls at once, {limits.in_flight} are allowed"


def _too_fast(
    account: str, times: Sequence[float], cps: float, lags: Sequence[Lag]
) -> Iterator[str]:
    """The worst second with too many requests, if any: what a lag has piled up was sent before."""
    allowed = max(cps + 1, 1.1 * cps)
    worst = (0.0, "")
    for first, at in enumerate(times):
        count = bisect_left(times, at + 1.0) - first
        piled = sum(lag.seconds for lag in lags if at <= lag.at < at + 1.0)
        excess = count - allowed - math.ceil(cps * piled)
        text = f"{account}: {count} requests within a second, {allowed:g} are allowed"
        worst = max(worst, (excess, text + (f", {piled:.1f} s late" if piled else "")))
    if worst[0] > 0:
        yield worst[1]


def rare(evidence: Evidence) -> Iterator[str]:
    """I8."""
    limits, contact = evidence.limits, evidence.contact_of()
    heard = [call for call in evidence.calls if call.rang]
    per_contact = Counter(contact.get(call.attempt_id, "") for call in heard)
    for one, count in per_contact.items():
        if one and count > limits.per_contact:
            yield f"contact {one}: {count} calls, {limits.per_contact} are allowed"
    for calls in _by_callee(heard):
        most = peak([call.created_at for call in calls], DAY)
        if most > limits.per_day:
            yield f"{calls[-1].sid} is one of {most} calls to a number in 24 h"


def peak(times: Sequence[float], window: float = 1.0) -> int:
    """The most moments in any half-open window of so many seconds; `times` are in order."""
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most


def at_once(calls: Iterable[Call]) -> int:
    """The most calls that went on at one moment; one that ends makes room for one that begins."""
    steps = sorted(step for call in calls for step in ((call.created_at, 1), (_end(call), -1)))
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def _meant(ban: Ban, post: Post, campaign_id: str) -> bool:
    lifted = ban.until is not None and post.at >= ban.until
    return not lifted and (
        (not ban.to or ban.to == post.to)
        and (not ban.campaign_id or ban.campaign_id == campaign_id)
        and (not ban.account_sid or ban.account_sid == post.account_sid)
    )


def _end(call: Call) -> float:
    return float("inf") if call.ended_at is None else call.ended_at


def _neighbours(calls: Iterable[Call]) -> Iterator[tuple[Call, Call]]:
    """Every call with the one before it to the same number that ended last."""
    for group in _by_callee(calls):
        last = group[0]
        for call in group[1:]:
            yield last, call
            last = max(last, call, key=_end)


def _by_callee(calls: Iterable[Call]) -> list[list[Call]]:
    """The calls to each number, in order."""
    ordered = sorted(calls, key=lambda call: call.created_at)
    return [group for _, group in _grouped((call.to, call) for call in ordered)]


def _grouped(pairs: Iterable[tuple[K, T]]) -> list[tuple[K, list[T]]]:
    groups: defaultdict[K, list[T]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return list(groups.items())
