"""`<ConversationRelay>`: what its attributes mean, and which values Twilio refuses. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import get_args

from twilio_emulator.protocol import Interruptible

DEFAULT_LANGUAGE = "en-US"
DEFAULT_VOICE = "ElevenLabs"
TTS_PROVIDERS = frozenset({"google", "amazon", "elevenlabs"})
TRANSCRIPTION_PROVIDERS = frozenset({"google", "deepgram"})
EVENTS = frozenset({"speaker-events", "tokens-played"})
SAY_PREFIXES = ("Polly.", "Google.")  # the syntax of <Say>, which ConversationRelay does not know
MODES = frozenset({*get_args(Interruptible), "true", "false"})
CHOICES = {
    "ttsProvider": TTS_PROVIDERS,
    "transcriptionProvider": TRANSCRIPTION_PROVIDERS,
    "interruptSensitivity": frozenset({"low", "medium", "high"}),
    "interruptible": MODES,
    "welcomeGreetingInterruptible": MODES,
    "reportInputDuringAgentSpeech": MODES,
}
RANGES = {
    "speechTimeout": (600.0, 5000.0),
    "eotThreshold": (0.5, 0.9),
    "eagerEotThreshold": (0.3, 0.9),
}


@dataclass(frozen=True, slots=True)
class ConversationRelay:
    """The noun as written; `attributes` holds all it came with."""

    url: str
    attributes: Mapping[str, str]
    languages: tuple[Mapping[str, str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def welcome_greeting(self) -> str:
        return self.attributes.get("welcomeGreeting", "")

    @property
    def tts_language(self) -> str:
        return self.attributes.get("ttsLanguage") or self._language

    @property
    def transcription_language(self) -> str:
        return self.attributes.get("transcriptionLanguage") or self._language

    @property
    def events(self) -> frozenset[str]:
        asked = f"{self.attributes.get('events', '')} {self.attributes.get('debug', '')}"
        return frozenset(asked.split())

    @property
    def _language(self) -> str:
        return self.attributes.get("language") or DEFAULT_LANGUAGE

    def mode(self, name: str, default: Interruptible) -> Interruptible:
        """An attribute of the kind none, dtmf, speech, any (true means any, false none)."""
        value = self.attributes.get(name, "").lower()
        spelled = {"true": "any", "false": "none"}.get(value, value)
        return next((mode for mode in get_args(Interruptible) if mode == spelled), default)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.attributes.get(name)
        return default if value is None else value.lower() == "true"

    def declares(self, code: str) -> bool:
        """There is a `<Language>` for it."""
        return any(language["code"] == code for language in self.languages)

    def refusal(self, blocked_voices: Collection[str] = ()) -> str | None:
        """Why Twilio does not even start the session (64101); None if it does.

        The account may not use the voices of providers that are blocked, as `elevenlabs`.
        """
        return next(self._refusals(blocked_voices), None)

    def multi_refusal(self, tts: str, transcription: str) -> str | None:
        """Why languages cannot be detected; None if none is to be, or the providers can do it."""
        if "multi" not in (tts, transcription):
            return None
        voice = self._provider(tts, "ttsProvider", DEFAULT_VOICE)
        ear = self._provider(transcription, "transcriptionProvider", "Deepgram")
        if (voice.lower(), ear.lower()) == ("elevenlabs", "deepgram"):
            return None
        return f"multi needs ElevenLabs and Deepgram, not {voice} and {ear}"

    def _provider(self, code: str, name: str, default: str) -> str:
        own = next((item for item in self.languages if item["code"] == code), {})
        return own.get(name) or self.attributes.get(name) or default

    def _refusals(self, blocked_voices: Collection[str]) -> Iterator[str]:
        for attributes in (self.attributes, *self.languages):
            yield from _wrong_values(attributes)
            named = attributes.get("ttsProvider") or self.attributes.get("ttsProvider")
            if (provider := (named or DEFAULT_VOICE).lower()) in blocked_voices:
                yield f"block_{provider}"
        for event in self.attributes.get("events", "").split():
            if event not in EVENTS:
                yield f"unknown event {event!r}"
        if reason := self.multi_refusal(self.tts_language, self.transcription_language):
            yield reason


def _wrong_values(attributes: Mapping[str, str]) -> Iterator[str]:
    """Of one element. An empty value is as good as none."""
    for name, value in attributes.items():
        if name in CHOICES and value and value.lower() not in CHOICES[name]:
            yield f"{name} cannot be {value!r}"
        if name in RANGES and value and not _within(name, value):
            yield f"{name} cannot be {value!r}"
    voice = attributes.get("voice", "")
    if voice.startswith(SAY_PREFIXES):
        yield f"voice cannot be {voice!r}: only <Say> knows the prefix"


def _within(name: str, value: str) -> bool:
    if name == "speechTimeout":
        if value == "auto":
            return True
        if not value.isdecimal():
            return False
    low, high = RANGES[name]
    try:
        return low <= float(value) <= high
    except ValueError:
        return False
