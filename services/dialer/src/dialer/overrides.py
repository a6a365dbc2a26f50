"""A tenant's departures from the rules, as JSON in the database and as values; pure.

windows              [{"days": ["mon"], "opens": "09:00", "closes": "20:00"}]
caps                 [{"attempts": 3, "hours": 24}]
consent              {"marketing": "express"}
abandonment          [{"share": 0.03, "hours": 24}]
ring_seconds         15
after_silent_call    72 (hours)
closed_on_holidays, overdial   true or false
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from dialer.policy import Part, PolicyCap, PolicyWindow
from dialer.presets import Abandonment, Cap, Consent, Override, Purpose


class _Share(Part):
    share: float = Field(ge=0, le=0.1)
    hours: int = Field(ge=1, le=24 * 31)


_ConsentName = Literal["none", "implied", "express", "written"]
_Seconds = Annotated[int, Field(ge=15, le=60)]
_Hours = Annotated[int, Field(ge=0, le=24 * 31)]


def _consents(given: dict[Purpose, _ConsentName]) -> Mapping[Purpose, Consent]:
    return {purpose: Consent[name.upper()] for purpose, name in given.items()}


# What each rule is written as, and what it is made of; by the names of `presets.OVERRIDABLE`.
_READ: Mapping[str, tuple[TypeAdapter[Any], Callable[[Any], object]]] = {
    "windows": (
        TypeAdapter(tuple[PolicyWindow, ...]),
        lambda given: tuple(one.window() for one in given),
    ),
    "caps": (
        TypeAdapter(tuple[PolicyCap, ...]),
        lambda given: tuple(Cap(one.attempts, timedelta(hours=one.hours)) for one in given),
    ),
    "consent": (TypeAdapter(dict[Purpose, _ConsentName]), _consents),
    "abandonment": (
        TypeAdapter(tuple[_Share, ...]),
        lambda given: tuple(Abandonment(one.share, timedelta(hours=one.hours)) for one in given),
    ),
    "ring_seconds": (TypeAdapter(_Seconds), int),
    "after_silent_call": (TypeAdapter(_Hours), lambda given: timedelta(hours=given)),
    "closed_on_holidays": (TypeAdapter(bool), bool),
    "overdial": (TypeAdapter(bool), bool),
}


def read_override(country: str, subdivision: str | None, rule: str, value: object) -> Override:
    """The override that a row stands for. Raises `ValueError` for what a rule cannot be."""
    if rule not in _READ:
        raise ValueError("there is no such rule to override")
    adapter, made = _READ[rule]
    try:
        return Override(country, subdivision, rule, made(adapter.validate_python(value)))
    except ValidationError:
        raise ValueError("is not what this rule can be") from None
