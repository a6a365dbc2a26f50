"""Keys that are pressed: what one asks for on its own, and when several are an input."""

import pytest
from builders import agent
from rooms import Room, room

from gateway.effects import Timer
from gateway.keys import Keys
from trunkline.agents import Keypad, Language, Switch
from trunkline.events.call import CallerSpoke, KeysPressed, OptOut, SwitchLanguage
from trunkline.events.turn import ToolCall

SPEAKS_TWO = agent(
    languages=(Language(code="en-US"), Language(code="es-ES", switch=Switch(key="2"))),
    keypad=Keypad(finish_key="#", max_digits=4, timeout_seconds=3.0),
)


def keys_in(here: Room) -> Keys:
    return Keys(here.scribe, here.agent)


def pressed(digits: str, here: Room | None = None) -> Keys:
    keys = keys_in(here or room(SPEAKS_TWO))
    for digit in digits:
        keys.press(digit)
    return keys


def test_a_key_is_written_down_and_pending() -> None:
    here = room(SPEAKS_TWO)
    keys = pressed("1", here)

    assert here.written() == [KeysPressed(0, "1")]
    assert keys.pending == "1"


@pytest.mark.parametrize(
    ("digits", "complete", "entered"),
    [("12", False, "12"), ("12#", True, "12"), ("1234", True, "1234"), ("#", True, "#")],
)
def test_an_input_is_complete_with_its_last_key(digits: str, complete: bool, entered: str) -> None:
    keys = pressed(digits)

    assert (keys.is_complete, keys.entered) == (complete, entered)


def test_the_next_key_is_waited_for_as_long_as_the_agent_says() -> None:
    here = room(SPEAKS_TWO)
    keys_in(here).await_next()

    assert here.timers() == {Timer.KEYS: 3.0}


def test_a_key_asks_for_what_the_agents_file_says() -> None:
    assert keys_in(room(SPEAKS_TWO)).rule("2") == SwitchLanguage("es-ES")
    assert keys_in(room(SPEAKS_TWO)).rule("3") is None


def test_the_calls_own_key_asks_for_no_more_calls() -> None:
    assert keys_in(room(SPEAKS_TWO, opt_out_key="9")).rule("9") == OptOut()
    assert keys_in(room(SPEAKS_TWO)).rule("9") is None


def test_a_key_within_an_input_asks_for_nothing_else() -> None:
    assert pressed("1").rule("2") is None


def test_the_end_of_the_last_input_may_come_twice() -> None:
    entered = CallerSpoke(1, "", "", "12")
    after_input = keys_in(room(SPEAKS_TWO, entered))
    after_words = keys_in(room(SPEAKS_TWO, CallerSpoke(1, "Hello?", "en-US")))

    assert after_input.is_end_again("#")
    assert not after_input.is_end_again("1")
    assert not after_words.is_end_again("#")
    assert not pressed("3", room(SPEAKS_TWO, entered)).is_end_again("#")


def test_an_input_is_given_to_the_tool_that_the_agent_has_for_it() -> None:
    books = agent(keypad=Keypad(tool="book", argument="number"))

    assert keys_in(room(books)).calls("12") == (ToolCall("book", '{"number":"12"}'),)
    assert keys_in(room()).calls("12") == ()
