"""One ConversationRelay session as Twilio lives it. Pure: what arrives in, what Twilio sends out.

The shell passes frames, the caller's deeds and the time; it gets messages to send and, at the end,
a `Close`. Everything that happens is told to `note`, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from twilio_emulator import protocol
from twilio_emulator.events import (
    AgentBegan,
    AgentFellSilent,
    AgentPlayed,
    AgentSpoke,
    CallerInterrupted,
    CallerSpoke,
    Event,
    Frame,
    KeyPressed,
    LanguagesSet,
    Noted,
)
from twilio_emulator.frames import Shown, shown
from twilio_emulator.languages import Languages
from twilio_emulator.ledger import STALE_GRACE_SECONDS, CallLedger
from twilio_emulator.protocol import ToServer
from twilio_emulator.quirks import Quirks
from twilio_emulator.relay import ConversationRelay
from twilio_emulator.utterance import Began, Ended, FellSilent, Played, Sounded, SpeakerEvent
from twilio_emulator.voice import Voice

INVALID_VALUE = 64101


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket with this code, as Twilio."""

    code: int
    reason: str


Output = ToServer | Close


class RelaySession:
    """The state of one session: languages, the voice, and what the TwiML allows."""

    def __init__(
        self,
        session_id: str,
        relay: ConversationRelay,
        ledger: CallLedger,
        note: Callable[[Event], None],
        cps: float,
        latency_seconds: float = 0.0,
        quirks: Quirks | None = None,
        sounds: Mapping[str, float] | None = None,
    ) -> None:
        self.session_id = session_id
        self.languages = Languages(relay)
        self.end: protocol.End | None = None
        self.failure: tuple[int, str] | None = None
        self._relay = relay
        self._ledger = ledger
        self._note = note
        self._quirks = quirks or Quirks()
        self._voice = Voice(relay, ledger, note, cps, latency_seconds, sounds or {})
        self.speaker = self._voice.speaker
        self._malformed = 0

    @property
    def partial_prompts(self) -> bool:
        return self._relay.flag("partialPrompts")

    def open(self, setup: protocol.Setup, now: float) -> list[Output]:
        """The setup message, while the greeting begins to play."""
        out = self._send(setup, now)
        self._note_languages(now)
        out += self._tell(self._voice.greet(self.languages.tts, now), now)
        if self._quirks.unknown_messages:
            out += self._send(protocol.ConfigUpdated(), now)
        return out

    def resume(self, setup: protocol.Setup, now: float) -> protocol.Setup:
        """The setup message once more, on a socket that takes another's place."""
        self._send(setup, now)
        return setup

    def receive(self, raw: str | bytes, now: float) -> list[Output]:
        """Take a frame of the server."""
        out = self.advance(now)
        try:
            message = protocol.decode(raw)
        except protocol.Malformed as problem:
            return out + self._reject(raw, problem, now)
        self._malformed = 0
        self._frame("received", shown(message), now)
        match message:
            case protocol.Text():
                out += self._tell(self._voice.speak(message, self.languages.tts, now), now)
            case protocol.Play():
                out += self._tell(self._voice.play(message, now), now)
            case protocol.SendDigits(digits):
                out += self._tell(self._voice.press(digits, now), now)
            case protocol.Language():
                out += self._switch(message, now)
            case protocol.End():
                self.end = message
                out.append(Close(1000, protocol.CLOSE_REASON))
        return out

    def advance(self, now: float) -> list[Output]:
        """Let the agent speak on until `now`."""
        return self._tell(self.speaker.advance(now), now)

    def say(
        self, text: str, now: float, lang: str | None = None, clear: bool = False
    ) -> list[Output]:
        """The caller's final words; `clear`: the agent was silent, or cut off, when they began.

        Words spoken over an agent that may not be interrupted are only delivered if the TwiML
        reports input during its speech.
        """
        out = self.advance(now)
        if not self._gets_through("speech", clear):
            self._note(Noted(now, "the caller's words were not reported during agent speech"))
            return out
        out += self._tell(self.speaker.settle(now), now)
        spoken = self.languages.of_prompt(lang)
        if self._quirks.empty_prompts:
            out += self._send(protocol.Prompt("", spoken), now)
        self._voice.deaf_until = 0.0
        self._note(CallerSpoke(now, self._ledger.turn + 1, text, spoken))
        return out + self._send(protocol.Prompt(text, spoken), now)

    def murmur(
        self, text: str, now: float, lang: str | None = None, clear: bool = False
    ) -> list[Output]:
        """What of the caller's words can be understood so far, where the TwiML asks for it."""
        out = self.advance(now)
        if self.partial_prompts and self._gets_through("speech", clear):
            out += self._send(protocol.Prompt(text, self.languages.of_prompt(lang), False), now)
        return out

    def break_off(self, text: str, now: float, lang: str | None = None) -> list[Output]:
        """The caller hangs up over these words."""
        out = self.advance(now)
        if text and self._relay.flag("partialPromptOnHangup"):
            last = self._quirks.final_partial_on_hangup
            out += self._send(protocol.Prompt(text, self.languages.of_prompt(lang), last), now)
        return out

    def cut_in(self, now: float, by: Literal["speech", "dtmf"] = "speech") -> list[Output]:
        """The caller starts to speak: an interrupt, if the agent is audible and allows it."""
        out = self.advance(now)
        cut = self.speaker.interrupt(now, by)
        if cut is None:
            return out
        duration = str(cut.duration_ms) if self._quirks.duration_as_string else cut.duration_ms
        self._note(CallerInterrupted(now, cut.turn, cut.heard, cut.duration_ms, by))
        self._voice.deaf_until = now + STALE_GRACE_SECONDS
        out += self._send(protocol.Interrupt(cut.heard, duration), now)
        return out + self._tell(self.speaker.drop_all(now), now)

    def press(self, digit: str, now: float) -> list[Output]:
        """A key; without `dtmfDetection` the server never learns of it."""
        if not self._relay.flag("dtmfDetection"):
            out = self.advance(now)
            self._note(Noted(now, "a key was pressed, but dtmfDetection is off"))
            return out
        out = self.advance(now)
        is_reported = not self._quirks.interrupting_keys_unreported or self._gets_through("dtmf")
        out += self.cut_in(now, "dtmf")
        if not (is_reported and self._gets_through("dtmf")):
            self._note(Noted(now, "a key was not reported during agent speech"))
            return out
        out += self._tell(self.speaker.settle(now), now)
        self._voice.deaf_until = 0.0
        self._note(KeyPressed(now, digit))
        return out + self._send(protocol.Dtmf(digit), now)

    def caller_audible(self, on: bool, now: float) -> list[Output]:
        """Tell that the caller began or ceased to speak, where the TwiML asks for it."""
        return self.advance(now) + self._speaker_event("clientSpeaking", on, now)

    def hang_up(self, now: float) -> None:
        """No more speech: whatever was queued is never heard."""
        self.advance(now)
        self._tell(self.speaker.drop_all(now), now)

    def _switch(self, message: protocol.Language, now: float) -> list[Output]:
        for text in self.languages.switch(message):
            self._note(Noted(now, text))
        self._note_languages(now)
        reason = self.languages.refusal()
        if reason is None:
            return []
        self.failure = (INVALID_VALUE, reason)
        return [Close(1000, protocol.CLOSE_REASON)]

    def _note_languages(self, now: float) -> None:
        self._note(LanguagesSet(now, self.languages.tts, self.languages.transcription))

    def _reject(self, raw: str | bytes, problem: protocol.Malformed, now: float) -> list[Output]:
        text = raw if isinstance(raw, str) else raw.decode(errors="replace")
        self._frame("received", Shown("malformed", text), now)
        self._note(Noted(now, f"64107: invalid message from the server: {problem}"))
        self._malformed += 1
        if self._malformed >= protocol.MALFORMED_LIMIT:
            return [Close(1007, "Too many consecutive malformed messages")]
        return self._send(protocol.Error(f"Invalid message received: {text[:200]}"), now)

    def _tell(self, events: list[SpeakerEvent], now: float) -> list[Output]:
        """Note what the voice did, and then report it where the TwiML asks for it."""
        for event in events:
            if not isinstance(event, Played):
                self._note(_told(event))
        out: list[Output] = []
        for event in events:
            match event:
                case Began() | FellSilent():
                    out += self._speaker_event("agentSpeaking", isinstance(event, Began), now)
                case Played(_, text):
                    out += self._send(protocol.Info("tokensPlayed", text), now)
                case Sounded() | Ended():
                    pass  # Twilio tells nothing of them
        return out

    def _speaker_event(self, name: str, on: bool, now: float) -> list[Output]:
        if "speaker-events" not in self._relay.events:
            return []
        stamp = round(now * 1000) + self._quirks.epoch_offset_ms
        return self._send(protocol.Info(name, "on" if on else "off", stamp), now)

    def _gets_through(self, kind: Literal["speech", "dtmf"], clear: bool = False) -> bool:
        """Input is reported, unless the agent speaks on over it and the TwiML does not ask."""
        asked = self._relay.mode("reportInputDuringAgentSpeech", "none")
        return clear or not self.speaker.audible or asked in (kind, "any")

    def _send(self, message: ToServer, now: float) -> list[Output]:
        self._frame("sent", shown(message), now)
        return [message]

    def _frame(self, direction: Literal["sent", "received"], kept: Shown, now: float) -> None:
        turn, session = self._ledger.turn, self.session_id
        self._note(Frame(now, direction, session, kept.type, kept.text, kept.last, turn, kept.lang))


def _told(event: Began | Sounded | Ended | FellSilent) -> Event:
    match event:
        case Began(at, turn):
            return AgentBegan(at, turn)
        case Sounded(at, turn, source):
            return AgentPlayed(at, turn, source)
        case FellSilent(at):
            return AgentFellSilent(at)
        case Ended(at, turn, text, heard, began_at, how, kind, langs):
            return AgentSpoke(at, turn, text, heard, began_at, how, kind, langs)
