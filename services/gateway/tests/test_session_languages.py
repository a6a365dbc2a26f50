"""A conversation changes its language by a phrase, a key or the model, and stays in it."""

from builders import (
    Call,
    Run,
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

from gateway.effects import Effect, KeyPressed, Prompted, SendEnd, SendLanguage
from gateway.handoff import Handoff, decode_handoff
from trunkline.agents import Dial, Filler, Language, Switch, TransferTo, Words
from trunkline.events.call import ActionDone, CallerSpoke, FailureReason, SwitchLanguage

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


DETECTED = (
    MULTI,
    Language(
        code="es-MX",
        speaking_rate=20.0,
        words=Words(apology="Lo siento.", fillers=("Un momento.",)),
    ),
    Language(code="en-US", words=Words(fillers=("One moment.",))),
)


def detecting_call() -> Call:
    return listening_call(agent(languages=DETECTED, filler=Filler(after_seconds=0.3)))


def spoken_frames(effects: list[Effect]) -> list[tuple[str, str]]:
    return [(frame.token, frame.language) for frame in frames(effects)]


def test_a_detected_language_is_spoken_as_the_agent_declares_it() -> None:
    call = detecting_call()

    request = only(asked(call.happens(Prompted("Hola", "es"))))
    call.confirm()
    run = Run(request.ref)

    assert request.language == "es-MX"
    assert spoken_frames(call.writes(run.started(), run.chunk("Claro."))) == [("Claro.", "es-MX")]


def test_the_gateways_own_words_are_in_the_language_that_was_detected() -> None:
    call = detecting_call()
    run = Run(only(asked(call.happens(Prompted("Hola", "es")))).ref)
    call.confirm()
    call.writes(run.started())

    assert spoken_frames(call.passes(0.4)) == [("Un momento.", "es-MX")]
    failure = run.failed(FailureReason.MODELS_FAILED)
    assert spoken_frames(call.writes(failure)) == [("Lo siento.", "es-MX")]


def test_each_utterance_is_detected_anew_and_keys_are_answered_as_the_last_one() -> None:
    call = detecting_call()
    call.happens(Prompted("Hola", "es"))

    assert only(asked(call.happens(Prompted("Hello", "en")))).language == "en-US"
    assert only(asked(call.presses("12#"))).language == "en-US"


def test_nobody_knows_the_language_before_the_first_words() -> None:
    assert only(asked(detecting_call().presses("12#"))).language == "multi"


def test_a_detected_language_that_the_agent_does_not_declare_is_spoken_untagged() -> None:
    call = detecting_call()

    request = only(asked(call.happens(Prompted("Bonjour", "fr"))))
    call.confirm()
    run = Run(request.ref)

    assert request.language == "fr"
    assert spoken_frames(call.writes(run.started(), run.chunk("Oui."))) == [("Oui.", "")]


def test_what_was_heard_is_estimated_by_the_pace_of_the_detected_language() -> None:
    call = detecting_call()
    run = Run(only(asked(call.happens(Prompted("Hola", "es")))).ref)
    call.confirm()
    call.writes(run.started(), run.chunk("x" * 40), run.finished())

    said = []
    for seconds in (1.9, 0.3):  # 40 characters at 20 a second
        call.passes(seconds)
        said.append(call.session.story.turn.said)

    assert said == [0, 40]


def test_a_resumed_call_goes_on_in_the_detected_language_and_detects_on() -> None:
    call = detecting_call()
    call.answered("Yes.")
    call.happens(Prompted("Hola", "es"))

    resumed, effects = resumed_call(call.session.story, agent(languages=DETECTED))

    assert not [effect for effect in effects if isinstance(effect, SendLanguage)]
    assert only(asked(effects)).language == "es-MX"
    assert only(asked(resumed.happens(Prompted("Hello?", "en")))).language == "en-US"


def test_a_call_that_is_passed_on_says_which_language_was_detected() -> None:
    desk = TransferTo(about="Sales.", dial=Dial(number="+15005550111"), key="0")
    call = listening_call(agent(languages=DETECTED, transfers={"desk": desk}))
    call.happens(Prompted("Hola", "es"))

    effects = call.presses("0") + call.passes(60.0)

    handed = only([effect.handoff for effect in effects if isinstance(effect, SendEnd)])
    assert decode_handoff(handed) == Handoff("desk", "", "es-MX")
