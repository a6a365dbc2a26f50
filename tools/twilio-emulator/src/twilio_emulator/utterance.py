"""What the agent's voice is given to do, one thing at a time, and what is told of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from twilio_emulator.protocol import Interruptible

Kind = Literal["text", "play", "keys"]

KEY_SECONDS = 0.2  # how long a key sounds, with the pause after it, is not documented
PAUSE_SECONDS = 0.5  # a `w` in `sendDigits`
ROUNDING = 1e-6  # characters; keeps a sum of small steps from losing the last one


@dataclass(frozen=True, slots=True)
class Began:
    """The agent became audible."""

    at: float
    turn: int


@dataclass(frozen=True, slots=True)
class Sounded:
    """An audio file began to be heard."""

    at: float
    turn: int
    source: str


@dataclass(frozen=True, slots=True)
class Played:
    """These words, in whole tokens, have just been spoken."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """An utterance is over; `heard` is the part of `text` that was heard.

    The text of a sound is its source, heard as a whole or not at all; that of keys are the keys.
    """

    at: float
    turn: int
    text: str
    heard: str
    began_at: float | None
    how: Literal["finished", "interrupted", "preempted", "dropped"]
    kind: Kind = "text"
    langs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FellSilent:
    """The agent is no longer audible."""

    at: float


SpeakerEvent = Began | Sounded | Played | Ended | FellSilent


@dataclass(slots=True)
class Utterance:
    """Words, a sound or keys on their way to the caller.

    `length` and `position` are characters of a text and seconds of anything else, `rate` is how
    many of them pass in a second. Words may come bit by bit, until it is `closed`.
    """

    kind: Kind
    turn: int
    ready_at: float
    rate: float
    interruptible: Interruptible = "any"
    preemptible: bool = False
    text: str = ""
    length: float = 0.0
    closed: bool = False
    langs: tuple[str, ...] = ()
    token_ends: list[int] = field(default_factory=list)
    position: float = 0.0
    played: int = 0
    began_at: float | None = None

    @property
    def seconds_left(self) -> float:
        return (self.length - self.position) / self.rate

    @property
    def words(self) -> str:
        return self.text if self.kind == "text" else ""

    @property
    def words_heard(self) -> str:
        return self.heard if self.kind == "text" else ""

    @property
    def heard(self) -> str:
        """The part of `text` that has been heard by now."""
        match self.kind:
            case "text":
                return self.text[: int(self.position + ROUNDING)]
            case "play":
                return "" if self.began_at is None else self.text
            case "keys":
                return keys_within(self.text, self.position)

    def add(self, text: str, last: bool, lang: str) -> None:
        """Take the next words; empty ones only close it."""
        if text:
            self.text += text
            self.length = len(self.text)
            self.token_ends.append(len(self.text))
            if lang and lang not in self.langs:
                self.langs += (lang,)
        self.closed = last

    def end(self, at: float, how: Literal["finished", "interrupted", "preempted"]) -> Ended:
        """How it ended: one that was never begun when it was cut was dropped."""
        begun = self.began_at is not None
        return Ended(
            at,
            self.turn,
            self.text,
            self.heard,
            self.began_at,
            how if begun else "dropped",
            self.kind,
            self.langs,
        )


def key_seconds(key: str) -> float:
    """How long a key or a pause takes."""
    return PAUSE_SECONDS if key == "w" else KEY_SECONDS


def keys_within(digits: str, seconds: float) -> str:
    """The keys and pauses that are over after so long."""
    for number, key in enumerate(digits):
        seconds -= key_seconds(key)
        if seconds < -ROUNDING:
            return digits[:number]
    return digits
