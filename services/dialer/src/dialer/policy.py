"""A campaign's policy: what its author may decide, as JSON in the database and as values; pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dialer.contact import Ladder
from dialer.outcomes import Outcome
from dialer.presets import Cap
from dialer.windows import DAY_MINUTES, EVERY_DAY, Hours, Window
from dialer.zones import is_zone, widened
from trunkline.outbound import OnMachine

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OPT_OUT_NUMBER = "opt_out_number"
"""The agent's variable that holds the policy's number of this name."""
_CLOCK = re.compile(r"(?P<hour>[01]\d|2[0-4]):(?P<minute>[0-5]\d)")


class Part(BaseModel):
    """A part of a policy: a name that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def minutes(clock: str) -> int:
    """Minutes since midnight of `09:30`; `24:00` ends a day."""
    found = _CLOCK.fullmatch(clock)
    if found is None or clock > "24:00":
        raise ValueError("must be a time of day such as 09:30, and 24:00 at the latest")
    return int(found["hour"]) * 60 + int(found["minute"])


def _clock(value: str) -> str:
    minutes(value)
    return value


def _zone(value: str) -> str:
    if value and not is_zone(value):
        raise ValueError("must be a time zone of the IANA list, such as America/New_York")
    return value


def _days(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value or not set(value) <= set(_DAYS):
        raise ValueError(f"must name days of {', '.join(_DAYS)}")
    return value


Clock = Annotated[str, AfterValidator(_clock)]
ZoneName = Annotated[str, AfterValidator(_zone)]
RingSeconds = Annotated[int, Field(ge=15, le=60)]
TalkSeconds = Annotated[int, Field(ge=10, le=14_400)]


class PolicyWindow(Part):
    """From `opens` until just before `closes`, which may be after midnight."""

    days: Annotated[tuple[str, ...], AfterValidator(_days)] = _DAYS
    opens: Clock = Field(examples=["09:00"])
    closes: Clock = Field(examples=["18:30"])

    def window(self) -> Window:
        """The same in numbers."""
        opens, closes = minutes(self.opens) % DAY_MINUTES, minutes(self.closes)
        days = frozenset(map(_DAYS.index, self.days))
        return Window(days, opens, closes if closes > opens else closes + DAY_MINUTES)


class PolicyCap(Part):
    """So many calls to one number within so many hours, over all campaigns."""

    attempts: int = Field(ge=1, le=100)
    hours: int = Field(ge=1, le=24 * 31)


class Retries(Part):
    """One budget for all outcomes together, and the waits after each of them."""

    max_attempts: int = Field(3, ge=1, le=10)
    minutes_after: dict[Outcome, Annotated[tuple[int, ...], Field(max_length=10)]] | None = Field(
        None,
        description="Minutes before the 2nd, 3rd … attempt, by the last one's outcome; at least 15."
        " An outcome that is not named is final. Null: the defaults.",
        examples=[{"busy": [15, 60], "no_answer": [120, 1200]}],
    )
    review_indeterminate: bool = Field(
        False, description="Let a person decide after an attempt that nobody knows the end of."
    )


class AnsweringMachines(Part):
    """What is done about answering machines."""

    detect: bool = True
    then: OnMachine = OnMachine.HANGUP


class Policy(Part):
    """How a campaign calls. Whatever it permits, the rules of the country hold as well."""

    windows: Annotated[tuple[PolicyWindow, ...], Field(max_length=50)] = Field(
        (), description="Permitted hours; none: the rules of the country alone."
    )
    timezone: ZoneName = Field(
        "", description="Where these hours are told; empty: where the person is."
    )
    closed_on: Annotated[tuple[date, ...], Field(max_length=400)] = Field(
        (), description="Dates on which nobody is called."
    )
    strict_us_tz: bool = Field(
        False,
        description="Let it be a permitted hour in all contiguous US time zones, whatever is known"
        " of a person in the US.",
    )
    caps: Annotated[tuple[PolicyCap, ...], Field(max_length=10)] = ()
    retries: Retries = Retries()
    ring_seconds: RingSeconds = 25
    talk_seconds: TalkSeconds = 600
    answering_machines: AnsweringMachines = AnsweringMachines()
    opt_out_key: Annotated[str, Field(pattern="^[0-9*#]?$")] = Field(
        "9", description="Key with which a person asks not to be called any more; empty: none."
    )
    opt_out_number: Annotated[str, Field(pattern=r"^(\+[1-9][0-9]{6,14})?$")] = Field(
        "",
        description="Number at which a person can ask not to be called any more: what the agent's"
        " variable `opt_out_number` holds. Marketing needs it in messages to answering machines.",
    )
    undisclosed_because: Literal[""] | Annotated[str, Field(min_length=10, max_length=1000)] = (
        Field(
            "",
            description="Why the agent need not say at the start that it is an AI. It needs the"
            " scope policy:override, and stands in the audit log. Empty: the agent has to say it.",
        )
    )
    recording: bool = Field(
        False,
        description="Have Twilio record the conversations, both sides apart. The agent's"
        " phrases.recorded is said before anything else; a call that meets no agent is not"
        " recorded, nor is one of somebody who calls back.",
    )
    call_cost_micros: int = Field(
        0, ge=0, description="What one call is reckoned at for the cost cap, in millionths."
    )

    def hours(self) -> tuple[Hours, ...]:
        """The campaign's own hours."""
        windows = tuple(window.window() for window in self.windows)
        if not windows and not self.closed_on:
            return ()
        always = (Window(EVERY_DAY, 0, DAY_MINUTES),)
        return (Hours(windows or always, frozenset(self.closed_on), self.timezone),)

    def zones(self, country: str, known: Sequence[str]) -> tuple[str, ...]:
        """Where it must be a permitted hour for somebody who may be in these zones."""
        return widened(known) if self.strict_us_tz and country == "US" else tuple(known)

    def variables(self) -> Mapping[str, str]:
        """What the agent knows in every call of the campaign."""
        return {OPT_OUT_NUMBER: self.opt_out_number} if self.opt_out_number else {}

    def frequency_caps(self) -> tuple[Cap, ...]:
        """The campaign's own caps."""
        return tuple(Cap(cap.attempts, timedelta(hours=cap.hours)) for cap in self.caps)

    def ladder(self) -> Ladder:
        """When to try again."""
        given, own = self.retries, Ladder()
        steps = own.steps if given.minutes_after is None else _steps(given.minutes_after)
        return Ladder(
            given.max_attempts, steps, own.spread, review_indeterminate=given.review_indeterminate
        )


def _steps(given: dict[Outcome, tuple[int, ...]]) -> dict[Outcome, tuple[timedelta, ...]]:
    return {
        outcome: tuple(timedelta(minutes=step) for step in steps)
        for outcome, steps in given.items()
        if steps
    }
