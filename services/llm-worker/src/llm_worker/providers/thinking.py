"""Leaves out what a model thinks aloud; pure.

Providers that separate thoughts from words do it with a field of their own. Open models behind a
server that was not told to, or Groq's `raw` format, write them into the words, in tags.
"""

import re

_OPEN = "<think>"
_CLOSE = "</think>"
_TAG = re.compile(f"({_OPEN}|{_CLOSE})")


class ThoughtFilter:
    """Holds back what may be the beginning of a tag, and spaces before the first word.

    Where a server begins the thought itself, only its end comes. What was let go by then is spoken;
    what is in hand with that end is left out.
    """

    def __init__(self) -> None:
        self._held = ""
        self._spaces = ""
        self._thinking = False
        self._spoke = False

    def add(self, text: str) -> str:
        """The words that may be spoken now."""
        *parts, rest = _TAG.split(self._held + text)
        words = ""
        for before, tag in zip(parts[::2], parts[1::2], strict=True):
            if not self._thinking:
                words = words + before if tag == _OPEN else ""
            self._thinking = tag == _OPEN
        self._held = _begun_tag(rest)
        if not self._thinking:
            words += rest.removesuffix(self._held)
        return self._let_go(words)

    def end(self) -> str:
        """The words that were held back and turn out to be words; a thought without end is none."""
        return "" if self._thinking else self._spaces + self._held

    def _let_go(self, words: str) -> str:
        words, self._spaces = self._spaces + words, ""
        if self._spoke or words.strip():
            self._spoke = True
            return words
        self._spaces = words
        return ""


def _begun_tag(text: str) -> str:
    """The end of the text, if a tag may begin there."""
    _, mark, rest = text.rpartition("<")
    tail = mark + rest if mark else ""
    return tail if _OPEN.startswith(tail) or _CLOSE.startswith(tail) else ""
