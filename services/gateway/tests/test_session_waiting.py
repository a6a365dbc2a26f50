"""A caller who waits is told so, and the filler is no part of what is said."""

from builders import Call, Run, agent, appended, asked, frames, listening_call, only, words

from gateway.effects import Interrupted, Prompted, SendText, TokensPlayed
from trunkline.agents import Filler, Http, Tool
from trunkline.events.call import CallerInterrupted, PhraseKind, PhraseSent, Spoken

FILLER = Filler(
    after_seconds=1.0, every_seconds=3.0, most=2, phrases=("One moment.", "Still here.")
)
BOOK = Tool(
    name="book",
    description="Books.",
    http=Http(method="POST", url="https://clinic.example/book"),
    filler="I am writing it down.",
)


def patient_call() -> Call:
    return listening_call(agent(filler=FILLER, tools=(BOOK,)))


def waiting(call: Call) -> Run:
    """A run that lives and has nothing to say."""
    run = call.prompted()
    call.writes(run.started())
    return run


def beating(call: Call, run: Run, seconds: float) -> str:
    """Let time pass, in which the worker gives signs of life; returns what was said."""
    said = ""
    for _ in range(round(seconds / 0.5)):
        said += words(call.writes(run.heartbeat()) + call.passes(0.5))
    return said


def test_a_filler_is_said_after_a_while_and_later_words_replace_it() -> None:
    call = patient_call()
    run = waiting(call)

    effects = call.passes(0.9) + call.writes(run.heartbeat()) + call.passes(0.2)

    assert frames(effects) == [SendText(1, 0, "One moment.", last=True, preemptible=True)]
    assert appended(effects) == [PhraseSent(1, 0, "One moment.", PhraseKind.FILLER)]


def test_fillers_take_turns_and_come_to_an_end() -> None:
    call = patient_call()
    run = waiting(call)

    assert beating(call, run, 12.0) == "One moment.Still here."


def test_no_filler_is_said_over_words() -> None:
    call = patient_call()
    run = waiting(call)
    call.writes(run.chunk("We open at nine in the morning, as we do every day."))

    assert beating(call, run, 4.5) == ""


def test_a_reply_after_a_filler_begins_at_its_first_word() -> None:
    call = patient_call()
    run = waiting(call)
    beating(call, run, 1.5)

    effects = call.writes(run.chunk("At nine."), run.finished())

    assert words(effects) == "At nine."
    assert call.session.story.turn.text == "At nine."


def test_reports_of_a_filler_are_not_mistaken_for_the_reply() -> None:
    call = patient_call()
    run = waiting(call)
    beating(call, run, 1.5)
    call.writes(run.chunk("At nine. And then until five."), run.finished())

    reports = call.happens(TokensPlayed("One moment.")) + call.happens(TokensPlayed("At nine. "))

    assert [event for event in appended(reports) if isinstance(event, Spoken)] == [Spoken(1, 8)]


def test_an_interrupted_filler_leaves_the_question_unanswered() -> None:
    call = patient_call()
    run = waiting(call)
    beating(call, run, 1.5)

    effects = call.happens(Interrupted("One mo"))

    assert appended(effects) == [CallerInterrupted(1, "run-1", 0, "One mo")]
    history = only(asked(call.happens(Prompted("Hello?")))).history
    assert [message.text for message in history][-2:] == ["When are you open?", "Hello?"]


def test_a_tool_has_a_filler_of_its_own_and_is_waited_for_less() -> None:
    call = patient_call()
    run = waiting(call)
    call.writes(run.intends("book"))

    assert words(call.passes(0.7)) == ""
    assert words(call.passes(0.2)) == "I am writing it down."


def test_the_words_said_before_a_tool_was_used_need_no_filler_while_they_are_spoken() -> None:
    call = patient_call()
    run = waiting(call)
    call.writes(run.chunk("I will write it down at once, wait."), run.intends("book"))

    assert beating(call, run, 3.0) == ""


def test_an_agent_without_fillers_lets_the_caller_wait() -> None:
    call = listening_call()
    run = waiting(call)

    assert beating(call, run, 10.0) == ""


def test_what_a_second_worker_is_told_to_go_on_after_knows_no_filler() -> None:
    call = patient_call()
    run = waiting(call)
    beating(call, run, 1.5)
    call.confirm()

    second = only(asked(call.passes(1.1)))

    assert second.spoken_prefix == ""
