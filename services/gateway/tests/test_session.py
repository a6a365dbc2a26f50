"""The session asks, speaks what answers, and nothing else; a new prompt replaces the old turn."""

from dataclasses import replace

import pytest
from builders import (
    APOLOGY,
    ATTACHMENT,
    CALL_SID,
    EPOCH,
    GREETING,
    HOME_PARTITION,
    TENANT,
    Run,
    agent,
    appended,
    asked,
    attached,
    attachment,
    cancelled,
    confirmation,
    frames,
    listening_call,
    new_call,
    only,
    partitions,
    record,
    words,
    written_events,
)

from gateway.effects import (
    Append,
    AskWorker,
    Prompted,
    SendText,
    StartTimer,
    Timer,
    WarmUp,
)
from gateway.session import CallSession, State
from gateway.story import tell
from trunkline.events.call import (
    NO_EPOCH,
    CallerSpoke,
    CallRecord,
    ReplyChunk,
    Spoken,
)
from trunkline.events.turn import CallOpened, Message, Role, TurnCancelled, TurnRef


def test_a_call_begins_by_warming_its_worker_up() -> None:
    story = tell([record(attached())])

    effects = CallSession(attachment(), agent(), story, written=1).start(100.0)

    opened = CallOpened(TENANT, CALL_SID, "receptionist", "v1", f"call.{CALL_SID}")
    assert effects[0] == WarmUp(opened, HOME_PARTITION)
    assert StartTimer(Timer.CALL, 600.0) in effects


def test_a_prompt_is_logged_and_asked_of_the_home_partition() -> None:
    call = listening_call()

    effects = call.happens(Prompted("When are you open?", "en-GB"))

    assert appended(effects) == [CallerSpoke(1, "When are you open?", "en-GB")]
    assert partitions(effects) == [HOME_PARTITION]
    request = only(asked(effects))
    assert request.ref == TurnRef(TENANT, CALL_SID, ATTACHMENT, EPOCH, 1, 0)
    assert (request.agent_id, request.agent_version) == ("receptionist", "v1")
    assert (request.language, request.spoken_prefix) == ("en-US", "")
    assert request.deadline_ms == round((call.at + 20.0 + 1_000_000.0) * 1000)
    assert request.history == (
        Message(Role.AGENT, GREETING),
        Message(Role.CALLER, "When are you open?", 1),
    )


def test_our_records_are_numbered_without_gaps_and_carry_the_epoch() -> None:
    call = listening_call()

    call.happens(Prompted("When?"))
    call.happens(Prompted("Where?"))

    records = [one.record for one in call.unconfirmed if isinstance(one, Append)]
    assert [(one.writer, one.n, one.epoch) for one in records] == [
        (ATTACHMENT, 3, EPOCH),  # 1 is Attached and 2 the greeting's Spoken
        (ATTACHMENT, 4, EPOCH),
    ]


@pytest.mark.parametrize(
    "prompt",
    [Prompted(""), Prompted(" \n"), Prompted("When", last=False)],
    ids=["empty", "blank", "partial"],
)
def test_prompts_that_are_empty_or_partial_are_ignored(prompt: Prompted) -> None:
    assert listening_call().happens(prompt) == []


def test_a_reply_is_spoken_chunk_by_chunk_and_closed() -> None:
    call = listening_call()
    run = call.prompted()

    effects = call.writes(run.started(), run.chunk("At "), run.chunk("nine."), run.finished())

    assert frames(effects) == [
        SendText(1, 0, "At "),
        SendText(1, 1, "nine."),
        SendText(1, 2, "", last=True),
    ]
    assert call.session.state is State.LISTENING


def test_a_worker_is_shown_what_the_caller_has_heard_of_earlier_turns() -> None:
    call = listening_call()
    call.answered("At nine.")

    request = only(asked(call.happens(Prompted("And when do you close?"))))

    assert [message.text for message in request.history] == [
        GREETING,
        "When are you open?",
        "At nine.",
        "And when do you close?",
    ]


# The fence


def of_another(run: Run, **other: object) -> CallRecord:
    """A first chunk that differs in one thing from what is wanted."""
    chunk = run.chunk("No! ")
    event = ReplyChunk(1, 0, 0, "No! ")
    changed = {name: value for name, value in other.items() if name in ("turn", "attempt", "seq")}
    envelope = {name: value for name, value in other.items() if name not in changed}
    return replace(chunk, event=replace(event, **changed), **envelope)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    "other",
    [
        {"epoch": EPOCH - 1},
        {"epoch": EPOCH + 1},
        {"attachment_id": "attachment-0"},
        {"turn": 0},
        {"turn": 2},
        {"attempt": 1},
        {"writer": "run-2"},
    ],
    ids=str,
)
def test_words_that_answer_anything_else_are_not_spoken(other: dict[str, object]) -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started())

    assert frames(call.writes(of_another(Run(run.ref), **other))) == []
    assert words(call.writes(run.chunk("At nine."))) == "At nine."


def test_a_chunk_that_comes_twice_is_spoken_once() -> None:
    call = listening_call()
    run = call.prompted()
    first, second = run.chunk("At "), run.chunk("nine.")

    effects = call.writes(run.started(), first, first, second, first, second)

    assert words(effects) == "At nine."


def test_words_after_a_gap_are_not_spoken_and_another_worker_says_them() -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started(), run.chunk("At "))
    run.chunk("half past ")

    effects = call.writes(run.chunk("nine."))

    assert frames(effects) == []
    assert only(asked(effects)).ref.attempt == 1
    assert only(asked(effects)).spoken_prefix == "At "


def test_a_reply_that_ends_before_its_last_chunk_came_is_asked_for_again() -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started(), run.chunk("At "))
    run.chunk("nine.")

    assert only(asked(call.writes(run.finished()))).spoken_prefix == "At "


def test_nothing_of_a_reply_that_was_completed_is_spoken_again() -> None:
    call = listening_call()
    run = call.answered("At nine.")

    assert call.writes(run.chunk(" Until five."), run.heartbeat(), run.finished()) == []


# Nothing is spoken before the bus has the question


@pytest.mark.parametrize(
    ("has_log", "needed", "other"),
    [(True, Append, AskWorker), (False, AskWorker, Append)],
    ids=["CallerSpoke, with a topic", "the prompt, without one"],
)
def test_no_word_leaves_before_the_acknowledgement_of(
    has_log: bool, needed: type[Append | AskWorker], other: type[Append | AskWorker]
) -> None:
    call = listening_call(has_log=has_log)
    run = Run(only(asked(call.happens(Prompted("When?")))).ref)
    call.confirm(other)

    held = call.writes(run.started(), run.chunk("At "), run.chunk("nine."), run.finished())
    freed = call.confirm(needed)

    assert frames(held) == []
    assert words(freed) == "At nine."
    assert frames(freed)[-1].last


def test_no_word_of_a_reply_leaves_if_what_the_caller_said_may_not_be_in_the_log() -> None:
    call = listening_call()
    run = Run(only(asked(call.happens(Prompted("When?")))).ref)
    spoke = only([one for one in call.unconfirmed if isinstance(one, Append)])
    call.unconfirmed.remove(spoke)
    call.confirm()

    effects = call.happens(confirmation(spoke, failed=True))
    effects += call.writes(run.started(), run.chunk("At nine."), run.finished())

    assert frames(effects) == []
    assert words(call.passes(20.0)) == APOLOGY


def test_a_call_without_a_topic_appends_nothing() -> None:
    call = listening_call(has_log=False)
    call.answered("At nine.")
    call.passes(5)

    assert written_events(call) == []
    assert call.session.story.turn.heard == "At nine."
    assert only(asked(call.happens(Prompted("Where?")))).ref.epoch == NO_EPOCH


# A prompt without an interrupt supersedes


def test_a_second_prompt_while_the_worker_thinks_replaces_the_first() -> None:
    call = listening_call()
    first = call.prompted("When are you open?")

    effects = call.happens(Prompted("No, where are you?"))

    assert cancelled(effects) == [TurnCancelled(TENANT, CALL_SID, ATTACHMENT, 1, 0)]
    assert frames(effects) == []
    assert only(asked(effects)).ref.turn == 2
    assert Timer.SILENCE not in call.timers
    assert frames(call.writes(first.started(), first.chunk("At nine."))) == []


def test_a_second_prompt_in_mid_reply_closes_it_and_what_was_sent_counts_as_said() -> None:
    call = listening_call()
    first = call.prompted()
    call.writes(first.started(), first.chunk("At nine"))

    effects = call.happens(Prompted("Where are you?"))

    assert frames(effects) == [SendText(1, 1, "", last=True)]
    assert cancelled(effects) == [TurnCancelled(TENANT, CALL_SID, ATTACHMENT, 1, 0)]
    assert appended(effects) == [Spoken(1, len("At nine")), CallerSpoke(2, "Where are you?")]
    assert Message(Role.AGENT, "At nine", 1) in only(asked(effects)).history
    assert frames(call.writes(first.chunk(" and"), first.finished())) == []


def test_a_burst_of_prompts_is_answered_once_with_all_of_them_in_the_history() -> None:
    call = listening_call()
    requests = [only(asked(call.happens(Prompted(text)))) for text in ("One", "Two", "Three")]
    call.confirm()

    answers = [Run(request.ref, f"run-{request.ref.turn}") for request in requests]
    effects = [
        effect for run in answers for effect in call.writes(run.started(), run.chunk(run.name))
    ]

    assert words(effects) == "run-3"
    texts = [message.text for message in requests[-1].history]
    assert texts == [GREETING, "One", "Two", "Three"]


def test_frames_are_counted_anew_in_each_turn() -> None:
    call = listening_call()
    call.answered("At ", "nine.")
    run = call.prompted()

    assert frames(call.writes(run.started(), run.chunk("At five."))) == [SendText(2, 0, "At five.")]


def test_a_prompt_during_the_greeting_counts_the_greeting_as_heard() -> None:
    effects = new_call().happens(Prompted("When?"))

    assert appended(effects)[0] == Spoken(0, len(GREETING))
