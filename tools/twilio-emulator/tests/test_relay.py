"""What Twilio refuses of `<ConversationRelay>`, and what it takes."""

from __future__ import annotations

import pytest

from twilio_emulator.relay import ConversationRelay


def relay(*languages: dict[str, str], **attributes: str) -> ConversationRelay:
    return ConversationRelay("wss://a.example/relay", attributes, languages)


@pytest.mark.parametrize(
    ("attributes", "complaint"),
    [
        ({"ttsProvider": "Azure"}, "ttsProvider cannot be 'Azure'"),
        ({"transcriptionProvider": "ElevenLabs"}, "transcriptionProvider cannot be"),
        ({"voice": "Polly.Joanna-Neural"}, "voice cannot be 'Polly.Joanna-Neural'"),
        ({"voice": "Google.en-US-Chirp3-HD-Aoede"}, "voice cannot be"),
        ({"speechTimeout": "599"}, "speechTimeout cannot be '599'"),
        ({"speechTimeout": "5001"}, "speechTimeout cannot be"),
        ({"speechTimeout": "700.5"}, "speechTimeout cannot be"),
        ({"speechTimeout": "soon"}, "speechTimeout cannot be"),
        ({"eotThreshold": "0.4"}, "eotThreshold cannot be"),
        ({"eagerEotThreshold": "nan"}, "eagerEotThreshold cannot be"),
        ({"interruptible": "maybe"}, "interruptible cannot be 'maybe'"),
        ({"interruptSensitivity": "none"}, "interruptSensitivity cannot be"),
        ({"events": "speaker-events tokens-spoken"}, "unknown event 'tokens-spoken'"),
        ({"events": "speaker-events,tokens-played"}, "unknown event"),
        ({"language": "multi", "ttsProvider": "Google"}, "multi needs ElevenLabs and Deepgram"),
        (
            {"transcriptionLanguage": "multi", "transcriptionProvider": "Google"},
            "multi needs ElevenLabs and Deepgram, not ElevenLabs and Google",
        ),
    ],
)
def test_a_value_that_twilio_does_not_know_is_refused(
    attributes: dict[str, str], complaint: str
) -> None:
    refusal = relay(**attributes).refusal()

    assert refusal is not None
    assert refusal.startswith(complaint)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"ttsProvider": "elevenlabs", "transcriptionProvider": "deepgram", "language": "multi"},
        {"language": "multi"},
        {"speechTimeout": "auto", "eotThreshold": "0.5", "eagerEotThreshold": "0.9"},
        {"speechTimeout": "600", "interruptible": "true", "events": ""},
        {"voice": "en-US-Chirp3-HD-Aoede", "ttsProvider": "Google"},
        {"debug": "debugging", "interruptSensitivity": "low"},
    ],
)
def test_what_twilio_knows_is_taken(attributes: dict[str, str]) -> None:
    assert relay(**attributes).refusal() is None


@pytest.mark.parametrize(
    ("nouns", "refusal"),
    [
        (({}, {}), "block_elevenlabs"),
        (({"ttsProvider": "ElevenLabs"}, {}), "block_elevenlabs"),
        (({"ttsProvider": "Google"}, {"ttsProvider": "ElevenLabs"}), "block_elevenlabs"),
        (({"ttsProvider": "Google"}, {}), None),
    ],
)
def test_an_account_may_be_kept_from_the_voices_of_a_provider(
    nouns: tuple[dict[str, str], dict[str, str]], refusal: str | None
) -> None:
    noun, language = nouns

    assert relay({"code": "en-US", **language}, **noun).refusal({"elevenlabs"}) == refusal


def test_a_language_is_looked_at_as_closely_as_the_noun() -> None:
    wrong = relay({"code": "en-GB", "voice": "Polly.Amy"})
    own = relay(
        {"code": "multi", "ttsProvider": "ElevenLabs", "transcriptionProvider": "Deepgram"},
        language="multi",
        ttsProvider="Google",
        transcriptionProvider="Google",
    )

    assert wrong.refusal() is not None
    assert own.refusal() is None


def test_one_side_may_have_a_language_of_its_own() -> None:
    noun = relay(language="de-DE", ttsLanguage="en-GB")

    assert (noun.tts_language, noun.transcription_language) == ("en-GB", "de-DE")
    assert relay().tts_language == "en-US"
