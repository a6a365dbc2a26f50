"""What an agent's languages and its ConversationRelay attributes must agree on; pure.

Twilio ends a session in mid-call (64101, 64106) when a voice or a speech model is not the
provider's, and says nothing at all about attributes without effect. Only what is certainly wrong
is told here: providers bring new voices every month.
"""

import re
from collections.abc import Iterator

from trunkline.agents import ActionName, AgentBody, Language
from trunkline.agents.positions import Finding
from trunkline.agents.relay import DEFAULT_TTS_PROVIDER, MULTI

DEFAULT_EOT_THRESHOLD = 0.8  # Twilio's

_GOOGLE_VOICE = re.compile(r"[a-z]{2,3}-[A-Za-z]{2,4}-.+")  # en-US-Neural2-F
_AMAZON_VOICE = re.compile(r"[A-Z][a-z]+-(Neural|Generative|Standard|Long-?[Ff]orm)")
_GOOGLES_NAMES = {"cmn": "zh", "yue": "zh", "nb": "no", "fil": "tl"}  # of languages, for voices
_ENGLISH_MODEL = re.compile(r"flux(-.*)?-en(-.*)?")
_ELEVENLABS_VOICE = re.compile(r"[A-Za-z0-9]{20}(-.*)?")


def relay_findings(agent: AgentBody) -> Iterator[Finding]:
    """All that Twilio would refuse, or take without effect."""
    for i, language in enumerate(agent.languages):
        for field, message in _language(language):
            yield ("languages", i, field), message
        fallen_back = language.model_copy(update=dict(language.fallback))
        for field, message in _language(fallen_back):
            yield ("languages", i, "fallback", field), message
    yield from _thresholds(agent)
    yield from _sides(agent)
    if agent.relay.intelligence_service and agent.relay.conversation_configuration:
        yield (
            ("relay", "conversation_configuration"),
            "with intelligence_service, too, the call is transcribed and paid twice: remove one",
        )
    if not agent.relay.dtmf_detection:
        yield from _unheard_keys(agent)
    elif agent.relay.report_input_during_agent_speech in ("none", "speech") and _uses_keys(agent):
        yield (
            ("relay", "report_input_during_agent_speech"),
            "a key that is pressed while the agent speaks may be lost: write dtmf or any",
        )


def _language(language: Language) -> Iterator[tuple[str, str]]:
    model, ears = language.speech_model, language.transcription_provider
    if model.startswith(("flux", "nova")) and ears == "Google":
        yield "speech_model", f"{model} is Deepgram's: set transcription_provider to Deepgram"
    if model.startswith("telephony") and ears != "Google":
        yield "speech_model", f"{model} is Google's: set transcription_provider to Google"
    if _ENGLISH_MODEL.fullmatch(model) and _primary(language.code) != "en":
        yield "speech_model", f"{model} understands English alone, not {language.code}"
    owner = _owner(language.voice)
    if owner and owner != (language.tts_provider or DEFAULT_TTS_PROVIDER):
        yield "voice", f"{language.voice} is a voice of {owner}: set tts_provider to {owner}"
    elif owner == "Google" and _primary(language.voice) != _primary(language.code):
        yield "voice", f"{language.voice} does not speak {language.code}"


def _primary(tag: str) -> str:
    primary = tag.partition("-")[0]
    return _GOOGLES_NAMES.get(primary, primary)


def _owner(voice: str) -> str:
    """Whose voice this is, where its name tells for certain."""
    if _GOOGLE_VOICE.fullmatch(voice):
        return "Google"
    if _AMAZON_VOICE.fullmatch(voice):
        return "Amazon"
    return "ElevenLabs" if _ELEVENLABS_VOICE.fullmatch(voice) else ""


def _thresholds(agent: AgentBody) -> Iterator[Finding]:
    relay = agent.relay
    flux = any(language.speech_model.startswith("flux") for language in agent.languages)
    for field in ("eot_threshold", "eager_eot_threshold"):
        if field in relay.model_fields_set and not flux:
            yield ("relay", field), "only a flux speech model knows it: no language has one"
    sure = relay.eot_threshold or DEFAULT_EOT_THRESHOLD
    if relay.eager_eot_threshold is not None and relay.eager_eot_threshold >= sure:
        yield ("relay", "eager_eot_threshold"), f"must be lower than eot_threshold, {sure:g}"


def _sides(agent: AgentBody) -> Iterator[Finding]:
    """The voice and the ears of a session, where they are in two languages."""
    first, relay = agent.languages[0], agent.relay
    if relay.tts_language == MULTI:
        yield ("relay", "tts_language"), "no voice speaks multi: write a language"
    if relay.tts_language and len(agent.languages) > 1 and first.code != MULTI:
        yield (
            ("relay", "tts_language"),
            "words of an agent with several languages carry their own: remove it",
        )
    detects = (first.tts_provider, first.transcription_provider) == ("ElevenLabs", "Deepgram")
    if relay.transcription_language == MULTI and not detects:
        yield (
            ("relay", "transcription_language"),
            f"multi needs tts_provider ElevenLabs and transcription_provider Deepgram in "
            f"{first.code}",
        )


def _uses_keys(agent: AgentBody) -> bool:
    asks = [one.switch.key for one in agent.languages]
    asks += [one.key for one in agent.transfers.values()]
    return any(asks) or bool(agent.keypad.tool) or ActionName.COLLECT_DIGITS in agent.actions


def _unheard_keys(agent: AgentBody) -> Iterator[Finding]:
    remedy = "no key is heard: set relay.dtmf_detection to true"
    moments = {
        "interruptible": agent.relay.interruptible,
        "welcome_greeting_interruptible": agent.relay.welcome_greeting_interruptible,
        "report_input_during_agent_speech": agent.relay.report_input_during_agent_speech,
    }
    for field, moment in moments.items():
        if moment == "dtmf" and field in agent.relay.model_fields_set:
            yield ("relay", field), remedy
    for i, language in enumerate(agent.languages):
        if language.switch.key:
            yield ("languages", i, "switch", "key"), remedy
    for name, destination in agent.transfers.items():
        if destination.key:
            yield ("transfers", name, "key"), remedy
