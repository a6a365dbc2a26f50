"""How much of what was sent has been spoken: by report, or else by the clock."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from gateway.speech import REPORT_GRACE_SECONDS, ROUNDING_SECONDS, Speech

RATE = 10.0
TEXT = "We open at nine. We close at five."  # 16 and 34 characters


def speaking(text: str = TEXT) -> Speech:
    speech = Speech(RATE)
    speech.begin("", 0.0)
    speech.add(text, 0.0)
    return speech


def test_speech_goes_on_at_its_rate_and_ends_with_its_text() -> None:
    speech = speaking()

    assert [speech.spoken(at) for at in (0.0, 1.0, 3.4, 99.0)] == [0, 10, 34, 34]
    assert speech.seconds_left(1.0) == pytest.approx(2.4)
    assert speech.seconds_left(99.0) == 0


def test_words_that_come_after_a_pause_begin_where_they_are_sent() -> None:
    speech = speaking("Yes.")

    speech.add(" We do.", 10.0)

    assert speech.spoken(10.3) == len("Yes.") + 3


def test_a_sentence_counts_once_it_has_been_spoken_to_its_end() -> None:
    speech = speaking()

    assert [speech.sentences_spoken(at) for at in (1.5, 1.6, 3.3, 3.4)] == [0, 16, 16, 34]


def test_the_next_end_is_that_of_a_sentence_then_of_the_text() -> None:
    speech = speaking("We open at nine. And so on")

    assert speech.seconds_to_next_end(0.0) == pytest.approx(1.6 + ROUNDING_SECONDS)
    assert speech.seconds_to_next_end(2.0) == pytest.approx(0.6 + ROUNDING_SECONDS)
    assert speech.seconds_to_next_end(2.7) is None


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("At 10.30 we open. Then", "At 10.30 we open."),
        ('He said "No!" Then', 'He said "No!"'),
        ("Really?! Then", "Really?!"),
        ("One\nTwo", "One\n"),
        ("Wait… what", "Wait…"),
    ],
)
def test_sentences_end_at(text: str, end: str) -> None:
    wait = speaking(text).seconds_to_next_end(0.0)

    assert wait == pytest.approx(len(end) / RATE + ROUNDING_SECONDS)


def test_reports_are_believed_and_not_the_clock() -> None:
    speech = speaking()

    speech.played("We open ", 0.5)
    speech.played("at", 0.6)

    assert speech.is_reported
    assert speech.spoken(99.0) == len("We open at ")
    assert speech.seconds_to_next_end(1.0) == pytest.approx(2.3 + REPORT_GRACE_SECONDS)


def test_the_same_word_reported_twice_is_found_twice() -> None:
    speech = speaking("No, no, no.")

    speech.played("no", 0.1)
    speech.played("no", 0.2)

    assert speech.spoken(0.3) == len("No, no, no")


def test_words_that_were_spoken_differently_count_by_their_length() -> None:
    speech = speaking("Dr. Smith is in.")

    speech.played("Doctor ", 0.1)
    speech.played("Smith is in.", 0.2)

    assert speech.spoken(0.3) == len("Dr. Smith is in.")


def test_space_after_the_last_word_is_spoken_with_it() -> None:
    speech = speaking("We open. ")

    speech.played("We open.", 0.5)

    assert speech.seconds_left(0.5) == 0


def test_finished_speech_is_spoken_however_slow_it_was_thought() -> None:
    speech = speaking()

    speech.finish(0.5)

    assert speech.spoken(0.5) == len(TEXT)
    assert speech.seconds_to_next_end(0.5) is None


def test_a_new_turn_begins_with_nothing_spoken() -> None:
    speech = speaking()
    speech.finish(0.5)

    speech.begin("Hello.", 1.0)

    assert (speech.text, speech.spoken(1.0), speech.spoken(1.25)) == ("Hello.", 0, 2)


steps = st.one_of(
    st.tuples(st.just("add"), st.text("ab. ", max_size=8)),
    st.tuples(st.just("played"), st.text("ab. ", max_size=8)),
    st.tuples(st.just("finish"), st.just("")),
    st.tuples(st.just("wait"), st.just("")),
)


@given(script=st.lists(steps, max_size=20))
def test_what_was_spoken_never_shrinks_and_never_exceeds_what_was_sent(
    script: list[tuple[str, str]],
) -> None:
    speech = Speech(RATE)
    before, was_reported = 0, False
    for at, (step, text) in enumerate(script):
        match step:
            case "add":
                speech.add(text, at)
            case "played":
                speech.played(text, at)
            case "finish":
                speech.finish(at)
        spoken = speech.spoken(at)
        assert 0 <= speech.sentences_spoken(at) <= spoken <= len(speech.text)
        if speech.is_reported == was_reported:  # the first report corrects what was estimated
            assert spoken >= before
        before, was_reported = spoken, speech.is_reported
