"""When a caller who waits is told that the reply takes its time, and with which words."""

from gateway.effects import StartTimer, Timer
from gateway.mouth import Mouth
from gateway.scribe import Scribe
from trunkline.agents import Agent

TOOL_SECONDS = 0.8  # most tools answer sooner; then a filler would only delay the reply


class Patience:
    """The fillers of one turn."""

    def __init__(self, scribe: Scribe, mouth: Mouth, agent: Agent) -> None:
        self._scribe = scribe
        self._mouth = mouth
        self._agent = agent
        self._filler = agent.filler
        self._of_tool = ""

    @property
    def _has_limit(self) -> bool:
        """Whether fillers are to be said at all."""
        return self._filler.most > 0

    def open_turn(self) -> None:
        """Forget what was expected in the turn before."""
        self._of_tool = ""

    def begin(self) -> None:
        """The caller waits for the reply from now on."""
        if self._has_limit and self._mouth.words.fillers:
            self._wait(self._filler.after_seconds)

    def tool_begins(self, name: str) -> None:
        """A tool is used; one with a filler of its own is waited for anew."""
        tool = next((tool for tool in self._agent.tools if tool.name == name), None)
        if tool is None:
            return
        self._of_tool = tool.filler
        if tool.filler and self._has_limit:
            self._wait(TOOL_SECONDS)

    def ran_out(self) -> None:
        """The caller has waited long."""
        if not self._mouth.is_silent:
            self._wait(self._filler.after_seconds)
        elif phrase := self._phrase():
            self._mouth.fill(phrase)
            self._wait(self._filler.every_seconds)

    def _phrase(self) -> str:
        """The next filler of this turn; empty: no more."""
        own, self._of_tool = self._of_tool, ""
        usual, said = self._mouth.words.fillers or (), self._scribe.turn.fillers
        if said >= self._filler.most:
            return ""
        return own or (usual[said % len(usual)] if usual else "")

    def _wait(self, seconds: float) -> None:
        self._scribe.do(StartTimer(Timer.FILLER, seconds))
