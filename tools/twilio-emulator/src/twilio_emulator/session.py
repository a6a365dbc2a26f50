"""One ConversationRelay session as Twilio lives it. Pure: what arrives in, what Twilio sends out.

The shell passes frames, the caller's deeds and the time; it gets messages to send and, at the end,
a `Close`. Everything that happens is told to `note`, in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from twilio_emulator import protocol
from twilio_emulator.events import (
    AgentBegan,
    AgentFellSilent,
    AgentSpoke,
    CallerInterrupted,
    CallerSpoke,
    Event,
    Frame,
    KeyPressed,
    Noted,
    TokenArrived,
)
from twilio_emulator.ledger import STALE_GRACE_SECONDS, CallLedger
from twilio_emulator.protocol import Interruptible, ToServer
from twilio_emulator.quirks import Quirks
from twilio_emulator.speaker import Began, Ended, FellSilent, Played, Speaker, SpeakerEvent
from twilio_emulator.twiml import ConversationRelay

TOKENS_PLAYED_SECONDS = 0.25  # at most this often; how often Twilio reports is not documented


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
    ) -> None:
        self.session_id = session_id
        self.lang = relay.transcription_language
        self.end: protocol.End | None = None
        self._relay = relay
        self._ledger = ledger
        self._note = note
        self._quirks = quirks or Quirks()
        played = TOKENS_PLAYED_SECONDS if "tokens-played" in relay.events else None
        self.speaker = Speaker(cps, latency_seconds, played)
        self._interruptible = relay.mode("interruptible", "any")
        self._malformed = 0
        self._deaf_until = 0.0

    def open(self, setup: protocol.Setup, now: float) -> list[Output]:
        """The setup message, while the greeting begins to play."""
        out = self._send(setup, now)
        if greeting := self._relay.welcome_greeting:
            mode = self._relay.mode("welcomeGreetingInterruptible", "any")
            out += self._voice(self.speaker.hear(greeting, True, now, 0, mode), now)
        if self._quirks.unknown_messages:
            out += self._send(protocol.ConfigUpdated(), now)
        return out

    def receive(self, raw: str | bytes, now: float) -> list[Output]:
        """Take a frame of the server."""
        try:
            message = protocol.decode(raw)
        except protocol.Malformed as problem:
            return self._reject(raw, problem, now)
        self._malformed = 0
        out = self.advance(now)
        self._record(message, now)
        match message:
            case protocol.Text():
                out += self._take_text(message, now)
            case protocol.Language(transcription_language=str(lang)):
                self.lang = lang
            case protocol.End():
                self.end = message
                out.append(Close(1000, protocol.CLOSE_REASON))
            case _:
                pass  # played, pressed or switched without a trace in what the caller does next
        return out

    def advance(self, now: float) -> list[Output]:
        """Let the agent speak on until `now`."""
        return self._voice(self.speaker.advance(now), now)

    def say(
        self, text: str, now: float, lang: str | None = None, cut: bool = False
    ) -> list[Output]:
        """The caller's final words; `cut` says that they began with an interrupt.

        Words spoken over an agent that may not be interrupted are only delivered if the TwiML
        reports input during its speech.
        """
        out = self.advance(now)
        if self.speaker.audible and not cut and not self._reported("speech"):
            self._note(Noted(now, "the caller's words were not reported during agent speech"))
            return out
        if self._quirks.empty_prompts:
            out += self._send(protocol.Prompt("", lang or self.lang), now)
        self._deaf_until = 0.0
        spoke = CallerSpoke(now, self._ledger.turn + 1, text, lang or self.lang)
        self._note(spoke)
        return out + self._send(protocol.Prompt(text, spoke.lang), now)

    def cut_in(self, now: float, by: Literal["speech", "dtmf"] = "speech") -> list[Output]:
        """The caller starts to speak: an interrupt, if the agent is audible and allows it."""
        out = self.advance(now)
        cut = self.speaker.interrupt(now, by)
        if cut is None:
            return out
        duration = str(cut.duration_ms) if self._quirks.duration_as_string else cut.duration_ms
        self._note(CallerInterrupted(now, cut.turn, cut.heard, cut.duration_ms, by))
        self._deaf_until = now + STALE_GRACE_SECONDS
        out += self._send(protocol.Interrupt(cut.heard, duration), now)
        return out + self._voice(self.speaker.drop_all(now), now)

    def press(self, digit: str, now: float) -> list[Output]:
        """A key; without `dtmfDetection` the server never learns of it."""
        if not self._relay.flag("dtmfDetection"):
            self._note(Noted(now, "a key was pressed, but dtmfDetection is off"))
            return []
        out = self.cut_in(now, "dtmf")
        if self.speaker.audible and not self._reported("dtmf"):
            return out
        self._deaf_until = 0.0
        self._note(KeyPressed(now, digit))
        return out + self._send(protocol.Dtmf(digit), now)

    def caller_audible(self, on: bool, now: float) -> list[Output]:
        """Tell that the caller began or ceased to speak, where the TwiML asks for it."""
        return self._speaker_event("clientSpeaking", on, now)

    def hang_up(self, now: float) -> None:
        """No more speech: whatever was queued is never heard."""
        self.advance(now)
        self._voice(self.speaker.drop_all(now), now)

    def _take_text(self, message: protocol.Text, now: float) -> list[Output]:
        turn = self._ledger.turn
        self._note(TokenArrived(now, turn, message.token, message.last, message.lang))
        if now < self._deaf_until:  # was on its way when the caller cut in: falls with the queue
            self._note(AgentSpoke(now, turn, message.token, "", None, "dropped"))
            return []
        heard = self.speaker.hear(
            message.token,
            message.last,
            now,
            turn,
            _mode(message.interruptible, self._interruptible),
            bool(message.preemptible),
        )
        return self._voice(heard, now)

    def _reject(self, raw: str | bytes, problem: protocol.Malformed, now: float) -> list[Output]:
        shown = raw if isinstance(raw, str) else raw.decode(errors="replace")
        self._frame("received", "malformed", now, shown)
        self._note(Noted(now, f"64107: invalid message from the server: {problem}"))
        self._malformed += 1
        if self._malformed >= protocol.MALFORMED_LIMIT:
            return [Close(1007, "Too many consecutive malformed messages")]
        return self._send(protocol.Error(f"Invalid message received: {shown[:200]}"), now)

    def _voice(self, events: list[SpeakerEvent], now: float) -> list[Output]:
        """Tell what the voice did, and report it where the TwiML asks for it."""
        out: list[Output] = []
        for event in events:
            match event:
                case Began(at, turn):
                    self._note(AgentBegan(at, turn))
                    out += self._speaker_event("agentSpeaking", True, now)
                case FellSilent(at):
                    self._note(AgentFellSilent(at))
                    out += self._speaker_event("agentSpeaking", False, now)
                case Played(_, text):
                    out += self._send(protocol.Info("tokensPlayed", text), now)
                case Ended(at, turn, text, heard, began_at, how):
                    self._note(AgentSpoke(at, turn, text, heard, began_at, how))
        return out

    def _speaker_event(self, name: str, on: bool, now: float) -> list[Output]:
        if "speaker-events" not in self._relay.events:
            return []
        stamp = round(now * 1000) + self._quirks.epoch_offset_ms
        return self._send(protocol.Info(name, "on" if on else "off", stamp), now)

    def _reported(self, kind: Literal["speech", "dtmf"]) -> bool:
        return self._relay.mode("reportInputDuringAgentSpeech", "none") in (kind, "any")

    def _send(self, message: ToServer, now: float) -> list[Output]:
        text = ""
        last: bool | None = None
        lang: str | None = None
        match message:
            case protocol.Prompt(text, lang, last):
                pass
            case protocol.Dtmf(text) | protocol.Interrupt(text) | protocol.Error(text):
                pass
            case protocol.Info(name, value):
                text = f"{name}={value}"
            case _:
                pass
        self._frame("sent", type(message).__struct_config__.tag, now, text, last, lang)
        return [message]

    def _record(self, message: protocol.FromServer, now: float) -> None:
        text = ""
        last: bool | None = None
        lang: str | None = None
        match message:
            case protocol.Text(text, last, lang):
                pass
            case protocol.Play(text) | protocol.SendDigits(text):
                pass
            case protocol.Language(tts, transcription):
                text = f"{tts or ''}/{transcription or ''}"
            case protocol.End(data):
                text = data or ""
        self._frame("received", type(message).__struct_config__.tag, now, text, last, lang)

    def _frame(
        self,
        direction: Literal["sent", "received"],
        kind: object,
        now: float,
        text: str,
        last: bool | None = None,
        lang: str | None = None,
    ) -> None:
        turn = self._ledger.turn
        self._note(Frame(now, direction, self.session_id, str(kind), text, last, turn, lang))


def _mode(value: bool | Interruptible | None, default: Interruptible) -> Interruptible:
    if value is None:
        return default
    if isinstance(value, bool):
        return "any" if value else "none"
    return value
