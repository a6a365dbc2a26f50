"""What the doctor has found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How it is."""

    FINE = "fine"
    WARNING = "warning"
    WRONG = "wrong"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `what` holds no secret; `mend` says what to do about it."""

    area: str
    level: Level
    what: str
    mend: str = ""


def fine(area: str, what: str) -> Finding:
    """It is as it should be."""
    return Finding(area, Level.FINE, what)


def warning(area: str, what: str, mend: str) -> Finding:
    """It works, and will not always."""
    return Finding(area, Level.WARNING, what, mend)


def wrong(area: str, what: str, mend: str) -> Finding:
    """Calls will fail."""
    return Finding(area, Level.WRONG, what, mend)


def skipped(area: str, what: str) -> Finding:
    """It could not be looked at, or nobody needs it."""
    return Finding(area, Level.SKIPPED, what)
