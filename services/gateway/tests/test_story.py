"""The story that a log tells, record by record."""

from itertools import count

from builders import ATTACHMENT, GREETING, Run, attached, record

from gateway.story import Story, TurnStory, tell
from trunkline.events.call import (
    ActionDone,
    AttemptOpened,
    CallerInterrupted,
    CallerSpoke,
    CallRecord,
    CollectDigits,
    GatewayEvent,
    KeysPressed,
    PhraseKind,
    PhraseSent,
    Spoken,
    SwitchLanguage,
    ToolReturned,
    ToolStatus,
)
from trunkline.events.turn import ToolUse, TurnRef


def run(turn: int, attempt: int = 0, name: str = "run-1") -> Run:
    return Run(TurnRef("acme", "CA1", ATTACHMENT, 0, turn, attempt), name)


def story_of(*happened: GatewayEvent | CallRecord) -> Story:
    numbers = count(1)
    return tell(
        one if isinstance(one, CallRecord) else record(one, next(numbers)) for one in happened
    )


def test_a_story_begins_with_the_greeting() -> None:
    assert story_of(attached()).turn == TurnStory(0, text=GREETING)


def test_a_story_of_nothing_has_an_empty_greeting() -> None:
    assert Story().turn == TurnStory(0)


def test_a_second_session_without_a_greeting_leaves_the_first_ones_words() -> None:
    assert story_of(attached(), attached("")).turn.text == GREETING


def test_a_greeting_in_mid_call_is_no_part_of_a_turns_reply() -> None:
    story = story_of(attached(), CallerSpoke(1, "Hello?"), attached("Hello again."))

    assert story.turn.text == ""


def test_chunks_are_text_and_only_spoken_text_is_heard() -> None:
    reply = run(1)

    story = story_of(
        CallerSpoke(1, "When?", "en-US"),
        reply.started(),
        reply.chunk("At nine. "),
        reply.chunk("Until five."),
        Spoken(1, 9),
    )

    assert story.turn.text == "At nine. Until five."
    assert story.turn.heard == "At nine. "
    assert (story.turn.asked, story.turn.language) == ("When?", "en-US")


def test_only_the_first_run_and_the_next_chunk_are_believed() -> None:
    first, second = run(1), run(1, name="run-2")

    story = story_of(
        CallerSpoke(1, "When?"),
        first.started(),
        second.started(),
        second.chunk("No!"),
        (one := first.chunk("At ")),
        one,
        first.chunk("nine."),
    )

    assert (story.turn.run, story.turn.text, story.turn.chunks) == ("run-1", "At nine.", 2)


def test_a_further_attempt_keeps_what_was_sent_and_forgets_what_was_only_written() -> None:
    first, second = run(1), run(1, attempt=1, name="run-2")

    story = story_of(
        CallerSpoke(1, "When?"),
        first.chunk("At "),
        first.chunk("ten, I think"),
        AttemptOpened(1, 1, 3),
        first.chunk("never said"),
        second.chunk("nine."),
    )

    assert story.turn.text == "At nine."


def test_what_comes_after_an_interrupt_is_not_part_of_the_turn() -> None:
    reply = run(1)

    story = story_of(
        CallerSpoke(1, "When?"),
        reply.chunk("At nine."),
        CallerInterrupted(1, "run-1", 2, "At"),
        reply.chunk(" Until five."),
    )

    assert (story.turn.heard, story.turn.interrupted) == ("At", True)
    assert story.turn.text == "At nine."


def test_a_phrase_replaces_what_was_not_heard_and_may_be_heard_itself() -> None:
    story = story_of(
        CallerSpoke(1, "When?"),
        run(1).chunk("At nine."),
        CallerInterrupted(1, "run-1", 2, "At"),
        PhraseSent(1, 2, " Are you there?", PhraseKind.REPROMPT),
        Spoken(1, 17),
    )

    assert story.turn.heard == "At Are you there?"
    assert not story.turn.interrupted


def test_keys_belong_to_the_turn_that_is_open() -> None:
    story = story_of(KeysPressed(0, "1"), CallerSpoke(1, "When?"), *map(press, "2#"))

    assert [turn.keys for turn in story.turns] == ["1", "2#"]


def press(digit: str) -> KeysPressed:
    return KeysPressed(1, digit)


def test_records_about_another_turn_change_nothing() -> None:
    asked = [CallerSpoke(1, "When?"), CallerSpoke(2, "Where?")]

    late = story_of(
        *asked,
        run(1).chunk("At nine."),
        AttemptOpened(1, 1, 0),
        PhraseSent(1, 0, "Sorry.", PhraseKind.APOLOGY),
        Spoken(1, 4),
        CallerInterrupted(1, "run-1", 2, "At"),
    )

    assert late == story_of(*asked)


def test_a_reply_that_overtook_its_question_is_its_reply_all_the_same() -> None:
    reply = run(1)

    story = story_of(reply.started(), reply.chunk("At nine."), CallerSpoke(1, "When?"))

    assert story.turn.text == "At nine."


def test_a_reply_that_overtook_its_attempt_is_its_reply_all_the_same() -> None:
    story = story_of(
        CallerSpoke(1, "When?"),
        run(1).chunk("At "),
        run(1, attempt=1, name="run-2").chunk("nine."),
        AttemptOpened(1, 1, 3),
    )

    assert story.turn.text == "At nine."


def test_a_reply_to_a_question_that_was_never_logged_does_not_answer_the_next_gateways() -> None:
    # A gateway was lost before its CallerSpoke reached the log, but after a worker had answered:
    # the next gateway's turn has the same number, and its caller has asked something else.
    story = story_of(attached(), run(1).chunk("At nine."), attached(""), CallerSpoke(1, "Where?"))

    assert story.turn == TurnStory(1, "Where?")


def test_a_tool_is_remembered_with_what_it_answered_in_whatever_turn_that_comes() -> None:
    reply = run(1)

    story = story_of(
        CallerSpoke(1, "Book it."),
        reply.started(),
        reply.intends("book", "use-1", '{"slot":"a"}'),
        CallerSpoke(2, "Did you?"),
        reply.returned("booked", "use-1"),
    )

    assert story.uses == {
        "use-1": ToolUse("use-1", 1, 0, "book", '{"slot":"a"}', ToolStatus.SUCCEEDED, "booked")
    }


def test_a_result_that_nobody_intended_is_no_use_of_a_tool() -> None:
    assert story_of(CallerSpoke(1, "Book it."), run(1).returned("booked")).uses == {}


def test_what_was_done_to_the_call_is_remembered_as_a_use() -> None:
    story = story_of(CallerSpoke(1, "Auf Deutsch!"), ActionDone(1, "use-1", SwitchLanguage("de")))

    assert story.language == "de"
    assert story.uses["use-1"].tool == "switch_language"
    assert story.uses["use-1"].status is ToolStatus.SUCCEEDED


def test_what_a_rule_did_to_the_call_was_no_use() -> None:
    story = story_of(CallerSpoke(1, "Auf Deutsch!"), ActionDone(1, "", SwitchLanguage("de")))

    assert (story.language, story.uses) == ("de", {})


def test_keys_are_pending_until_the_caller_has_asked_with_them() -> None:
    pressed = [KeysPressed(0, "1"), KeysPressed(0, "2")]

    assert story_of(attached(), *pressed).pending_keys == "12"
    assert story_of(attached(), *pressed, CallerSpoke(1, "", "", "12")).pending_keys == ""


def test_keys_are_collected_as_the_model_wants_until_the_next_question() -> None:
    wanted = CollectDigits(4, "#", 2000)
    story = story_of(KeysPressed(0, "9"), ActionDone(0, "use-1", wanted))

    assert (story.collecting, story.pending_keys) == (wanted, "")
    assert story_of(ActionDone(0, "u", wanted), CallerSpoke(1, "Hm?")).collecting is None


def test_a_filler_is_counted_and_no_part_of_what_was_said() -> None:
    filler = PhraseSent(1, 3, "One moment.", PhraseKind.FILLER)

    turn = story_of(CallerSpoke(1, "When?"), run(1).chunk("At "), filler).turn

    assert (turn.text, turn.fillers) == ("At ", 1)


def test_the_language_of_a_second_session_does_not_undo_a_change() -> None:
    first, second = attached(), attached("", language="en-US")

    assert story_of(first, ActionDone(0, "", SwitchLanguage("es")), second).language == "es"


def test_a_tool_that_was_not_run_has_had_no_effect() -> None:
    late = ToolReturned(1, 0, "use-1", ToolStatus.NOT_RUN, "too late")

    story = story_of(
        CallerSpoke(1, "Book it."),
        run(1).intends("book", "use-1"),
        record(late, writer="run-1.use-1"),
    )

    assert story.uses["use-1"].status is ToolStatus.NOT_RUN


def test_a_frozen_worker_that_did_not_run_a_tool_says_nothing_of_the_one_that_did() -> None:
    """It wakes when the next attempt has run the same use, and writes what it had in mind."""
    late = record(ToolReturned(1, 0, "use-1", ToolStatus.NOT_RUN), writer="run-1.use-1")
    second = run(1, 1, "run-2")
    asked: list[GatewayEvent | CallRecord]
    asked = [CallerSpoke(1, "Book it."), AttemptOpened(1, 1, 0), second.intends("book", "use-1")]
    frozen = run(1).intends("book", "use-1")

    after = story_of(*asked, second.returned("booked", "use-1"), frozen, late)
    meanwhile = story_of(*asked, frozen, late)

    assert after.uses["use-1"].status is ToolStatus.SUCCEEDED
    assert meanwhile.uses["use-1"].status is ToolStatus.UNSPECIFIED
