"""One attempt as events and effects, and the text that comes of it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_worker.continuation import Continuation
from llm_worker.effects import (
    Append,
    Ask,
    Effect,
    End,
    Event,
    Fired,
    ModelGaveUp,
    PromptRead,
    SlotTaken,
    Timer,
    Wake,
)
from llm_worker.model import Fault, Finished, TextDelta
from llm_worker.sentences import Grouper
from llm_worker.turn import GROUP_SECONDS, HEARTBEAT_SECONDS, MAX_CHARACTERS, Turn
from trunkline.agents import Agent, Language, ModelChoice, Provider
from trunkline.events.call import (
    FailureReason,
    Heartbeat,
    ReplyChunk,
    ReplyFailed,
    ReplyFinished,
    Timings,
    TurnStarted,
    Usage,
)
from trunkline.events.turn import TurnRef, TurnRequested

FIRST = ModelChoice(provider=Provider.GROQ, name="quick", first_token_seconds=2.0)
SECOND = ModelChoice(provider=Provider.OFFLINE)
AGENT = Agent(
    id="clinic",
    greeting="Hello.",
    instructions="Speak.",
    languages=(Language(code="en-US"),),
    models=(FIRST, SECOND),
)
USAGE = Usage("groq/quick", 80, 5)


def test_a_prompt_is_answered_on_reading_before_there_is_a_slot() -> None:
    effects = turn().handle(PromptRead("worker-1", 7), 100.0)

    assert effects == [
        Append(TurnStarted(3, 0, "worker-1", 7)),
        Wake(Timer.HEARTBEAT, 100.4),
        Wake(Timer.DEADLINE, 120.0),
    ]


def test_a_slot_asks_the_first_model_within_its_time_for_a_first_word() -> None:
    effects = play(turn(), (SlotTaken(), 101.0))

    assert effects == [Ask(FIRST, "", first_token_by=103.0, complete_by=120.0)]


def test_the_first_word_goes_out_at_once_and_later_ones_are_gathered() -> None:
    effects = play(
        turn(), (TextDelta("We"), 101.0), (TextDelta(" are"), 101.01), (TextDelta(" open"), 101.02)
    )

    assert effects == [Append(ReplyChunk(3, 0, 0, "We")), Wake(Timer.GROUP, 101.01 + GROUP_SECONDS)]


def test_words_gathered_go_out_when_their_time_comes() -> None:
    one = turn()
    play(one, (TextDelta("We "), 101.0), (TextDelta("are "), 101.01))

    assert one.handle(Fired(Timer.GROUP), 101.07) == [Append(ReplyChunk(3, 0, 1, "are "))]


def test_a_whole_sentence_does_not_wait() -> None:
    effects = play(turn(), (TextDelta("We "), 101.0), (TextDelta("are open. Come"), 101.01))

    assert Append(ReplyChunk(3, 0, 1, "are open. ")) in effects


def test_silence_is_filled_with_heartbeats_and_writing_puts_them_off() -> None:
    one = turn()
    play(one, (TextDelta("We"), 100.3))

    assert one.handle(Fired(Timer.HEARTBEAT), 100.4) == [Wake(Timer.HEARTBEAT, 100.7)]
    assert one.handle(Fired(Timer.HEARTBEAT), 100.7) == [
        Append(Heartbeat(3, 0)),
        Wake(Timer.HEARTBEAT, 100.7 + HEARTBEAT_SECONDS),
    ]


def test_the_end_says_how_many_chunks_what_it_cost_and_how_long_it_took() -> None:
    effects = play(
        turn(), (SlotTaken(), 100.1), (TextDelta("Yes."), 100.5), (Finished(USAGE), 101.0)
    )

    timings = Timings(queued_ms=100, first_token_ms=500, total_ms=1000)
    assert effects[-2:] == [Append(ReplyFinished(3, 0, 1, USAGE, timings)), End()]


def test_a_model_that_fails_before_its_first_word_is_followed_by_the_next() -> None:
    effects = play(turn(), (SlotTaken(), 100.1), (ModelGaveUp(), 102.1))

    assert effects[-1] == Ask(SECOND, "", first_token_by=106.1, complete_by=120.0)


def test_a_model_that_fails_in_mid_sentence_is_followed_by_one_that_goes_on() -> None:
    effects = play(
        turn(),
        (SlotTaken(), 100.1),
        (TextDelta("We open "), 100.2),
        (TextDelta("at "), 100.21),
        (ModelGaveUp(), 100.22),
        (TextDelta("We open at eight."), 100.5),
        (Finished(), 100.6),
    )

    assert Ask(SECOND, "We open at ", 104.22, 120.0) in effects
    assert text_of(effects) == "We open at eight."


def test_when_no_other_is_left_a_model_goes_on_itself_after_a_pause() -> None:
    one = turn()
    effects = play(
        one,
        (SlotTaken(), 100.1),
        (ModelGaveUp(), 101.0),
        (TextDelta("We open "), 101.5),
        (ModelGaveUp(Fault.CUT, retryable=True, retry_after=2.0), 102.0),
    )

    wake = effects[-1]
    assert isinstance(wake, Wake)
    assert wake.timer is Timer.ASK
    assert 104.0 < wake.at < 104.5
    assert play(one, (Fired(Timer.ASK), wake.at)) == [
        Ask(SECOND, "We open ", first_token_by=wake.at + 4.0, complete_by=120.0)
    ]
    said = play(one, (TextDelta("We open at eight."), 105.0), (Finished(), 105.1))
    assert text_of([*effects, *said]) == "We open at eight."


def test_a_turn_that_is_over_before_a_model_is_asked_again_has_failed() -> None:
    one = turn()
    again = ModelGaveUp(retryable=True)
    play(one, (SlotTaken(), 100.1), (ModelGaveUp(), 101.0), (again, 118.0))

    ended = play(one, (Fired(Timer.DEADLINE), 120.0), (Fired(Timer.ASK), 120.1))

    assert ended == [Append(ReplyFailed(3, 0, FailureReason.MODELS_FAILED)), End()]


def test_when_no_model_is_left_the_reply_has_failed() -> None:
    effects = play(turn(), (SlotTaken(), 100.1), (ModelGaveUp(), 101.0), (ModelGaveUp(), 102.0))

    assert effects[-2:] == [Append(ReplyFailed(3, 0, FailureReason.MODELS_FAILED)), End()]


def test_an_empty_reply_is_none() -> None:
    effects = play(turn(), (SlotTaken(), 100.1), (Finished(USAGE), 100.2))

    assert isinstance(effects[-1], Ask)


def test_spaces_alone_are_no_reply_and_are_not_spoken_before_the_next_models() -> None:
    effects = play(
        turn(),
        (SlotTaken(), 100.1),
        (TextDelta("\n"), 100.2),
        (TextDelta("\n "), 100.3),
        (Fired(Timer.GROUP), 100.4),
        (Finished(USAGE), 100.5),
        (TextDelta("At eight."), 100.6),
    )

    assert Ask(SECOND, "", first_token_by=104.5, complete_by=120.0) in effects
    assert text_of(effects) == "At eight."


def test_spaces_alone_of_the_last_model_are_a_failure() -> None:
    effects = play(
        turn(),
        (SlotTaken(), 100.1),
        (ModelGaveUp(), 100.2),
        (TextDelta("\n\n"), 100.3),
        (Finished(USAGE), 100.4),
    )

    assert effects[-2:] == [Append(ReplyFailed(3, 0, FailureReason.MODELS_FAILED)), End()]
    assert text_of(effects) == ""


def test_spaces_before_the_first_word_go_out_with_it() -> None:
    effects = play(turn(), (TextDelta(" \n"), 100.2), (TextDelta("We"), 100.3))

    assert text_of(effects) == " \nWe"


def test_a_turn_that_never_got_a_slot_expires() -> None:
    effects = play(turn(), (Fired(Timer.DEADLINE), 120.0))

    assert effects == [Append(ReplyFailed(3, 0, FailureReason.EXPIRED)), End()]


def test_a_model_that_is_still_speaking_at_the_deadline_has_failed() -> None:
    effects = play(turn(), (SlotTaken(), 100.1), (Fired(Timer.DEADLINE), 120.0))

    assert effects[-2:] == [Append(ReplyFailed(3, 0, FailureReason.MODELS_FAILED)), End()]


def test_a_model_that_never_stops_is_stopped() -> None:
    effects = play(turn(), *[(TextDelta("word " * 100), 101.0)] * 20)

    assert len(text_of(effects)) == MAX_CHARACTERS
    assert isinstance(effects[-1], End)


def test_after_the_end_nothing_happens_any_more() -> None:
    one = turn()
    play(one, (TextDelta("Yes."), 101.0), (Finished(), 101.1))

    assert play(one, (TextDelta("But"), 101.2), (Fired(Timer.HEARTBEAT), 101.5)) == []


deltas = st.lists(st.text(alphabet="ab. !\n", min_size=1, max_size=6), min_size=1, max_size=40)


@given(deltas=deltas, fires=st.sets(st.integers(0, 40)))
def test_the_chunks_put_together_are_the_models_text(deltas: list[str], fires: set[int]) -> None:
    one, effects = turn(), []
    for i, text in enumerate(deltas):
        effects += play(one, (TextDelta(text), 101.0 + i))
        if i in fires:
            effects += play(one, (Fired(Timer.GROUP), 101.5 + i))
    effects += play(one, (Finished(), 150.0))
    chunks = chunks_of(effects)

    assert "".join(chunk.text for chunk in chunks) == "".join(deltas) or not "".join(deltas).strip()
    assert [chunk.seq for chunk in chunks] == list(range(len(chunks)))


@given(deltas=deltas)
def test_the_first_word_is_never_held_back(deltas: list[str]) -> None:
    one = turn()
    for i, text in enumerate(deltas):
        given = chunks_of(play(one, (TextDelta(text), 101.0)))
        if "".join(deltas[: i + 1]).strip():
            assert given
            return


@given(words=st.lists(st.sampled_from(["we ", "open ", "at ", "eight ", "ten. "]), min_size=2))
def test_a_reply_that_starts_over_goes_on_after_what_was_heard(words: list[str]) -> None:
    for cut in range(1, len(words)):
        heard = "".join(words[:cut])
        after = Continuation(heard)
        said = "".join(after.add(word) for word in words) + after.end()
        assert heard + said == "".join(words)


def test_repeated_last_words_are_taken_away() -> None:
    for heard, replied, expected in [
        ("We open at eight", " at eight in the morning", " in the morning"),
        ("We open at eight ", "at eight in the morning", "in the morning"),
        ("We open", " at eight", " at eight"),
        ("We open", "at eight", " at eight"),
        ("We open ", " at eight", "at eight"),
        ("It costs ten", "tentatively", " tentatively"),
        ("We open at eight.", "", ""),
    ]:
        after = Continuation(heard)
        said = "".join(after.add(letter) for letter in replied) + after.end()
        assert said == expected, (heard, replied)


def test_a_word_that_may_still_grow_is_held_until_the_next_begins() -> None:
    grouper = Grouper()

    assert grouper.add("The") == "The"
    assert grouper.add(" phar") == ""
    assert grouper.add("macy op") == ""
    assert grouper.words() == " pharmacy"
    assert grouper.rest() == " op"


@pytest.mark.parametrize(
    ("text", "given"),
    [
        (" open. Come", " open. "),
        (" open.) Come", " open.) "),
        (" at 8.30 a", ""),
        ("九点开门。请", "九点开门。"),
        ("「開いています。」どうぞ", "「開いています。」"),
        ("本当ですか？はい", "本当ですか？"),  # noqa: RUF001  the wide sign is meant
        ("हम नौ बजे खुलते हैं। आइए", "हम नौ बजे खुलते हैं। "),
        ("هل تسمعني؟ نعم", "هل تسمعني؟ "),
    ],
)
def test_a_sentence_ends_where_its_script_ends_it(text: str, given: str) -> None:
    grouper = Grouper()
    grouper.add("a")

    assert grouper.add(text) == given


def turn(spoken_prefix: str = "") -> Turn:
    request = TurnRequested(
        ref=TurnRef("default", "CA1", "AT1", 7, 3, 0),
        reply_topic="call.CA1",
        deadline_ms=0,
        agent_id="clinic",
        agent_version="v1",
        language="en-US",
        spoken_prefix=spoken_prefix,
    )
    return Turn(request, AGENT, deadline=120.0)


def play(one: Turn, *events: tuple[Event, float]) -> list[Effect]:
    """Start the turn at 100 s if it is new, then feed it; the start's effects are left out."""
    if one._now == 0.0:
        one.handle(PromptRead("worker-1", 7), 100.0)
    return [effect for event, now in events for effect in one.handle(event, now)]


def chunks_of(effects: Sequence[Effect]) -> list[ReplyChunk]:
    appended = [effect.event for effect in effects if isinstance(effect, Append)]
    return [event for event in appended if isinstance(event, ReplyChunk)]


def text_of(effects: Sequence[Effect]) -> str:
    return "".join(chunk.text for chunk in chunks_of(effects))
