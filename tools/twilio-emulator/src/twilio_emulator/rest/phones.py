"""Who is at a number, and what they do when it rings. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from twilio_emulator.rest.forms import Detection
from twilio_emulator.scenario import HangUp, Press, Say, SayNow, Scenario, Silence, WaitForReply

Outcome = Literal["answers", "busy", "no_answer", "fails", "refused"]
AnsweredBy = Literal[
    "human",
    "machine_start",
    "machine_end_beep",
    "machine_end_silence",
    "machine_end_other",
    "fax",
    "unknown",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A phone and whoever is at it. Its seconds are those of a real call: `speed` shortens them.

    `refused` is known to be no number when the call is asked for (21211), `fails` only when it is
    dialled. The script is what the callee does in the conversation, which ends with it, or after
    `talk_seconds` whatever is said.
    """

    name: str
    outcome: Outcome = "answers"
    setup_seconds: float = 1.0
    """From dialling to ringing, or to a refusal."""

    ring_seconds: float = 5.0
    """From ringing to the answer."""

    talk_seconds: float = 120.0
    sip_code: int = 200
    answered_by: AnsweredBy = "human"
    """What detection says with DetectMessageEnd."""

    detected_seconds: float = 3.0
    """From the answer to the verdict."""

    greeting_seconds: float = 8.0
    """How long a machine speaks before its beep: DetectMessageEnd waits for it."""

    script: Scenario = field(default_factory=Scenario)
    calls_back_seconds: float | None = None
    """So long after a call that they did not answer, they ring the number that had called."""

    def verdict(self, mode: Detection, patience: float) -> tuple[AnsweredBy, float]:
        """What detection finds out, and how many seconds after the answer."""
        by, seconds = self.answered_by, self.detected_seconds
        if by.startswith("machine_"):
            by = by if mode == "DetectMessageEnd" else "machine_start"
            seconds = self.greeting_seconds if mode == "DetectMessageEnd" else seconds
        return (by, seconds) if seconds <= patience else ("unknown", patience)


_TALKS = Scenario(
    name="callee",
    steps=(
        Say("Hello?"),
        WaitForReply(),
        Say("That is fine, thank you. Goodbye."),
        WaitForReply(),
        HangUp(),
    ),
)
_LEAVES = Scenario(name="callee", steps=(Silence(2.0), HangUp()))
_OBJECTS = Scenario(
    name="callee",
    steps=(
        Say("Please take me off your list, and do not call me again."),
        WaitForReply(),
        HangUp(),
    ),
)
_PRESSES = Scenario(name="callee", steps=(Silence(4.0), Press("9"), Silence(10.0), HangUp()))
_GREETS = Scenario(
    name="callee",
    steps=(
        SayNow("You have reached my voicemail. Please leave a message after the tone."),
        Silence(60.0),
        HangUp(),
    ),
)
_WHISTLES = Scenario(name="callee", steps=(Silence(20.0), HangUp()))
_LISTENS = Scenario(name="callee", steps=(Silence(30.0), HangUp()))

HUMAN = Phone(name="human", script=_TALKS)
PHONES = (
    HUMAN,
    Phone(name="hurried", script=_LEAVES),
    Phone(name="slow", script=_TALKS, ring_seconds=40.0),
    Phone(name="silent", script=_LISTENS),
    Phone(
        name="voicemail",
        script=_GREETS,
        ring_seconds=20.0,
        answered_by="machine_end_beep",
        detected_seconds=4.0,
    ),
    Phone(name="fax", script=_WHISTLES, answered_by="fax"),
    Phone(name="opts_out", script=_OBJECTS),
    Phone(name="presses_nine", script=_PRESSES),
    Phone(name="busy", outcome="busy", sip_code=486),
    Phone(name="no_answer", outcome="no_answer", sip_code=487),
    Phone(name="calls_back", outcome="no_answer", sip_code=487, calls_back_seconds=60.0),
    Phone(name="refused", outcome="refused", sip_code=404),
    Phone(name="fails", outcome="fails", sip_code=404),
    Phone(name="blocked", outcome="fails", sip_code=603),
    Phone(name="unwanted", outcome="fails", sip_code=608),
)
BY_NAME = {phone.name: phone for phone in PHONES}

_RANGES = (
    ("hurried", range(60, 65)),
    ("slow", range(65, 70)),
    ("voicemail", range(70, 75)),
    ("busy", range(75, 78)),
    ("no_answer", range(78, 81)),
    ("refused", range(81, 82)),
    ("fails", range(82, 83)),
    ("blocked", range(83, 84)),
    ("unwanted", range(84, 85)),
    ("opts_out", range(85, 87)),
    ("presses_nine", range(87, 89)),
    ("calls_back", range(89, 91)),
    ("fax", range(91, 93)),
    ("silent", range(93, 94)),
)
LAST_DIGITS = {f"{digits:02}": BY_NAME[name] for name, span in _RANGES for digits in span}
"""Which phone a number's last two digits choose; all others are answered by a human."""


class Phonebook:
    """The phones there are, by whole number or by the last two digits."""

    def __init__(self) -> None:
        self._phones = dict(LAST_DIGITS)

    def set(self, number: str, phone: Phone) -> None:
        """Change who is at a number, or at all numbers that end with two digits."""
        self._phones[number] = phone

    def at(self, number: str) -> Phone:
        return self._phones.get(number) or self._phones.get(number[-2:], HUMAN)
