"""The agent's voice in one call: what is sent to Twilio, and how much of it has been spoken."""

from gateway.effects import SendText
from gateway.speech import Speech


class Voice:
    """Text frames out, reports of speech in. Times are seconds of any one clock."""

    def __init__(self, rate: float) -> None:
        """`rate` is the usual speed of speech in characters per second."""
        self.is_heard = False
        """Whether Twilio has said that the agent speaks, and not yet that it has ended."""
        self._speech = Speech(rate)
        self._frames = 0
        self._is_open = False  # words were sent that no `last` has closed

    def greet(self, text: str, at: float) -> None:
        """Twilio speaks the greeting, which no frame of ours has brought."""
        self._speech.begin(text, at)

    def open_turn(self, at: float) -> None:
        """What was said before is another turn's; its frames are counted anew."""
        self.cut_short(at)
        self._frames = 0

    def say(self, turn: int, text: str, at: float, *, last: bool = False) -> SendText:
        """Say more words in a turn; `last` closes the utterance."""
        self._speech.add(text, at)
        return self._frame(turn, text, last=last)

    def close(self, turn: int) -> list[SendText]:
        """Close the utterance if it is open."""
        return [self._frame(turn, "", last=True)] if self._is_open else []

    def _frame(self, turn: int, text: str, *, last: bool) -> SendText:
        frame = SendText(turn, self._frames, text, last)
        self._frames += 1
        self._is_open = not last
        return frame

    def cut_short(self, at: float) -> None:
        """Nothing that was sent so far will be spoken any more."""
        self.is_heard = False
        self._speech.begin("", at)

    def finish(self, at: float) -> None:
        """All that was sent has been spoken."""
        self._speech.finish(at)

    def played(self, text: str, at: float) -> None:
        """Twilio says that these words have just been spoken."""
        self._speech.played(text, at)

    def time_passed(self, at: float) -> None:
        """All should be spoken by now: reports that have not come by then will not come."""
        if self._speech.is_reported:
            self._speech.finish(at)

    def spoken(self, text: str, at: float) -> int:
        """Characters of the turn's text that are spoken, whatever was before this attachment."""
        return len(text) - len(self._speech.text) + self._speech.spoken(at)

    def sentences_spoken(self, text: str, at: float) -> int:
        """The same, of the sentences that are spoken to their end."""
        return len(text) - len(self._speech.text) + self._speech.sentences_spoken(at)

    def seconds_to_next_end(self, at: float) -> float | None:
        """Until the next sentence, or all of it, is spoken; none if that has happened."""
        return self._speech.seconds_to_next_end(at)

    def seconds_left(self, at: float) -> float:
        """Until everything sent is spoken, at the usual speed."""
        return self._speech.seconds_left(at)

    def is_silent(self, at: float) -> bool:
        """Whether all has been spoken, as far as Twilio tells, or else by the usual speed."""
        return not self.is_heard and self._speech.seconds_left(at) <= 0
