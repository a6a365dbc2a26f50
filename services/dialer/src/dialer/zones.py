"""Which time zones a person may be in: pure.

The best source decides: what the list says, else the address, else the number's area code. Where
that leaves several zones, a call must be permitted in all of them. Nothing known means nobody is
called, until somebody says where the person is.
"""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

CONTIGUOUS_US = (
    *("America/New_York", "America/Chicago", "America/Denver"),
    *("America/Phoenix", "America/Los_Angeles"),
)
"""From the east coast to the west: what `strict_us_tz` assumes of everybody in the US."""


def is_zone(name: str) -> bool:
    """Whether it names a place: offsets and abbreviations know nothing of summer time."""
    area, slash, place = name.partition("/")
    if not slash or not place or area in ("Etc", "SystemV", "posix", "right"):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, a folder
        return False
    return True


def candidates(
    *,
    explicit: str = "",
    address: Sequence[str] | None = None,
    number: Sequence[str] = (),
    country: Sequence[str] = (),
) -> tuple[tuple[str, ...], ...]:
    """The zones by the best source there is, and what to assume where they will not do.

    None for the address: none was given. One that is in no zone is believed, too. What a number
    says is a guess, which all of its country may replace; pass none for one that rings anywhere.
    """
    if explicit:
        return ((explicit,),)
    if address is not None:
        return (tuple(address),)
    return tuple(number), tuple(country)


def settle(
    found: Sequence[tuple[str, ...]], opens: Callable[[Sequence[str]], bool]
) -> tuple[str, ...]:
    """The zones to call by: the first that will do; empty means that somebody must say.

    `opens` tells whether there is ever an hour that is permitted in all of them.
    """
    return next((zones for zones in found if zones and opens(zones)), ())


def widened(zones: Sequence[str]) -> tuple[str, ...]:
    """Of somebody in the US, who may be elsewhere than it seems; nothing known stays nothing."""
    return tuple(dict.fromkeys((*zones, *CONTIGUOUS_US))) if zones else ()
