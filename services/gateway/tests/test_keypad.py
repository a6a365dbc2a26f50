"""When keys are complete, and what of them is the input."""

import pytest

from gateway import keypad
from trunkline.agents import Keypad
from trunkline.events.call import CollectDigits
from trunkline.events.turn import ToolCall


@pytest.mark.parametrize(
    ("pressed", "wanted", "complete", "entered"),
    [
        ("12", CollectDigits(0, "#"), False, "12"),
        ("12#", CollectDigits(0, "#"), True, "12"),
        ("#", CollectDigits(0, "#"), True, "#"),
        ("1234", CollectDigits(4, "#"), True, "1234"),
        ("12#", CollectDigits(4, ""), False, "12#"),
        ("12*", CollectDigits(0, "*"), True, "12"),
    ],
)
def test_an_input_is_complete_by_its_finish_key_or_its_length(
    pressed: str, wanted: CollectDigits, complete: bool, entered: str
) -> None:
    assert keypad.is_complete(pressed, wanted) is complete
    assert keypad.entered(pressed, wanted) == entered


def test_keys_are_usually_collected_as_the_agent_says() -> None:
    usual = keypad.usual(Keypad(finish_key="*", max_digits=6, timeout_seconds=1.5))

    assert usual == CollectDigits(6, "*", 1500)


def test_the_agents_tool_takes_the_keys_as_text() -> None:
    assert keypad.calls(Keypad(tool="find", argument="number"), "007") == (
        ToolCall("find", '{"number":"007"}'),
    )
    assert keypad.calls(Keypad(), "007") == ()
