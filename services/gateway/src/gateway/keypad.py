"""Keys that the caller presses one after the other, as one input."""

import msgspec

from trunkline.agents import Keypad
from trunkline.events.call import CollectDigits
from trunkline.events.turn import ToolCall


def usual(keypad: Keypad) -> CollectDigits:
    """How keys are collected where the model has not asked for any."""
    return CollectDigits(keypad.max_digits, keypad.finish_key, round(keypad.timeout_seconds * 1000))


def is_complete(pressed: str, wanted: CollectDigits) -> bool:
    """Whether the last key has completed the input."""
    finished = bool(wanted.finish_key) and pressed.endswith(wanted.finish_key)
    return finished or 0 < wanted.max_digits <= len(pressed)


def entered(pressed: str, wanted: CollectDigits) -> str:
    """The input, without the key that finished it; that key alone is an input, too."""
    return (pressed.removesuffix(wanted.finish_key) if wanted.finish_key else pressed) or pressed


def calls(keypad: Keypad, keys: str) -> tuple[ToolCall, ...]:
    """The tool that takes the keys, where the agent has one for them."""
    if not keypad.tool:
        return ()
    return (ToolCall(keypad.tool, msgspec.json.encode({keypad.argument: keys}).decode()),)
