"""May this call be placed now, and if not, why not: the gates in their order; pure.

All facts come from one snapshot, taken in the transaction of the write-ahead. A closed gate is a
decision with a reason, never silence: the contact waits for a moment, or leaves the queue. The
names of the gates are those of the histogram that answers "why is nobody called?".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dialer.contact import FINISHED, MIN_GAP, ContactState
from dialer.presets import Cap, Consent, Rules
from dialer.windows import Hours, next_opening, permitted

MAX_BUS_LAG = timedelta(seconds=10)
SOON = timedelta(seconds=1)


class Gate(StrEnum):
    """What is asked, in this order."""

    EMERGENCY_STOP = "emergency_stop"
    RECOVERY = "recovery"
    BUS = "bus"
    CAMPAIGN = "campaign"
    CONTACT = "contact"
    SUPPRESSION = "suppression"
    COUNTRY = "country"
    CONSENT = "consent"
    TIMEZONE = "timezone"
    WINDOW = "window"
    FREQUENCY = "frequency"
    COST = "cost"
    BREAKER = "breaker"
    CONCURRENCY = "concurrency"
    RATE = "rate"


@dataclass(frozen=True, slots=True)
class Passed:
    """The call may be placed."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now. `until` is the moment to ask again; none: when what closed the gate has changed."""

    gate: Gate
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Terminal:
    """The contact leaves the queue, into this state."""

    gate: Gate
    reason: str
    state: ContactState


Verdict = Passed | Deferred | Terminal


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that decides about one call, at one moment of the database's clock."""

    now: datetime
    # who calls
    stopped: str = ""
    """Scope of the emergency stop that is in force."""
    recovering: bool = False
    """Whether the database may have forgotten its newest commits."""
    bus_lag: timedelta | None = timedelta(0)
    """How far the inbox is behind; none: not known."""
    campaign_state: str = "running"
    generation: int = 1
    reserved_generation: int = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    campaign_hours: tuple[Hours, ...] = ()
    campaign_caps: tuple[Cap, ...] = ()
    # who is called
    contact_state: ContactState = ContactState.DIALING
    expires_at: datetime | None = None
    suppressed: str = ""
    """Reason of the suppression that holds for the number."""
    rules: Rules | None = None
    """What the law says; none where the country is not called."""
    consent: Consent = Consent.NONE
    zones: tuple[str, ...] = ()
    margin: timedelta = timedelta(0)
    """Ringing, Twilio's 5 s and its queue: all of it must lie within the window."""
    posted: Sequence[datetime] = ()
    """When calls to this number that count were placed, by all campaigns."""
    last_ended_at: datetime | None = None
    last_abandoned_at: datetime | None = None
    # what it takes
    cost_cap_micros: int | None = None
    cost_micros: int = 0
    call_micros: int = 0
    breaker: str = ""
    """Reason for which nothing is placed for the account."""
    breaker_until: datetime | None = None
    in_flight: int = 0
    allowed_in_flight: int = 0
    send_at: datetime | None = None
    """When the rate limits let it be sent; none: not within their horizon."""


def check(snapshot: Snapshot) -> Verdict:
    """What the first closed gate says."""
    return next((verdict for verdict in map(_ask(snapshot), GATES) if verdict), Passed())


def closed(snapshot: Snapshot) -> list[Deferred | Terminal]:
    """What every closed gate says, for whoever wants to know what else would be in the way."""
    return [verdict for verdict in map(_ask(snapshot), GATES) if verdict]


_Answer = Deferred | Terminal | None


def _ask(snapshot: Snapshot) -> Callable[[Callable[[Snapshot], _Answer]], _Answer]:
    return lambda gate: gate(snapshot)


def _emergency_stop(at: Snapshot) -> _Answer:
    return Deferred(Gate.EMERGENCY_STOP, at.stopped) if at.stopped else None


def _recovery(at: Snapshot) -> _Answer:
    return Deferred(Gate.RECOVERY, "database_changed") if at.recovering else None


def _bus(at: Snapshot) -> _Answer:
    """Nobody is rung up whose call would find no agent, or whose opt-out may not have arrived."""
    late = at.bus_lag is None or at.bus_lag > MAX_BUS_LAG
    return Deferred(Gate.BUS, "callbacks_late") if late else None


def _campaign(at: Snapshot) -> _Answer:
    if at.campaign_state in ("cancelling", "cancelled"):
        return Terminal(Gate.CAMPAIGN, at.campaign_state, ContactState.CANCELLED)
    if at.campaign_state != "running":
        return Deferred(Gate.CAMPAIGN, at.campaign_state)
    if at.generation != at.reserved_generation:
        return Deferred(Gate.CAMPAIGN, "generation")
    if at.ends_at is not None and at.now >= at.ends_at:
        return Terminal(Gate.CAMPAIGN, "campaign_over", ContactState.EXPIRED)
    if at.starts_at is not None and at.now < at.starts_at:
        return Deferred(Gate.CAMPAIGN, "not_started", at.starts_at)
    return None


def _contact(at: Snapshot) -> _Answer:
    if at.contact_state in FINISHED:
        return Terminal(Gate.CONTACT, at.contact_state, at.contact_state)
    if at.expires_at is not None and at.now >= at.expires_at:
        return Terminal(Gate.CONTACT, "contact_over", ContactState.EXPIRED)
    if at.contact_state is not ContactState.DIALING:
        return Deferred(Gate.CONTACT, at.contact_state)
    return None


def _suppression(at: Snapshot) -> _Answer:
    if not at.suppressed:
        return None
    return Terminal(Gate.SUPPRESSION, at.suppressed, ContactState.SUPPRESSED)


def _country(at: Snapshot) -> _Answer:
    if at.rules is not None:
        return None
    return Terminal(Gate.COUNTRY, "not_dialable_region", ContactState.NEEDS_REVIEW)


def _consent(at: Snapshot) -> _Answer:
    if at.rules is None or at.consent >= at.rules.consent:
        return None
    return Terminal(Gate.CONSENT, "consent_missing", ContactState.SUPPRESSED)


def _hours(at: Snapshot) -> tuple[Hours, ...]:
    return at.campaign_hours + (at.rules.hours if at.rules else ())


def _timezone(at: Snapshot) -> _Answer:
    if at.zones or not _hours(at):
        return None
    return Terminal(Gate.TIMEZONE, "needs_timezone", ContactState.NEEDS_TIMEZONE)


def _window(at: Snapshot) -> _Answer:
    hours = _hours(at)
    if not hours or not at.zones or permitted(at.now, hours, at.zones, at.margin):
        return None
    opening = next_opening(at.now, hours, at.zones, at.margin)
    if opening is None:
        return Terminal(Gate.WINDOW, "no_permitted_hour", ContactState.NEEDS_REVIEW)
    return Deferred(Gate.WINDOW, "outside_window", opening)


def _frequency(at: Snapshot) -> _Answer:
    """Rolling caps of the law and of the campaign, and the gaps after a call."""
    caps = at.campaign_caps + (at.rules.caps if at.rules else ())
    waits = [("frequency_cap", until) for cap in caps if (until := _until(cap, at))]
    if at.last_ended_at is not None:
        waits.append(("min_gap", at.last_ended_at + MIN_GAP))
    if at.last_abandoned_at is not None and at.rules is not None:
        waits.append(("silent_call", at.last_abandoned_at + at.rules.after_silent_call))
    reason, until = max(waits, key=lambda wait: wait[1], default=("", at.now))
    return Deferred(Gate.FREQUENCY, reason, until) if until > at.now else None


def _until(cap: Cap, at: Snapshot) -> datetime | None:
    """When the oldest call leaves the period that has room for one less."""
    counted = sorted(moment for moment in at.posted if moment > at.now - cap.period)
    if len(counted) < cap.attempts:
        return None
    return counted[-cap.attempts] + cap.period


def _cost(at: Snapshot) -> _Answer:
    if at.cost_cap_micros is None or at.cost_micros + at.call_micros <= at.cost_cap_micros:
        return None
    return Deferred(Gate.COST, "cost_cap")


def _breaker(at: Snapshot) -> _Answer:
    return Deferred(Gate.BREAKER, at.breaker, at.breaker_until) if at.breaker else None


def _concurrency(at: Snapshot) -> _Answer:
    if at.in_flight < at.allowed_in_flight:
        return None
    return Deferred(Gate.CONCURRENCY, "no_free_agent", at.now + SOON)


def _rate(at: Snapshot) -> _Answer:
    if at.send_at is not None:
        return None
    return Deferred(Gate.RATE, "rate_limit", at.now + SOON)


GATES: tuple[Callable[[Snapshot], _Answer], ...] = (
    *(_emergency_stop, _recovery, _bus, _campaign, _contact, _suppression, _country, _consent),
    *(_timezone, _window, _frequency, _cost, _breaker, _concurrency, _rate),
)
