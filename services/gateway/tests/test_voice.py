"""The agent's voice: frames numbered within their turn, and silent when nothing says it speaks."""

from gateway.effects import SendText
from gateway.voice import Voice


def test_frames_are_numbered_within_their_turn() -> None:
    voice = Voice(10.0)

    said = [voice.say(1, "At ", 0.0), voice.say(1, "nine.", 0.1), *voice.close(1)]
    voice.open_turn(5.0)

    assert said == [SendText(1, 0, "At "), SendText(1, 1, "nine."), SendText(1, 2, "", last=True)]
    assert voice.say(2, "Yes.", 5.0, last=True) == SendText(2, 0, "Yes.", last=True)


def test_an_utterance_is_closed_once() -> None:
    voice = Voice(10.0)
    closed_at_first = voice.close(1)
    voice.say(1, "Yes.", 0.0, last=True)

    assert closed_at_first == voice.close(1) == []


def test_the_voice_is_silent_when_the_clock_says_so_and_twilio_does_not_deny_it() -> None:
    voice = Voice(10.0)
    voice.say(1, "At nine.", 0.0)

    assert [voice.is_silent(at) for at in (0.0, 0.7, 0.9)] == [False, False, True]
    voice.began(1.0)
    assert not voice.is_silent(20.0)


def test_speech_that_is_cut_short_is_over_whatever_was_reported() -> None:
    voice = Voice(10.0)
    voice.say(1, "At nine.", 0.0)
    voice.began(0.0)

    voice.cut_short(0.1)

    assert voice.is_silent(0.1)


def test_what_was_said_before_this_attachment_counts_as_spoken() -> None:
    voice = Voice(10.0)
    voice.say(1, " Are you there?", 0.0)

    assert voice.spoken_of("We open Are you there?", 0.55) == len("We open") + 5
    assert voice.sentences_spoken_of("We open Are you there?", 0.55) == len("We open")


def test_reports_that_never_come_are_not_waited_for() -> None:
    voice = Voice(10.0)
    voice.say(1, "At nine.", 0.0)
    voice.played("At", 0.1)

    voice.time_passed(9.0)

    assert voice.is_silent(9.0)


def test_the_passing_of_time_finishes_nothing_that_is_estimated() -> None:
    voice = Voice(10.0)
    voice.say(1, "At nine.", 0.0)

    voice.time_passed(0.1)

    assert not voice.is_silent(0.1)
