"""What a call is spoken and understood with once Twilio's providers have failed in it; pure."""

from trunkline.agents import Agent, Language, Relay
from trunkline.agents.relay import DEFAULT_TRANSCRIPTION_PROVIDER, DEFAULT_TTS_PROVIDER, MULTI

# Twilio's errors: 64101, a parameter is not taken, as of a voice, a model or a provider that the
# account may not use; 64106, a provider does not have that language or voice; 64114, there is no
# connection to speech recognition.
VOICE_FAULTS = frozenset({"64101", "64106"})
HEARING_FAULTS = VOICE_FAULTS | {"64114"}

_VOICES = ("Google", "Amazon", "ElevenLabs")  # those that every account may use come first
_EARS = ("Google", "Deepgram")

_Choice = tuple[str, str]
"""A provider, and its voice or speech model."""


def substituted(agent: Agent, voice_faults: int, hearing_faults: int) -> Agent:
    """The agent as Twilio is told of it after so many faults of either side.

    Twilio does not say which of its languages is at fault: all of them change.
    """
    if not hearing_faults:  # whatever is wrong with the voice may be wrong with both
        return agent
    languages = tuple(_heard(_spoken(one, voice_faults), hearing_faults) for one in agent.languages)
    relay = _without_thresholds(agent.relay, languages)
    return agent.model_copy(update={"languages": languages, "relay": relay})


def _spoken(language: Language, faults: int) -> Language:
    if not faults:
        return language
    own, instead = language.tts_provider or DEFAULT_TTS_PROVIDER, language.fallback
    known = _VOICES if language.code != MULTI else ()
    provider, voice = _choose(faults, own, (instead.tts_provider, instead.voice), known)
    return language.model_copy(update={"tts_provider": provider, "voice": voice})


def _heard(language: Language, faults: int) -> Language:
    own = language.transcription_provider or DEFAULT_TRANSCRIPTION_PROVIDER
    known = _EARS if language.code != MULTI else ()
    declared = language.fallback.transcription_provider, language.fallback.speech_model
    provider, model = _choose(faults, own, declared, known)
    return language.model_copy(update={"transcription_provider": provider, "speech_model": model})


def _choose(faults: int, own: str, declared: _Choice, known: tuple[str, ...]) -> _Choice:
    """What the agent declares, then other providers, with what they do by default."""
    others = [(one, "") for one in known if one not in (own, declared[0])] or [(own, "")]
    choices = [declared, *others] if declared[0] else others
    return choices[min(faults, len(choices)) - 1]


def _without_thresholds(relay: Relay, languages: tuple[Language, ...]) -> Relay:
    """Only a flux model knows thresholds of the end of a turn."""
    if any(language.speech_model.startswith("flux") for language in languages):
        return relay
    return relay.model_copy(update={"eot_threshold": None, "eager_eot_threshold": None})
