"""The agent's side of a session: what the server wants heard, by the rules of the TwiML. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from twilio_emulator import protocol
from twilio_emulator.events import AgentSpoke, Event, SoundArrived, TokenArrived
from twilio_emulator.ledger import CallLedger
from twilio_emulator.protocol import Interruptible
from twilio_emulator.relay import ConversationRelay
from twilio_emulator.speaker import Speaker
from twilio_emulator.utterance import SpeakerEvent, key_seconds

TOKENS_PLAYED_SECONDS = 0.25  # at most this often; how often Twilio reports is not documented
SOUND_SECONDS = 2.0  # a file of which nothing was stated


class Voice:
    """Hands words, sounds and keys to a `Speaker`; the ledger's turn is the one they answer.

    `sounds` are the lengths in seconds of audio files, by a part of their address. Until
    `deaf_until` everything was on its way when the caller cut in, and falls with the queue.
    """

    def __init__(
        self,
        relay: ConversationRelay,
        ledger: CallLedger,
        note: Callable[[Event], None],
        cps: float,
        latency_seconds: float,
        sounds: Mapping[str, float],
    ) -> None:
        played = TOKENS_PLAYED_SECONDS if "tokens-played" in relay.events else None
        self.speaker = Speaker(cps, latency_seconds, played)
        self.deaf_until = 0.0
        self._relay = relay
        self._ledger = ledger
        self._note = note
        self._sounds = sounds
        self._interruptible = relay.mode("interruptible", "any")
        self._preemptible = relay.flag("preemptible")

    def greet(self, lang: str, now: float) -> list[SpeakerEvent]:
        """Speak the greeting, which has a rule of its own for interruptions."""
        mode = self._relay.mode("welcomeGreetingInterruptible", "any")
        return self.speaker.hear(self._relay.welcome_greeting, True, now, 0, mode, lang=lang)

    def speak(self, message: protocol.Text, tts_language: str, now: float) -> list[SpeakerEvent]:
        """Take a token."""
        turn, token, lang = self._ledger.turn, message.token, message.lang or tts_language
        filler = self._is_filler(message)
        self._note(TokenArrived(now, turn, token, message.last, lang, filler))
        if now < self.deaf_until:
            langs = (lang,) if token else ()
            self._note(AgentSpoke(now, turn, token, "", None, "dropped", "text", langs))
            return []
        mode, preemptible = self._rules(message)
        return self.speaker.hear(token, message.last, now, turn, mode, preemptible, lang)

    def play(self, message: protocol.Play, now: float) -> list[SpeakerEvent]:
        """Take an audio file."""
        source = message.source
        self._note(SoundArrived(now, self._ledger.turn, source, self._is_filler(message)))
        seconds = sound_seconds(self._sounds, source) * message.times
        return self._sound("play", source, seconds, now, *self._rules(message))

    def press(self, digits: str, now: float) -> list[SpeakerEvent]:
        """Take keys, which the caller's side will hear."""
        seconds = sum(map(key_seconds, digits))
        return self._sound("keys", digits, seconds, now, self._interruptible)

    def _sound(
        self,
        kind: Literal["play", "keys"],
        text: str,
        seconds: float,
        now: float,
        mode: Interruptible,
        preemptible: bool = False,
    ) -> list[SpeakerEvent]:
        turn = self._ledger.turn
        if now < self.deaf_until:
            self._note(AgentSpoke(now, turn, text, "", None, "dropped", kind))
            return []
        return self.speaker.sound(kind, text, seconds, now, turn, mode, preemptible)

    def _rules(self, message: protocol.Text | protocol.Play) -> tuple[Interruptible, bool]:
        """How it may be cut off, and whether later speech may replace it."""
        asked = message.preemptible
        preemptible = self._preemptible if asked is None else asked
        return _mode(message.interruptible, self._interruptible), preemptible

    def _is_filler(self, message: protocol.Text | protocol.Play) -> bool:
        """Marked as replaceable, where not everything is."""
        return message.preemptible is True and not self._preemptible


def sound_seconds(sounds: Mapping[str, float], source: str) -> float:
    """How long an audio file takes."""
    stated = (seconds for part, seconds in sounds.items() if part in source)
    return next(stated, SOUND_SECONDS)


def _mode(value: bool | Interruptible | None, default: Interruptible) -> Interruptible:
    if value is None:
        return default
    if isinstance(value, bool):
        return "any" if value else "none"
    return value
