"""A call that another gateway takes up goes on where it was, in the middle of whatever it was."""

from builders import (
    GOODBYE,
    GREETING,
    RATE,
    Call,
    Run,
    agent,
    announced,
    appended,
    asked,
    listening_call,
    new_call,
    only,
    resumed_call,
    words,
)

from gateway.effects import Interrupted, Prompted, SendEnd, Timer
from gateway.story import Story
from trunkline.agents import Agent, Dial, Keypad, Phrases, TransferTo
from trunkline.events.call import (
    ActionDone,
    AttemptOpened,
    EndCall,
    OptOut,
    PhraseKind,
    PhraseSent,
    Transfer,
)
from trunkline.events.lifecycle import OptOutRequested

REPLY = "We open at nine. We close at five."
DESK = TransferTo(about="People.", dial=Dial(number="+15005550111"), phrases=("a person",))


def able_agent() -> Agent:
    return agent(transfers={"desk": DESK})


def lost(call: Call) -> Story:
    """What the log tells when the gateway of this call has died."""
    return call.session.story


def test_a_question_that_nobody_answered_is_answered_now() -> None:
    call = listening_call()
    call.happens(Prompted("When are you open?"))

    resumed, effects = resumed_call(lost(call))

    assert AttemptOpened(1, 1, 0) in appended(effects)
    request = only(asked(effects))
    assert (request.ref.turn, request.ref.attempt, request.spoken_prefix) == (1, 1, "")
    resumed.confirm()
    run = Run(request.ref, "run-9")
    assert words(resumed.writes(run.started(), run.chunk("At nine."), run.finished())) == "At nine."


def test_a_reply_of_which_words_are_missing_is_gone_on_with_from_what_was_heard() -> None:
    call = listening_call()
    run = call.prompted()
    call.writes(run.started(), run.chunk("We open at nine. We clo"))
    call.passes(0.9)
    call.writes(run.chunk("se"))
    call.passes(0.8)

    _, effects = resumed_call(lost(call))

    assert AttemptOpened(1, 1, 16) in appended(effects)
    assert only(asked(effects)).spoken_prefix == "We open at nine."


def test_the_rest_of_a_complete_reply_is_said_without_asking_anybody() -> None:
    call = listening_call()
    call.answered(REPLY)
    call.passes(1.7)

    resumed, effects = resumed_call(lost(call))

    assert asked(effects) == []
    assert words(effects) == " We close at five."
    assert appended(effects) == [PhraseSent(1, 16, " We close at five.", PhraseKind.RESUMED)]
    assert resumed.session.story.turn.text == REPLY


def test_the_agent_says_that_it_goes_on_where_it_has_words_for_that() -> None:
    talker = agent(phrases=Phrases(resumed="As I was saying:"))
    call = listening_call(talker)
    call.answered(REPLY)
    call.passes(1.7)

    assert words(resumed_call(lost(call), talker)[1]) == " As I was saying: We close at five."


def test_a_greeting_that_was_cut_is_said_again_from_its_sentence() -> None:
    assert words(resumed_call(lost(new_call()))[1]) == GREETING


def test_a_reply_that_was_heard_needs_nothing_more() -> None:
    call = listening_call()
    call.answered(REPLY)
    call.passes(len(REPLY) / RATE + 0.1)

    _, effects = resumed_call(lost(call))

    assert (words(effects), asked(effects), appended(effects)) == ("", [], [])


def test_a_reply_that_the_caller_cut_off_is_not_gone_on_with() -> None:
    call = listening_call()
    call.answered(REPLY)
    call.happens(Interrupted("We open"))

    _, effects = resumed_call(lost(call))

    assert (words(effects), asked(effects)) == ("", [])


def test_half_an_input_is_completed_by_what_follows() -> None:
    call = listening_call(agent(keypad=Keypad(max_digits=4)))
    call.presses("12")

    resumed, _ = resumed_call(lost(call), agent(keypad=Keypad(max_digits=4)))

    assert Timer.KEYS in resumed.timers
    assert only(asked(resumed.presses("34"))).history[-1].keys == "1234"


def test_an_end_that_was_announced_comes() -> None:
    call = listening_call()
    run = call.prompted("That is all.")
    call.writes(run.started(), run.chunk("Goodbye then."), run.requests(EndCall()), run.finished())

    resumed, effects = resumed_call(lost(call))

    assert words(effects) == "Goodbye then."
    assert SendEnd() in resumed.passes(3.0)


def test_a_transfer_that_was_announced_is_carried_out() -> None:
    call = listening_call(able_agent())
    run = call.prompted("I need help.")
    wanted = Transfer("desk", "help")
    call.writes(run.started(), run.chunk("I will connect you."), run.requests(wanted, "use-1"))
    call.writes(run.finished())

    resumed, effects = resumed_call(lost(call), able_agent())

    assert words(effects) == "I will connect you."
    effects = resumed.passes(5.0)
    assert ActionDone(1, "use-1", wanted) in appended(effects)
    assert only([effect for effect in effects if isinstance(effect, SendEnd)]).handoff


def test_a_transfer_that_the_callers_words_asked_for_is_carried_out() -> None:
    call = listening_call(able_agent())
    call.happens(Prompted("Give me a person."))
    story = lost(call)
    turn = story.turn
    turn.text, turn.said, turn.is_answered = "", 0, False  # its announcement was lost, too

    resumed, effects = resumed_call(story, able_agent())

    assert words(effects) == "One moment, I am putting you through."
    assert any(isinstance(effect, SendEnd) for effect in resumed.passes(5.0))


def test_a_wish_that_the_books_may_not_have_is_told_again() -> None:
    call = listening_call()
    run = call.prompted("Never call me again.")
    call.writes(run.started(), run.chunk("I see."), run.requests(OptOut(), "use-1"), run.finished())

    _, effects = resumed_call(lost(call))

    assert [type(event) for event in announced(effects)][-1] is OptOutRequested


def test_a_call_lasts_as_long_as_it_may_however_many_sessions_it_has() -> None:
    call = listening_call()
    story = lost(call)
    story.began_ms = round((call.at + 1_000_000.0 - 590.0) * 1000)

    resumed, _ = resumed_call(story)

    assert words(resumed.passes(13.0)).endswith(GOODBYE)
