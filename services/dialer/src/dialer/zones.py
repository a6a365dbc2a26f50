"""Which time zones a person may be in: pure.

The best source decides: what the list says, else the address, else the number's area code. Where
that leaves several zones, a call must be permitted in all of them. Nothing known means nobody is
called, until somebody says where the person is.
"""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

CONTIGUOUS_US = (
    *("America/New_York", "America/Chicago", "America/Denver"),
    *("America/Phoenix", "America/Los_Angeles"),
)
"""From the east coast to the west: what `strict_us_tz` assumes of every US number."""


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
    subdivision: str = "",
    subdivision_zones: Mapping[str, Sequence[str]],
    number_zones: Sequence[str] = (),
    strict_us: bool = False,
) -> tuple[str, ...]:
    """The zones by the best source there is; empty when there is none."""
    if explicit:
        return (explicit,)
    if subdivision in subdivision_zones:
        return tuple(subdivision_zones[subdivision])
    if number_zones and strict_us:
        return tuple(dict.fromkeys((*number_zones, *CONTIGUOUS_US)))
    return tuple(number_zones)


def settle(
    found: Sequence[str], country_wide: Sequence[str], opens: Callable[[Sequence[str]], bool]
) -> tuple[str, ...]:
    """The zones to call by: those found, else the country's; empty means that somebody must say.

    A number that may ring in any country has no country's zones to fall back on: pass none.
    `opens` tells whether there is ever an hour that is permitted in all of them.
    """
    for zones in (found, country_wide):
        if zones and opens(zones):
            return tuple(zones)
    return ()
