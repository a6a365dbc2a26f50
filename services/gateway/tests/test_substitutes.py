"""Which voice and ears a call gets once those it began with have failed in it."""

import pytest
from builders import agent

from gateway.substitutes import substituted
from trunkline.agents import Agent, Fallback, Language, Relay

DECLARED = Fallback(
    tts_provider="Amazon",
    voice="Amy-Generative",
    transcription_provider="Deepgram",
    speech_model="nova-2-general",
)


def speaking(**language: object) -> Agent:
    return agent(languages=(Language.model_validate({"code": "en-GB", **language}),))


def voices(model: Agent, faults: int) -> list[tuple[str, str]]:
    languages = substituted(model, faults, faults).languages
    return [(one.tts_provider, one.voice) for one in languages]


def ears(model: Agent, faults: int) -> list[tuple[str, str]]:
    languages = substituted(model, 0, faults).languages
    return [(one.transcription_provider, one.speech_model) for one in languages]


def test_without_a_fault_an_agent_is_told_of_as_it_is() -> None:
    model = speaking(voice="UgBBYS2sOqTuMpoF3BR0")

    assert substituted(model, 0, 0) is model


@pytest.mark.parametrize(
    ("own", "others"),
    [
        ("", ["Google", "Amazon", "Amazon"]),
        ("ElevenLabs", ["Google", "Amazon", "Amazon"]),
        ("Google", ["Amazon", "ElevenLabs", "ElevenLabs"]),
        ("Amazon", ["Google", "ElevenLabs", "ElevenLabs"]),
    ],
)
def test_each_fault_of_the_voice_brings_another_provider_with_its_default_voice(
    own: str, others: list[str]
) -> None:
    model = speaking(tts_provider=own, voice="a voice")

    assert [voices(model, faults)[0] for faults in (1, 2, 3)] == [(one, "") for one in others]


@pytest.mark.parametrize(
    ("own", "other"), [("", "Google"), ("Deepgram", "Google"), ("Google", "Deepgram")]
)
def test_a_fault_of_recognition_brings_the_other_provider_with_its_default_model(
    own: str, other: str
) -> None:
    model = speaking(transcription_provider=own, speech_model="a model")

    assert [ears(model, faults)[0] for faults in (1, 2)] == [(other, "")] * 2


def test_what_the_agent_declares_comes_first() -> None:
    model = speaking(tts_provider="ElevenLabs", transcription_provider="Google", fallback=DECLARED)

    assert voices(model, 1) == [("Amazon", "Amy-Generative")]
    assert voices(model, 2) == [("Google", "")]
    assert ears(model, 1) == [("Deepgram", "nova-2-general")]


def test_a_voice_stays_when_recognition_alone_has_failed() -> None:
    model = speaking(tts_provider="Google", voice="en-GB-Neural2-A")

    (language,) = substituted(model, 0, 1).languages

    assert (language.tts_provider, language.voice) == ("Google", "en-GB-Neural2-A")


def test_all_languages_change_for_nobody_knows_which_is_at_fault() -> None:
    languages = (
        Language(code="en-US", tts_provider="Google"),
        Language(code="es-US", fallback=DECLARED),
    )

    assert voices(agent(languages=languages), 1) == [("Amazon", ""), ("Amazon", "Amy-Generative")]


def test_detection_of_languages_keeps_the_providers_that_it_needs() -> None:
    model = speaking(
        code="multi",
        tts_provider="ElevenLabs",
        voice="UgBBYS2sOqTuMpoF3BR0",
        transcription_provider="Deepgram",
        speech_model="nova-3-general",
    )

    assert voices(model, 1) == [("ElevenLabs", "")]
    assert ears(model, 2) == [("Deepgram", "")]


def test_thresholds_that_only_a_flux_model_knows_go_with_it() -> None:
    relay = Relay(eot_threshold=0.7, eager_eot_threshold=0.4)
    flux = Language(code="en-US", speech_model="flux-general-en")
    keeping = Fallback(transcription_provider="Deepgram", speech_model="flux")

    without = substituted(agent(languages=(flux,), relay=relay), 1, 1)
    kept = flux.model_copy(update={"fallback": keeping})

    assert (without.relay.eot_threshold, without.relay.eager_eot_threshold) == (None, None)
    assert substituted(agent(languages=(kept,), relay=relay), 1, 1).relay == relay
