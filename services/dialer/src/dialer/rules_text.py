"""The table of countries' rules in words, for the API and the documentation; pure."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from pydantic import BaseModel

from dialer.presets import Consent, Rule
from dialer.windows import EVERY_DAY, Window

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class RuleText(BaseModel):
    """One row of the table, to be read."""

    country: str
    subdivision: str
    hours: str
    holidays: str
    attempts: str
    consent: str
    abandoned: str
    sources: list[str]


def rule_texts(table: Mapping[tuple[str, str], Rule]) -> list[RuleText]:
    """All rows, in the order of the table."""
    return [rule_text(rule) for rule in table.values()]


def rule_text(rule: Rule) -> RuleText:
    """A row in words. A subdivision's adds to its country's: the strictest of both holds."""
    return RuleText(
        country=rule.country,
        subdivision=rule.subdivision,
        hours=", ".join(map(_window, rule.windows)),
        holidays="closed" if rule.closed_on_holidays else "",
        attempts=", ".join(f"{cap.attempts} in {_period(cap.period)}" for cap in rule.caps),
        consent=_consents(rule),
        abandoned=", ".join(
            f"{each.share:.0%} in {_period(each.period)}" for each in rule.abandonment
        ),
        sources=[f"{source.text} ({source.certainty.value})" for source in rule.sources],
    )


def _window(window: Window) -> str:
    hours = f"{_clock(window.opens)}-{_clock(window.closes)}"
    return hours if window.days == EVERY_DAY else f"{_days(window.days)} {hours}"


def _days(days: Iterable[int]) -> str:
    ordered = sorted(days)
    run = len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1))
    return (
        f"{_DAYS[ordered[0]]}-{_DAYS[ordered[-1]]}"
        if run
        else "/".join(_DAYS[day] for day in ordered)
    )


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _period(period: timedelta) -> str:
    days = period // timedelta(days=1)
    return f"{days} days" if days > 1 else f"{period // timedelta(hours=1)} h"


def _consents(rule: Rule) -> str:
    return ", ".join(
        f"{purpose.value}: {consent.name.lower()}"
        for purpose, consent in rule.consent.items()
        if consent is not Consent.NONE
    )
