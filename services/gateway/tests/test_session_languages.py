"""A conversation changes its language by a phrase, a key or the model, and stays in it."""

from builders import (
    Call,
    agent,
    appended,
    asked,
    frames,
    listening_call,
    new_call,
    only,
    resumed_call,
    words,
)

from gateway.effects import KeyPressed, Prompted, SendLanguage
from trunkline.agents import Language, Switch, Words
from trunkline.events.call import ActionDone, CallerSpoke, SwitchLanguage

LANGUAGES = (
    Language(code="pt-BR", switch=Switch(phrases=("em português",), key="1")),
    Language(
        code="en-US",
        switch=Switch(phrases=("english please",), key="2"),
        words=Words(greeting="Hello.", disclosure="I am a machine.", apology="Sorry."),
    ),
)
MULTI = Language(code="multi", tts_provider="ElevenLabs", transcription_provider="Deepgram")


def polyglot() -> Call:
    return listening_call(agent(languages=LANGUAGES))


def test_a_phrase_of_the_caller_changes_the_language_of_the_very_answer() -> None:
    call = polyglot()

    effects = call.happens(Prompted("Oh, ENGLISH, please!", "pt-BR"))

    assert SendLanguage("en-US") in effects
    assert appended(effects) == [
        ActionDone(0, "", SwitchLanguage("en-US")),
        CallerSpoke(1, "Oh, ENGLISH, please!", "pt-BR"),
    ]
    assert only(asked(effects)).language == "en-US"


def test_words_that_only_resemble_the_phrase_change_nothing() -> None:
    effects = polyglot().happens(Prompted("The English pleased me"))

    assert only(asked(effects)).language == "pt-BR"


def test_a_key_changes_the_language_and_greets_anew_where_nobody_has_spoken() -> None:
    effects = new_call(agent(languages=LANGUAGES)).happens(KeyPressed("2"))

    assert SendLanguage("en-US") in effects
    assert words(effects) == " Hello. I am a machine."


def test_a_key_in_mid_conversation_changes_the_language_alone() -> None:
    call = polyglot()
    call.answered("Bom dia.")

    effects = call.happens(KeyPressed("2"))

    assert SendLanguage("en-US") in effects
    assert words(effects) == ""
    assert asked(call.passes(4.0)) == []  # the key has had its use: it is no input


def test_the_model_changes_the_language_between_two_words() -> None:
    call = polyglot()
    run = call.prompted("In English?")
    call.writes(run.started(), run.chunk("Claro. "))

    effects = call.writes(run.requests(SwitchLanguage("en-US"), "use-1"), run.chunk("Sure."))

    kinds = [type(effect).__name__ for effect in effects if type(effect).__name__[:4] == "Send"]
    assert kinds == ["SendText", "SendLanguage", "SendText"]  # the utterance is closed before it
    assert [frame.language for frame in frames(effects)] == ["", "en-US"]
    assert appended(effects)[0] == ActionDone(1, "use-1", SwitchLanguage("en-US"))


def test_a_language_that_the_agent_does_not_have_is_no_language() -> None:
    call = polyglot()
    run = call.prompted("Auf Deutsch?")

    effects = call.writes(run.started(), run.requests(SwitchLanguage("de-DE")))

    assert not [effect for effect in effects if isinstance(effect, SendLanguage)]


def test_the_gateways_own_words_are_in_the_language_of_the_conversation() -> None:
    call = polyglot()
    run = call.prompted("English please")

    assert words(call.writes(run.started(), run.finished())) == "Sorry."


def test_words_carry_their_language_where_the_agent_has_several() -> None:
    call = polyglot()
    run = call.prompted()

    assert [f.language for f in frames(call.writes(run.started(), run.chunk("Oi.")))] == ["pt-BR"]
    assert [f.language for f in frames(new_call().passes(60.0))][:1] == [""]


def test_a_session_that_takes_the_call_up_goes_on_in_its_language() -> None:
    call = polyglot()
    call.happens(Prompted("English please"))

    resumed, effects = resumed_call(call.session.story, agent(languages=LANGUAGES))

    assert SendLanguage("en-US") in effects
    assert only(asked(resumed.happens(Prompted("Are you there?")))).language == "en-US"


def test_a_detected_language_is_answered_in() -> None:
    call = listening_call(agent(languages=(MULTI,)))
    call.session.story.language = "multi"

    assert only(asked(call.happens(Prompted("Hola", "es")))).language == "es"
    assert only(asked(call.happens(Prompted("Hello", "en")))).language == "en"
