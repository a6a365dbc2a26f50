"""The history that workers are shown: what was said and heard, within bounds."""

from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import given

from gateway.history import SUMMARY_CHARACTERS, history, remembered
from gateway.story import TurnStory
from trunkline.events.call import ToolStatus
from trunkline.events.turn import Message, Role, ToolUse

SUMMARY = "Earlier in this call the caller said: "
GREETING = TurnStory(0, text="Hello.", said=6)


def turn(number: int, asked: str, text: str = "", said: int | None = None) -> TurnStory:
    return TurnStory(number, asked, text=text, said=len(text) if said is None else said)


def test_a_history_is_what_was_said_and_heard_in_turn() -> None:
    turns = [GREETING, turn(1, "When?", "At nine. Until five.", 8), turn(2, "And where?")]

    assert history(turns, 40, 1000) == (
        Message(Role.AGENT, "Hello."),
        Message(Role.CALLER, "When?", 1),
        Message(Role.AGENT, "At nine.", 1),
        Message(Role.CALLER, "And where?", 2),
    )


def test_what_nobody_said_or_heard_is_no_message() -> None:
    turns = [TurnStory(0, text="Hello."), turn(1, "When?", "At nine.", 0), turn(2, "Where?")]

    assert [message.text for message in history(turns, 40, 1000)] == ["When?", "Where?"]


def test_words_of_the_turn_that_is_being_answered_are_left_to_its_prefix() -> None:
    assert history([turn(1, "When?", "At nine.")], 40, 1000) == (Message(Role.CALLER, "When?", 1),)


def test_turns_beyond_the_limit_become_one_line() -> None:
    turns = [GREETING, turn(1, "One", "1"), turn(2, "Two", "2"), turn(3, "Three")]

    assert history(turns, 2, 1000) == (
        Message(Role.SUMMARY, SUMMARY + "One"),
        Message(Role.CALLER, "Two", 2),
        Message(Role.AGENT, "2", 2),
        Message(Role.CALLER, "Three", 3),
    )


def test_turns_beyond_the_characters_become_one_line() -> None:
    turns = [turn(1, "A" * 500, "1"), turn(2, "B" * 60, "2" * 30), turn(3, "C" * 10)]

    assert [message.text for message in history(turns, 40, 100)] == [
        SUMMARY + "A" * 80,
        "B" * 60,
        "2" * 30,
        "C" * 10,
    ]


def test_a_greeting_that_does_not_fit_is_left_out_without_a_line() -> None:
    assert history([GREETING, turn(1, "When?")], 1, 1000) == (Message(Role.CALLER, "When?", 1),)


def test_what_was_said_last_is_there_however_long_it_is() -> None:
    asked = "When? " * 100

    assert history([GREETING, turn(1, asked)], 40, 10)[-1] == Message(Role.CALLER, asked, 1)


turns_of_any_kind = st.lists(
    st.tuples(st.text("abc ", min_size=1, max_size=120).filter(str.strip), st.text(max_size=120)),
    min_size=1,
    max_size=30,
)


@given(said=turns_of_any_kind, max_turns=st.integers(1, 10), max_characters=st.integers(1, 400))
def test_a_history_keeps_its_bounds_and_ends_with_the_caller(
    said: list[tuple[str, str]], max_turns: int, max_characters: int
) -> None:
    turns = [turn(number, *texts) for number, texts in enumerate(said, 1)]

    messages = history(turns, max_turns, max_characters)

    full = [message for message in messages if message.role is not Role.SUMMARY]
    assert messages[-1] == Message(Role.CALLER, said[-1][0], len(said))
    assert sum(message.role is Role.CALLER for message in full) <= max_turns
    assert sum(len(message.text) for message in full[:-1]) <= max_characters
    if len(messages) > len(full):
        assert messages[0].role is Role.SUMMARY
        assert len(messages[0].text) <= len(SUMMARY) + SUMMARY_CHARACTERS
    else:
        assert [message.text for message in full if message.role is Role.CALLER] == [
            asked for asked, _ in said
        ]


def test_keys_are_a_message_of_the_caller_though_nothing_was_said() -> None:
    keyed = TurnStory(1, entered="42")

    assert history([GREETING, keyed], 40, 1000)[-1] == Message(Role.CALLER, "", 1, "42")


def test_what_tools_answered_counts_and_goes_with_its_turn() -> None:
    turns = [turn(1, "Book it.", "Done."), turn(2, "Thanks."), turn(3, "Bye.")]
    use = ToolUse("use-1", 1, 0, "book", "{}", ToolStatus.SUCCEEDED, "x" * 200)

    messages = history(turns, 40, 150, [use])

    assert [message.turn for message in messages] == [0, 2, 3]
    assert remembered([use], messages) == (replace(use, arguments="", result=""),)
    assert remembered([use], history(turns, 40, 1000, [use])) == (use,)
