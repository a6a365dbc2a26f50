"""The agent's voice in one call: what is sent to Twilio, and how much of it has been spoken."""

from dataclasses import dataclass, field

from gateway.effects import SendText
from gateway.heard import heard_through
from gateway.speech import ROUNDING_SECONDS, Speech

# Twilio says that the voice has fallen silent as late as its words travel: by then it may have been
# given new ones, whose beginning it will tell. So its word counts after this long alone.
QUIET_SECONDS = 1.0
# Its word that the voice is heard is not believed for ever: the one for the end can be lost.
LONGEST_SECONDS = 30.0  # beyond what there is to say
KEY_SECONDS = 0.2
PAUSE_SECONDS = 0.5  # of a `w` among keys that are pressed


@dataclass(slots=True)
class Voice(Speech):
    """Speech that is sent as the text frames of one turn after the other."""

    _frames: int = 0
    _is_open: bool = False
    """Whether words were sent that no `last` has closed."""
    _openings: list[int] = field(default_factory=list)
    """Where in the text each utterance begins."""
    _behind: str = ""
    """Words of earlier turns that are still being spoken."""
    _filler: str = ""
    """What of a filler Twilio has not reported as spoken."""
    _filler_ends_at: float = 0.0
    _is_heard: bool = False
    _heard_until: float = 0.0
    quiet_since: float | None = None
    """When Twilio has said that the voice is not heard any more, and nothing was said since."""

    def open_turn(self, at: float) -> None:
        """What is said now is another turn's; what of the last is unspoken comes before it."""
        unspoken = self.text[self.spoken(at) :]
        self._behind += unspoken
        self._free_at = max(at, self._free_at) + len(unspoken) / self.rate
        self._frames, self._openings = 0, []
        self.begin("", at)

    def say(
        self,
        turn: int,
        text: str,
        at: float,
        *,
        last: bool = False,
        language: str = "",
        preemptible: bool | None = None,
        interruptible: bool | None = None,
    ) -> SendText:
        """Say more words in a turn; `last` closes the utterance. A filler ends with them."""
        if not self._is_open:
            self._openings.append(len(self.text))
        self.add(text, at)
        self._filler_ends_at, self.quiet_since = at, None
        return self._frame(turn, text, last, language, preemptible, interruptible)

    def fill(self, turn: int, text: str, at: float, *, language: str = "") -> SendText:
        """Say a filler: an utterance of its own, which the next words replace."""
        self._filler, self._filler_ends_at = text, at + len(text) / self.rate
        self.quiet_since = None
        return self._frame(turn, text, True, language, True)

    def close(self, turn: int) -> list[SendText]:
        """Close the utterance if it is open."""
        return [self._frame(turn, "", True)] if self._is_open else []

    def _frame(
        self,
        turn: int,
        text: str,
        last: bool,
        language: str = "",
        preemptible: bool | None = None,
        interruptible: bool | None = None,
    ) -> SendText:
        frame = SendText(turn, self._frames, text, last, language, preemptible, interruptible)
        self._frames += 1
        self._is_open = not last
        return frame

    def press(self, digits: str, at: float) -> None:
        """Keys are pressed once what was said before has been spoken."""
        pauses = digits.count("w")
        seconds = pauses * PAUSE_SECONDS + (len(digits) - pauses) * KEY_SECONDS
        self._free_at = max(at, self._free_at) + seconds

    def sound(self, seconds: float, at: float) -> None:
        """A sound is played once what was said before has been spoken."""
        self._free_at = max(at, self._free_at) + seconds

    # What Twilio tells

    def began(self, at: float) -> None:
        """The voice is heard."""
        self._is_heard, self.quiet_since = True, None
        self._heard_until = at + self.seconds_left(at) + LONGEST_SECONDS

    def fell_silent(self, at: float) -> None:
        """The voice is not heard any more; `time_passed` decides whether it has said all."""
        self._is_heard, self.quiet_since = False, at

    def played(self, text: str, at: float) -> None:
        """Twilio says that these words have just been spoken; those of a filler do not count."""
        words = text.strip()
        if self._is_heard:
            self._heard_until = at + self.seconds_left(at) + LONGEST_SECONDS
        if words and words in self._filler:
            self._filler = self._filler.partition(words)[2]
        elif words and words in self._behind:
            self._behind = self._behind.partition(words)[2]
            self._free_at = at + len(self._behind) / self.rate
        else:
            self._filler = self._behind = ""
            self._free_at = min(self._free_at, at)
            Speech.played(self, text, at)

    def time_passed(self, at: float) -> None:
        """All should be spoken by now: reports that have not come by then will not come."""
        was_quiet = self.quiet_since is not None and at >= self.quiet_since + QUIET_SECONDS
        if self._is_heard and at >= self._heard_until:
            self._is_heard = False
            self.finish(at)
        elif was_quiet or (self.is_reported and not self._is_heard):
            self.finish(at)

    def cut_short(self, at: float) -> None:
        """Nothing that was sent so far will be spoken any more."""
        self._is_heard, self.quiet_since = False, None
        self._filler, self._filler_ends_at = "", at
        self._behind, self._openings = "", []
        self.begin("", at)
        self._free_at = at

    def finish(self, at: float) -> None:
        """All that was sent has been spoken, and played."""
        self._behind = self._filler = ""
        self._filler_ends_at = at
        Speech.finish(self, at)

    # Questions

    def spoken_of(self, text: str, at: float) -> int:
        """Characters spoken of the turn's text, which may have begun before this attachment."""
        return len(text) - len(self.text) + self.spoken(at)

    def sentences_spoken_of(self, text: str, at: float) -> int:
        """The same, of the sentences that are spoken to their end."""
        return len(text) - len(self.text) + self.sentences_spoken(at)

    def heard_of(self, text: str, heard: str, at: float) -> int:
        """Characters of the turn's text that the caller has heard, `heard` being what Twilio says
        was spoken of the utterance at hand."""
        spoken = self.spoken_of(text, at)
        opened = [start for start in self._openings if start <= self.spoken(at)]
        start = len(text) - len(self.text) + max(opened, default=0)
        through = start + heard_through(text[start:], heard, max(0, spoken - start))
        return max(through, spoken) if self.is_reported else through

    def seconds_to_next_end(self, at: float) -> float | None:
        """Until the next sentence, or all that is to be heard, is over; none if it is."""
        wait = Speech.seconds_to_next_end(self, at)
        if wait is not None:
            return wait
        busy_until = max(self._free_at, self._filler_ends_at)
        if self._is_heard:
            busy_until = max(busy_until, self._heard_until)
        return busy_until - at + ROUNDING_SECONDS if busy_until > at else None

    def is_heard(self, at: float) -> bool:
        """Whether Twilio has said that the voice is heard, and that can still be believed."""
        return self._is_heard and at < self._heard_until

    def is_silent(self, at: float) -> bool:
        """Whether all has been spoken, as far as Twilio tells, or else at the usual speed."""
        is_waiting = self.seconds_left(at) > 0 or at < self._filler_ends_at
        return not self.is_heard(at) and not is_waiting
