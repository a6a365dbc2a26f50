from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_worker.providers.thinking import ThoughtFilter

CASES = [
    ("We open at eight.", "We open at eight."),
    ("\n We open at eight.", "\n We open at eight."),
    ("<think>Hours?</think>\n\nAt eight.", "\n\nAt eight."),
    ("\n<think>\nHours?\n</think>At eight.", "\nAt eight."),
    ("<think></think>At <think>nine?</think>eight.", "At eight."),
    ("Well. <think>Hours? <think>Eight.</think> At eight.", "Well.  At eight."),
    ("Well. <think>without an end", "Well. "),
    ("At eight </thi", "At eight </thi"),
    ("At <<think>nine?</think>eight", "At <eight"),
    ("<think>without an end", ""),
    ("<th", "<th"),
    ("< 8 o'clock", "< 8 o'clock"),
    ("", ""),
]


def spoken(pieces: list[str]) -> str:
    spoken = ThoughtFilter()
    return "".join(map(spoken.add, pieces)) + spoken.end()


@pytest.mark.parametrize(("text", "said"), CASES)
def test_thoughts_are_not_spoken(text: str, said: str) -> None:
    assert spoken([text]) == said


@given(st.sampled_from(CASES), st.data())
def test_it_does_not_matter_how_a_reply_is_divided(
    case: tuple[str, str], data: st.DataObject
) -> None:
    text, said = case
    cuts = data.draw(st.sets(st.integers(0, len(text))))
    pieces = [text[a:b] for a, b in pairwise([0, *sorted(cuts), len(text)])]

    assert spoken(pieces) == said


def test_no_word_of_an_answer_is_held_back() -> None:
    words = ThoughtFilter()

    assert [words.add(piece) for piece in ("At", " eight", " < 9")] == ["At", " eight", " < 9"]


def test_spaces_are_no_first_word() -> None:
    """A thought may follow them, which is to be in time by its answer."""
    assert ThoughtFilter().add("\n") == ""


def test_the_end_of_a_thought_that_nobody_began_is_not_spoken_nor_what_is_in_hand_with_it() -> None:
    """Words that were let go before cannot be had back; from then on it is an answer."""
    assert spoken(["The caller wants hours. </think>", "At eight."]) == "At eight."
    assert spoken(["Hours? ", "</think>", "At eight."]) == "Hours? At eight."
