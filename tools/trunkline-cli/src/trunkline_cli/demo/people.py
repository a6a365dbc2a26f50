"""The list of the demo's campaign, and the telephones of the people on it: pure.

Nobody has these numbers: 555-0100 to 555-0199 are kept free in every area code. Their last two
digits say which telephone rings.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from twilio_emulator.rest.phones import BY_NAME, Phone
from twilio_emulator.scenario import HangUp, Say, Scenario, Step, WaitForEnd, WaitForReply

HEADINGS = ("number", "first_name", "day", "time", "timezone")

AGREES = "agrees"
ASKS = "asks where to park"
CANNOT = "cannot come"
ENDINGS: Mapping[str, tuple[int, ...]] = {
    AGREES: tuple(range(20)),
    ASKS: tuple(range(20, 40)),
    CANNOT: tuple(range(40, 60)),
    "voicemail": tuple(range(70, 75)),
    "busy": (75, 76, 77),
    "no answer": (78, 79, 80),
    "no number": (81, 82),
    "blocked": (83, 84),
    "opts out": (85, 86),
    "presses nine": (87, 88),
    "fax": (91, 92),
}
"""Who has a number that ends so; most of them are the emulator's own."""

MIX = (
    *(AGREES, ASKS, "voicemail", CANNOT, "busy", AGREES, "no answer", ASKS, "voicemail", AGREES),
    *("opts out", CANNOT, "no answer", AGREES, "presses nine", ASKS, "busy", AGREES, "voicemail"),
    *("no number", AGREES, CANNOT, ASKS, "fax", AGREES, "no answer", "blocked", ASKS, AGREES),
)
"""In this order, over and over: any part of a list has some of most."""

_AREAS = (
    *("202", "212", "303", "305", "312", "404", "415", "503", "602", "617", "702", "713", "206"),
    *("214", "216", "313", "314", "402", "410", "412"),
)
_NAMES = ("Ana", "Ben", "Chloe", "David", "Emma", "Farid", "Grace", "Hugo", "Ines", "Jack", "Kira")
_DAYS = ("Thursday", "Friday", "Monday")
_TIMES = ("half past nine", "a quarter past two", "four o'clock", "ten o'clock")
_FORMATS = ("+1{}5550{}", "({}) 555-0{}", "{}-555-0{}", "1 {} 555 0{}", "{}.555.0{}")


@dataclass(frozen=True, slots=True)
class Mistake:
    """A row that is not taken, and the code of the reason."""

    cells: Sequence[str]
    code: str


_REST = ("Lea", "Friday", "ten o'clock", "")
MISTAKES = (
    Mistake(("", *_REST), "missing_number"),
    Mistake(("ask her sister", *_REST), "not_a_number"),
    Mistake(("1.20255E+10", *_REST), "scientific_notation"),
    Mistake(("(202) 555-01", *_REST), "invalid_length"),
    Mistake(("(099) 555-0143", *_REST), "invalid_number"),
    Mistake(("+49 30 901820", *_REST), "not_dialable_region"),
    Mistake(("1-900-555-0150", *_REST), "premium_rate"),
    Mistake(("911", *_REST), "emergency_or_short_code"),
    Mistake(("(504) 555-0100", "", "Friday", "ten o'clock", ""), "missing_variable"),
    Mistake(("(504) 555-0101", "Lea", "Friday", "ten o'clock", "Eastern"), "unknown_timezone"),
    Mistake(("(504) 555-0102", *_REST, "urgent"), "too_many_columns"),
)
TWICE = "duplicate_in_file"
UNWANTED = "+15045550103"
"""Whose number is on the list, and who has asked before not to be called."""

_SPECIAL = len(MISTAKES) + 2  # and one row that is there twice, and the unwanted one


@dataclass(frozen=True, slots=True)
class People:
    """A list, as a file has it. `good` counts the rows that are to be called, by their telephones.

    `codes` are those of the rows that are not.
    """

    text: str
    rows: int
    good: Mapping[str, int]
    codes: Mapping[str, int]


def people(rows: int) -> People:
    """A list of so many rows, always the same; the rows that are wrong are spread over it."""
    ringing = list(_ringing(rows - _SPECIAL))
    good = [row for _, row in ringing]
    bad: list[Sequence[str]] = [mistake.cells for mistake in MISTAKES]
    bad += [(UNWANTED, *_REST), good[0]]
    every = max(2, rows // len(bad))
    lines = list(good)
    for number, row in enumerate(bad):
        lines.insert(min((number + 1) * every - 1, len(lines)), row)
    codes = Counter(mistake.code for mistake in MISTAKES)
    codes += Counter({TWICE: 1, "suppressed": 1})
    return People(_csv(lines), rows, Counter(kind for kind, _ in ringing), codes)


def telephones() -> Mapping[str, Phone]:
    """The people who are not the emulator's own, by the last two digits of their numbers."""
    talk: Mapping[str, tuple[Step, ...]] = {
        AGREES: (Say("Yes, that is fine, thank you."), WaitForEnd()),
        ASKS: (
            Say("Where can I park my car?"),
            WaitForReply(),
            Say("Good. That day is fine."),
            WaitForEnd(),
        ),
        CANNOT: (Say("I am sorry, I cannot come then."), WaitForReply(), HangUp()),
    }
    human = BY_NAME["human"]
    return {
        f"{digits:02}": replace(human, name=kind, script=Scenario(name="callee", steps=steps))
        for kind, steps in talk.items()
        for digits in ENDINGS[kind]
    }


def _ringing(count: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Rows that are to be called, and who has the number; no number is there twice."""
    seen: Counter[str] = Counter()
    for at in range(count):
        kind = MIX[at % len(MIX)]
        endings = ENDINGS[kind]
        area, ending = divmod(seen[kind], len(endings))
        seen[kind] += 1
        number = _FORMATS[at % len(_FORMATS)].format(_AREAS[area], f"1{endings[ending]:02}")
        name = _NAMES[at % len(_NAMES)]
        yield kind, (number, name, _DAYS[at % len(_DAYS)], _TIMES[at % len(_TIMES)], "")


def _csv(lines: Sequence[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([HEADINGS, *lines])
    return file.getvalue()
