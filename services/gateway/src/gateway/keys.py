"""The keys that a caller is pressing in one session: what they may mean, and when they are over."""

from gateway import keypad
from gateway.effects import StartTimer, Timer
from gateway.rules import Asked, key_rule
from gateway.scribe import Scribe
from trunkline.agents import Agent
from trunkline.events.call import CollectDigits, KeysPressed
from trunkline.events.turn import ToolCall


class Keys:
    """The input at hand; what was pressed of it stands in the story."""

    def __init__(self, scribe: Scribe, agent: Agent) -> None:
        self._scribe = scribe
        self._agent = agent

    @property
    def pending(self) -> str:
        """What was pressed, and is not complete."""
        return self._scribe.story.pending_keys

    @property
    def is_asked_for(self) -> bool:
        """Whether the model has asked for the input."""
        return self._scribe.story.collecting is not None

    @property
    def is_complete(self) -> bool:
        """Whether the last key has completed the input."""
        return keypad.is_complete(self.pending, self._wanted)

    @property
    def entered(self) -> str:
        """The input as it is now."""
        return keypad.entered(self.pending, self._wanted)

    @property
    def _wanted(self) -> CollectDigits:
        return self._scribe.story.collecting or keypad.usual(self._agent.keypad)

    def rule(self, digit: str) -> Asked | None:
        """What this key asks for on its own, where it is not part of an input."""
        is_first = not self.pending and not self.is_asked_for
        return key_rule(self._agent, digit, self._scribe.me.opt_out_key) if is_first else None

    def is_end_again(self, digit: str) -> bool:
        """Whether this key may be the end of the last input, come twice."""
        was_input = bool(self._scribe.turn.entered)
        return was_input and not self.pending and digit == self._wanted.finish_key

    def press(self, digit: str) -> None:
        """One more key was pressed."""
        self._scribe.append(KeysPressed(self._scribe.turn.number, digit))

    def await_next(self) -> None:
        """Wait for one more, which may not come."""
        self._scribe.do(StartTimer(Timer.KEYS, self._wanted.timeout_ms / 1000))

    def calls(self, keys: str) -> tuple[ToolCall, ...]:
        """The tool that takes this input, where the agent has one for it."""
        return keypad.calls(self._agent.keypad, keys)
