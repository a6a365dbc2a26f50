from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_worker.providers.thinking import ThoughtFilter

CASES = [
    ("We open at eight.", "We open at eight."),
    ("<think>Hours?</think>\n\nAt eight.", "At eight."),
    ("\n<think>\nHours?\n</think>At eight.", "At eight."),
    ("<think></think>At <think>eight</think>.", "At <think>eight</think>."),
    ("<think>without an end", ""),
    ("<th", "<th"),
    ("< 8 o'clock", "< 8 o'clock"),
    ("", ""),
]


def spoken(pieces: list[str]) -> str:
    spoken = ThoughtFilter()
    return "".join(map(spoken.add, pieces)) + spoken.end()


@pytest.mark.parametrize(("text", "said"), CASES)
def test_thoughts_before_the_answer_are_not_spoken(text: str, said: str) -> None:
    assert spoken([text]) == said


@given(st.sampled_from(CASES), st.data())
def test_it_does_not_matter_how_a_reply_is_divided(
    case: tuple[str, str], data: st.DataObject
) -> None:
    text, said = case
    cuts = data.draw(st.sets(st.integers(0, len(text))))
    pieces = [text[a:b] for a, b in pairwise([0, *sorted(cuts), len(text)])]

    assert spoken(pieces).strip() == said.strip()


def test_the_first_word_of_an_answer_is_not_held_back() -> None:
    assert ThoughtFilter().add("At") == "At"
