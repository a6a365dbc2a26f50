"""A finished call as an operator sees it: pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

AGENT = "agent"
CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Utterance:
    """Something that was said, and by whom; times are seconds since the call began, if known."""

    speaker: str
    text: str
    language: str = ""
    turn: int | None = None
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """What was said in a call, in order, as our agents and the caller heard it.

    `spoken` is what the provider transcribed, with times; empty if there is no transcript.
    """

    heard: tuple[Utterance, ...] = ()
    spoken: tuple[Utterance, ...] = ()
    waits_ms: tuple[int, ...] = ()
    """How long the caller waited for the first word of each reply."""
    interruptions: int = 0

    @property
    def words(self) -> tuple[Utterance, ...]:
        """Our own record; the provider's where we have none."""
        return self.heard or self.spoken

    def timed(self) -> list[Utterance]:
        """What has times, in their order."""
        timed = [each for each in self.spoken if None not in (each.start_s, each.end_s)]
        return sorted(timed, key=lambda each: each.start_s or 0.0)


def said_by(utterances: Iterable[Utterance], speaker: str) -> list[Utterance]:
    """Those of one side; an empty name stands for both."""
    return [each for each in utterances if speaker in ("", each.speaker)]


def folded(text: str) -> str:
    """The words in a form in which spelling, case and accents make no difference."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(re.findall(r"\w+", letters))
