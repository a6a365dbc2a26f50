"""Groups a model's tokens into pieces that a voice can speak; pure.

Every piece costs a record on the bus, so tokens are gathered; the first goes out at once, because
the caller is waiting for it. Spaces are kept exactly: the pieces put together are the text.
"""

import re

_SENTENCE_END = re.compile(r"[.!?…][\"'\u201d\u2019)\]]*\s+")


class Grouper:
    """Holds text back until it is worth giving out."""

    def __init__(self) -> None:
        self._held = ""
        self._begun = False

    @property
    def holding(self) -> bool:
        """Whether there is text that was not given out yet."""
        return bool(self._held)

    def add(self, text: str) -> str:
        """Take more text; return what is to be given out now, often nothing."""
        self._held += text
        if not self._begun and self._held.strip():
            self._begun = True
            return self.rest()
        ends = [found.end() for found in _SENTENCE_END.finditer(self._held)]
        return self._give(ends[-1]) if ends else ""

    def words(self) -> str:
        """Return the words held, without the last one if it may still be growing."""
        last_space = max(self._held.rfind(" "), self._held.rfind("\n"))
        if self._held[-1:].isspace() or last_space <= 0:
            return self.rest()
        return self._give(last_space)

    def rest(self) -> str:
        """Return all that is held."""
        return self._give(len(self._held))

    def _give(self, length: int) -> str:
        given, self._held = self._held[:length], self._held[length:]
        return given
