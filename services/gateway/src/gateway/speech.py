"""How much of what was sent has been spoken by now: reported by Twilio, or else estimated."""

import re
from dataclasses import dataclass

# Scripts without spaces end a sentence with the sign alone; a point within a number ends none.
_SENTENCE_END = re.compile(r"[.!?…]+[\"')\]]*(?=\s|$)|[。！？।॥؟]+|\n")  # noqa: RUF001  # full-width too

ROUNDING_SECONDS = 0.001  # so that the end is past when it is looked at
REPORT_GRACE_SECONDS = 3.0  # a report may be late by the synthesis of a sentence, not by more


@dataclass(slots=True)
class Speech:
    """The speaking of one turn's text. Times are seconds of any one clock.

    Twilio's `tokensPlayed` reports are believed; without them speech is taken to go on at `rate`
    characters per second while there is something to say.
    """

    rate: float
    text: str = ""
    _spoken: float = 0.0
    _at: float = 0.0
    _free_at: float = 0.0
    """Until then something else is being spoken or played, and the text has to wait."""
    _ended: int = 0
    """Where the last sentence ends that is known to have been spoken."""
    is_reported: bool = False
    """Whether Twilio has ever reported in this session."""

    def begin(self, text: str, at: float) -> None:
        """A new turn: nothing but `text` to say, none of it spoken."""
        self.text, self._spoken, self._at, self._ended = text, 0.0, at, 0

    def add(self, text: str, at: float) -> None:
        """More words were sent."""
        self._spoken, self._at = self._estimate(at), at
        self.text += text

    def played(self, text: str, at: float) -> None:
        """Twilio says that these words have just been spoken."""
        words = text.strip()
        start = int(self._spoken) if self.is_reported else 0
        found = self.text.find(words, start)
        end = found + len(words) if found >= 0 else start + len(text)
        rest = self.text[end : end + len(text) + 100]
        end = min(
            len(self.text), end + len(rest) - len(rest.lstrip())
        )  # a space goes with its word
        if not self.is_reported:
            self._ended = 0  # what was estimated may have been too much
        self._spoken, self._at, self.is_reported = end, at, True

    def finish(self, at: float) -> None:
        """All that was sent has been spoken."""
        self._spoken, self._at, self._free_at = len(self.text), at, at

    def spoken(self, at: float) -> int:
        """Characters spoken by now."""
        return int(self._estimate(at))

    def sentences_spoken(self, at: float) -> int:
        """Characters of the sentences spoken to their end by now."""
        spoken = self.spoken(at)
        if spoken >= len(self.text):
            return len(self.text)
        for match in _SENTENCE_END.finditer(self.text, self._ended, spoken):
            self._ended = match.end()
        return self._ended

    def seconds_to_next_end(self, at: float) -> float | None:
        """Until the next sentence, or all of it, is spoken; none if that has happened.

        Where Twilio reports, this is only how long to wait for reports that may never come.
        """
        spoken = self._estimate(at)
        if spoken >= len(self.text):
            return None
        if self.is_reported:
            return self.seconds_left(at) + REPORT_GRACE_SECONDS
        match = _SENTENCE_END.search(self.text, int(spoken) + 1)
        end = match.end() if match else len(self.text)
        return max(0.0, self._free_at - at) + (end - spoken) / self.rate + ROUNDING_SECONDS

    def seconds_left(self, at: float) -> float:
        """Until everything sent is spoken, at the usual speed."""
        unspoken = len(self.text) - self._estimate(at)
        return max(0.0, self._free_at - at) + unspoken / self.rate

    def _estimate(self, at: float) -> float:
        if self.is_reported:
            return self._spoken
        since = max(self._at, self._free_at)
        return min(float(len(self.text)), self._spoken + max(0.0, at - since) * self.rate)
