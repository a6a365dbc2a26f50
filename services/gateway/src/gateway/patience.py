"""When a caller who waits is told that the reply takes its time, and with which words."""

from collections.abc import Sequence

from trunkline.agents import Filler

TOOL_SECONDS = 0.8  # most tools answer sooner; then a filler would only delay the reply


class Patience:
    """The fillers of one turn."""

    tool_seconds = TOOL_SECONDS

    def __init__(self, filler: Filler) -> None:
        self._filler = filler
        self._of_tool = ""

    @property
    def has_limit(self) -> bool:
        """Whether fillers are to be said at all."""
        return self._filler.most > 0

    def open_turn(self) -> None:
        """Forget what was expected in the turn before."""
        self._of_tool = ""

    def expect(self, phrase: str) -> bool:
        """A tool with a filler of its own has begun; true if it shall be waited for anew."""
        self._of_tool = phrase
        return bool(phrase) and self.has_limit

    def phrase(self, usual: Sequence[str], said: int) -> str:
        """The next filler, `said` being how many there were in this turn; empty: no more."""
        own, self._of_tool = self._of_tool, ""
        if said >= self._filler.most:
            return ""
        return own or (usual[said % len(usual)] if usual else "")
