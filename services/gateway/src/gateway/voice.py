"""The agent's voice in one call: what is sent to Twilio, and how much of it has been spoken."""

from dataclasses import dataclass

from gateway.effects import SendText
from gateway.speech import Speech


@dataclass(slots=True)
class Voice(Speech):
    """Speech that is sent as the text frames of one turn after the other."""

    is_heard: bool = False
    """Whether Twilio has said that the agent speaks, and not yet that it has ended."""
    _frames: int = 0
    _filler: str = ""
    """What of a filler Twilio has not reported as spoken."""
    _filler_ends_at: float = 0.0
    _is_open: bool = False
    """Whether words were sent that no `last` has closed."""

    def open_turn(self, at: float) -> None:
        """What was said before is another turn's; the frames are counted anew."""
        self.cut_short(at)
        self._frames = 0

    def say(
        self, turn: int, text: str, at: float, *, last: bool = False, language: str = ""
    ) -> SendText:
        """Say more words in a turn; `last` closes the utterance. A filler ends with them."""
        self.add(text, at)
        self._filler_ends_at = at
        return self._frame(turn, text, last=last, language=language)

    def fill(self, turn: int, text: str, at: float, *, language: str = "") -> SendText:
        """Say a filler: an utterance of its own, which the next words replace."""
        self._filler, self._filler_ends_at = text, at + len(text) / self.rate
        return self._frame(turn, text, last=True, language=language, preemptible=True)

    def close(self, turn: int) -> list[SendText]:
        """Close the utterance if it is open."""
        return [self._frame(turn, "", last=True)] if self._is_open else []

    def _frame(
        self,
        turn: int,
        text: str,
        *,
        last: bool,
        language: str = "",
        preemptible: bool = False,
    ) -> SendText:
        frame = SendText(turn, self._frames, text, last, language, preemptible)
        self._frames += 1
        self._is_open = not last
        return frame

    def played(self, text: str, at: float) -> None:
        """Twilio says that these words have just been spoken; those of a filler do not count."""
        words = text.strip()
        if words and words in self._filler:
            self._filler = self._filler.partition(words)[2]
        else:
            self._filler = ""
            Speech.played(self, text, at)

    def cut_short(self, at: float) -> None:
        """Nothing that was sent so far will be spoken any more."""
        self.is_heard = False
        self._filler, self._filler_ends_at = "", at
        self.begin("", at)

    def time_passed(self, at: float) -> None:
        """All should be spoken by now: reports that have not come by then will not come."""
        if self.is_reported:
            self.finish(at)

    def spoken_of(self, text: str, at: float) -> int:
        """Characters spoken of the turn's text, which may have begun before this attachment."""
        return len(text) - len(self.text) + self.spoken(at)

    def sentences_spoken_of(self, text: str, at: float) -> int:
        """The same, of the sentences that are spoken to their end."""
        return len(text) - len(self.text) + self.sentences_spoken(at)

    def is_silent(self, at: float) -> bool:
        """Whether all has been spoken, as far as Twilio tells, or else at the usual speed."""
        return not self.is_heard and self.seconds_left(at) <= 0 and at >= self._filler_ends_at
