"""Groups a model's tokens into pieces that a voice can speak; pure.

Every piece costs a record on the bus, so tokens are gathered; the first goes out at once, because
the caller is waiting for it. Spaces are kept exactly: the pieces put together are the text, unless
there is no word in it.
"""

import re

# Chinese and Japanese put no space behind a full stop; Hindi and Arabic do, behind their own.
_SENTENCE_END = re.compile(
    r"[.!?…।॥؟۔][\"'\u201d\u2019)\]]*\s+"  # noqa: RUF001  the Arabic signs are meant
    r"|[。｡！？][」』）\u201d\u2019]*\s*"  # noqa: RUF001  the wide signs are meant
)


class Grouper:
    """Holds text back until it is worth giving out. Spaces alone never are before a word."""

    def __init__(self) -> None:
        self._held = ""
        self._begun = False

    @property
    def holding(self) -> bool:
        """Whether there are words that were not given out yet."""
        return bool(self._held.strip())

    def add(self, text: str) -> str:
        """Take more text; return what is to be given out now, often nothing."""
        self._held += text
        if not self._begun and self.holding:
            self._begun = True
            return self.rest()
        ends = [found.end() for found in _SENTENCE_END.finditer(self._held)]
        return self._give(ends[-1]) if ends else ""

    def words(self) -> str:
        """Return the words held, without the last one if it may still be growing."""
        if not self._begun:
            return ""
        last_space = max(self._held.rfind(" "), self._held.rfind("\n"))
        if self._held[-1:].isspace() or last_space <= 0:
            return self.rest()
        return self._give(last_space)

    def rest(self) -> str:
        """Return all that is held; spaces before the first word are nothing to say."""
        held = self._give(len(self._held))
        return held if self._begun else ""

    def _give(self, length: int) -> str:
        given, self._held = self._held[:length], self._held[length:]
        return given
