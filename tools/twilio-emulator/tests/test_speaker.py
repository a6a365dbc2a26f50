"""The voice: what is spoken when, and what an interrupt leaves of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twilio_emulator.speaker import Speaker
from twilio_emulator.utterance import Began, Ended, FellSilent, Played, Sounded


def test_speech_begins_with_the_first_token_and_runs_at_the_stated_speed() -> None:
    speaker = Speaker(cps=10)

    events = speaker.hear("Hello, ", last=False, now=5.0, turn=1)
    speaker.hear("caller.", last=True, now=5.1)
    speaker.advance(5.55)

    assert events == [Began(5.0, 1)]
    assert speaker.heard == "Hello"
    assert speaker.next_change() == 6.4
    assert speaker.advance(7.0) == [
        Ended(6.4, 1, "Hello, caller.", "Hello, caller.", 5.0, "finished"),
        FellSilent(6.4),
    ]


def test_a_latency_delays_the_first_sound() -> None:
    speaker = Speaker(cps=10, latency=0.5)

    speaker.hear("Hello", last=True, now=1.0)

    assert not speaker.audible
    assert speaker.next_change() == 1.5
    assert speaker.advance(1.5) == [Began(1.5, 0)]


def test_utterances_are_spoken_in_order_without_a_gap() -> None:
    speaker = Speaker(cps=4)
    speaker.hear("one", last=True, now=0.0, turn=1)
    speaker.hear("two", last=True, now=0.25, turn=2)

    events = speaker.advance(2.0)

    assert events == [
        Ended(0.75, 1, "one", "one", 0.0, "finished"),
        Ended(1.5, 2, "two", "two", 0.75, "finished"),
        FellSilent(1.5),
    ]


def test_an_interrupt_tells_the_spoken_part_and_drops_what_was_queued() -> None:
    speaker = Speaker(cps=10)
    speaker.hear("A long sentence.", last=True, now=0.0, turn=1)
    speaker.hear("And another.", last=True, now=0.0, turn=1)
    speaker.advance(0.65)

    cut = speaker.interrupt(0.65, "speech")
    ends = speaker.drop_all(0.65)

    assert cut is not None
    assert (cut.heard, cut.duration_ms, cut.turn) == ("A long", 650, 1)
    assert [(end.how, end.heard) for end in ends if isinstance(end, Ended)] == [
        ("interrupted", "A long"),
        ("dropped", ""),
    ]
    assert speaker.idle
    assert not speaker.audible


def test_speech_may_only_be_cut_in_the_ways_it_allows() -> None:
    speaker = Speaker(cps=10)
    speaker.hear("Press a key.", last=True, now=0.0, interruptible="dtmf")

    assert speaker.interrupt(0.0, "speech") is None
    assert speaker.interrupt(0.0, "dtmf") is not None


def test_nothing_can_be_cut_in_silence() -> None:
    assert Speaker(cps=10).interrupt(0.0, "speech") is None


def test_preemptible_speech_gives_way_to_the_next_utterance() -> None:
    speaker = Speaker(cps=10)
    speaker.hear("One moment please.", last=True, now=0.0, preemptible=True)

    events = speaker.hear("Here it is.", last=True, now=0.5)

    assert events == [Ended(0.5, 0, "One moment please.", "One m", 0.0, "preempted")]
    assert speaker.text == "Here it is."


def test_an_utterance_that_runs_dry_falls_silent_and_speaks_on_with_the_next_token() -> None:
    speaker = Speaker(cps=10)
    speaker.hear("Well", last=False, now=0.0)

    assert speaker.advance(0.8) == []
    assert speaker.next_change() == 0.9
    assert speaker.advance(2.0) == [FellSilent(0.9)]
    assert speaker.hear(", yes", last=True, now=2.0) == [Began(2.0, 0)]
    assert speaker.advance(3.0)[0] == Ended(2.5, 0, "Well, yes", "Well, yes", 0.0, "finished")


def test_an_empty_token_closes_an_utterance_but_begins_none() -> None:
    speaker = Speaker(cps=10)

    assert speaker.hear("", last=True, now=0.0) == []
    assert speaker.idle

    speaker.hear("Yes", last=False, now=0.0)
    speaker.advance(1.0)
    assert speaker.hear("", last=True, now=1.0) == [Ended(1.0, 0, "Yes", "Yes", 0.0, "finished")]
    assert speaker.idle


def test_played_tokens_are_reported_whole_and_not_too_often() -> None:
    speaker = Speaker(cps=10, report_every=0.25)
    for token in ("ab", "cd", "ef", "g"):
        speaker.hear(token, last=token == "g", now=0.0)

    played = []
    while (due := speaker.next_change()) is not None:
        played += [event for event in speaker.advance(due) if isinstance(event, Played)]

    assert [(round(event.at, 2), event.text) for event in played] == [
        (0.25, "ab"),
        (0.5, "cd"),
        (0.7, "efg"),
    ]


tokens = st.lists(
    st.tuples(st.text("ab ", max_size=6), st.booleans(), st.floats(0, 1)), min_size=1, max_size=12
)


@given(tokens, st.floats(1, 50), st.floats(0, 0.5), st.floats(0, 4))
def test_what_was_heard_is_always_a_prefix_of_what_was_sent(
    sent: list[tuple[str, bool, float]], cps: float, latency: float, listen: float
) -> None:
    speaker, now, ended = Speaker(cps, latency, report_every=0.1), 0.0, []
    for text, last, pause in sent:
        ended += speaker.hear(text, last, now)
        now += pause
        ended += speaker.advance(now)
    now += listen
    ended += speaker.advance(now)
    expected = speaker.heard

    cut = speaker.interrupt(now, "speech")
    ended += speaker.drop_all(now)

    if cut is not None:
        assert cut.heard == expected
        assert 0 <= cut.duration_ms <= now * 1000 + 1
    spoken = [event for event in ended if isinstance(event, Ended)]
    assert all(event.text.startswith(event.heard) for event in spoken)
    everything = "".join(text for text, _, _ in sent)
    assert everything == "".join(event.text for event in spoken)
    heard = "".join(event.heard for event in spoken)
    assert everything.startswith(heard)
    assert len(heard) <= now * cps + 1
    played = "".join(event.text for event in ended if isinstance(event, Played))
    assert everything.startswith(played)
    assert len(played) <= len(heard)
    assert speaker.idle


def test_a_sound_takes_its_time_among_the_words_and_is_heard_as_a_whole_or_not_at_all() -> None:
    speaker = Speaker(cps=10)
    speaker.hear("Listen", last=True, now=0.0, turn=1)

    events = speaker.sound("play", "https://a.example/ding.mp3", 2.0, now=0.0, turn=1)
    events += speaker.advance(1.0)
    cut = speaker.interrupt(1.0, "speech")
    ends = speaker.drop_all(1.0)

    assert [type(event) for event in events] == [Ended, Sounded]
    assert events[1] == Sounded(0.6, 1, "https://a.example/ding.mp3")
    assert cut is not None
    assert (cut.heard, cut.duration_ms) == ("", 400)
    source = "https://a.example/ding.mp3"
    assert ends == [
        Ended(1.0, 1, source, source, 0.6, "interrupted", "play"),
        FellSilent(1.0),
    ]


def test_a_sound_ends_words_that_were_left_open_and_later_words_stand_alone() -> None:
    speaker = Speaker(cps=10)
    speaker.hear("One moment", last=False, now=0.0)
    speaker.sound("play", "tune", 1.0, now=0.0)
    speaker.hear("Here I am", last=True, now=0.0)

    ended = [event for event in speaker.advance(10.0) if isinstance(event, Ended)]

    assert [(event.text, round(event.at, 6)) for event in ended] == [
        ("One moment", 1.0),
        ("tune", 2.0),
        ("Here I am", 2.9),
    ]


def test_keys_sound_one_after_the_other_and_a_w_is_half_a_second() -> None:
    speaker = Speaker(cps=10)
    speaker.sound("keys", "9w4", 0.9, now=0.0)
    speaker.advance(0.8)

    [ended, _] = speaker.drop_all(0.8)

    assert isinstance(ended, Ended)
    assert (ended.kind, ended.heard) == ("keys", "9w")


def test_a_filler_gives_way_to_the_tokens_of_a_reply_which_are_spoken_as_one() -> None:
    speaker = Speaker(cps=10)
    speaker.hear("One moment please. ", last=True, now=0.0, turn=1, preemptible=True)
    speaker.advance(0.3)

    events = speaker.hear("It ", last=False, now=0.3, turn=1)
    events += speaker.hear("costs thirty.", last=True, now=0.4, turn=1)
    events += speaker.advance(3.0)

    ended = [event for event in events if isinstance(event, Ended)]
    assert [(event.text, event.how) for event in ended] == [
        ("One moment please. ", "preempted"),
        ("It costs thirty.", "finished"),
    ]
    assert ended[0].heard == "One"
    assert not [event for event in events if isinstance(event, Began)]  # no gap between them


def test_a_filler_that_has_been_spoken_or_is_still_open_is_not_replaced() -> None:
    spoken, still_open = Speaker(cps=10), Speaker(cps=10)
    spoken.hear("Well. ", last=True, now=0.0, preemptible=True)
    still_open.hear("Well, ", last=False, now=0.0, preemptible=True)

    done = spoken.hear("Yes.", last=True, now=1.0)
    going_on = still_open.hear("yes.", last=True, now=0.1)

    assert [event.how for event in done if isinstance(event, Ended)] == ["finished"]
    assert going_on == []
    assert still_open.text == "Well, yes."


def test_replaceable_speech_behind_other_speech_is_dropped_before_it_began() -> None:
    speaker = Speaker(cps=10)
    speaker.hear("A sentence that stays.", last=True, now=0.0)
    speaker.sound("play", "tune", 5.0, now=0.0, preemptible=True)

    events = speaker.hear("And then this.", last=True, now=0.1)

    assert events == [Ended(0.1, 0, "tune", "", None, "dropped", "play")]


def test_the_languages_of_an_utterance_are_told_in_their_order() -> None:
    speaker = Speaker(cps=10)
    speaker.hear("Sure. ", last=False, now=0.0, lang="en-US")
    speaker.hear("Claro.", last=True, now=0.0, lang="es-MX")

    [ended] = [event for event in speaker.advance(9.0) if isinstance(event, Ended)]

    assert ended.langs == ("en-US", "es-MX")
