"""Leaves out what a model thinks aloud before it answers; pure.

Providers that separate thoughts from words do it with a field of their own. Open models behind a
server that was not told to, or Groq's `raw` format, write them into the words, in tags.
"""

_OPEN = "<think>"
_CLOSE = "</think>"


class ThoughtFilter:
    """Holds back the beginning of a reply until it is known to be no thought."""

    def __init__(self) -> None:
        self._held = ""
        self._answering = False

    def add(self, text: str) -> str:
        """The words that may be spoken now."""
        if self._answering:
            return text
        self._held += text
        begun = self._held.lstrip()
        if begun.startswith(_OPEN):
            _, self._answering, answer = _parted(begun)
            return answer
        if _OPEN.startswith(begun):
            return ""
        self._answering = True
        return self._held

    def end(self) -> str:
        """The words that were held back and turn out to be words; a thought without end is none."""
        thought = self._answering or self._held.lstrip().startswith(_OPEN)
        return "" if thought else self._held


def _parted(begun: str) -> tuple[str, bool, str]:
    thought, close, answer = begun.partition(_CLOSE)
    return thought, bool(close), answer.lstrip()
