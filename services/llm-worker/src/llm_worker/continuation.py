"""Goes on after words that the caller was already given, without saying any of them twice; pure.

A model that is asked to go on may start over, repeat its last words, or simply go on. What it
repeats is taken away; what is new is left as it is.
"""

import re

_WORD_START = re.compile(r"(?<!\S)\S")


class Continuation:
    """The text of one model after `prefix`. With an empty prefix it changes nothing."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._held = ""
        self._undecided = bool(prefix.strip())
        starts = (found.start() for found in _WORD_START.finditer(prefix))
        self._tails = [prefix[start:] for start in starts] if self._undecided else []

    def add(self, text: str) -> str:
        """Take text of the model; return what goes on after the prefix, often all of it."""
        if not self._undecided:
            return text
        self._held += text
        begun = self._held.lstrip()
        self._tails = [tail for tail in self._tails if _agree(tail, begun)]
        if any(len(begun) <= len(tail) for tail in self._tails):
            return ""  # so far it may be a repetition
        return self._decide()

    def end(self) -> str:
        """Return what is still held back when the model has ended."""
        return self._decide() if self._undecided else ""

    def _decide(self) -> str:
        self._undecided = False
        begun = self._held.lstrip()
        repeated = next((tail for tail in self._tails if self._is_repetition(tail, begun)), None)
        if repeated is not None:
            return begun[len(repeated) :]
        if begun and self._prefix.startswith(begun):
            return ""  # it started over and ended before it came to anything new
        return self._joined(self._held)

    def _is_repetition(self, tail: str, begun: str) -> bool:
        """One repeated word may be the beginning of a longer one; two words are no accident."""
        if not begun.startswith(tail):
            return False
        whole_words = not (tail[-1].isalnum() and begun[len(tail) :][:1].isalnum())
        return whole_words or " " in tail.strip() or tail == self._prefix.lstrip()

    def _joined(self, text: str) -> str:
        if self._prefix[-1].isspace():
            return text.lstrip()
        run_together = self._prefix[-1].isalnum() and text[:1].isalnum()
        return f" {text}" if run_together else text


def _agree(tail: str, begun: str) -> bool:
    return tail.startswith(begun) or begun.startswith(tail)
