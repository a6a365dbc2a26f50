"""Departures from the rules, from JSON to what the rules are made of."""

from datetime import timedelta

import pytest

from dialer.overrides import read_override
from dialer.presets import (
    OVERRIDABLE,
    Abandonment,
    Cap,
    Consent,
    Override,
    Purpose,
    apply,
    rows_for,
)
from dialer.presets_table import TABLE
from dialer.windows import WEEKDAYS, Window

VALUES: dict[str, tuple[object, object]] = {
    "windows": (
        [{"days": ["mon", "tue", "wed", "thu", "fri"], "opens": "09:00", "closes": "20:00"}],
        (Window(WEEKDAYS, 540, 1200),),
    ),
    "caps": ([{"attempts": 3, "hours": 24}], (Cap(3, timedelta(days=1)),)),
    "consent": ({"marketing": "express"}, {Purpose.MARKETING: Consent.EXPRESS}),
    "abandonment": ([{"share": 0.03, "hours": 24}], (Abandonment(0.03, timedelta(days=1)),)),
    "ring_seconds": (20, 20),
    "after_silent_call": (72, timedelta(hours=72)),
    "closed_on_holidays": (False, False),
    "overdial": (True, True),
}


@pytest.mark.parametrize("rule", sorted(OVERRIDABLE))
def test_every_rule_that_can_be_overridden_can_be_written(rule: str) -> None:
    written, meant = VALUES[rule]

    override = read_override("US", None, rule, written)

    assert override == Override("US", None, rule, meant)
    (row,) = rows_for(TABLE, "US", ())
    assert getattr(apply(row, [override]), rule) == meant


@pytest.mark.parametrize(
    ("rule", "value"),
    [("sources", []), ("ring_seconds", 5), ("windows", [{"opens": "9"}]), ("consent", {"x": 1})],
)
def test_what_a_rule_cannot_be_is_refused(rule: str, value: object) -> None:
    with pytest.raises(ValueError, match="rule"):
        read_override("US", None, rule, value)
