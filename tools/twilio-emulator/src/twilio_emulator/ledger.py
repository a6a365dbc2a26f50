"""The ground truth of one call: a fold over its events, and the questions asked of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never

from twilio_emulator.events import (
    AgentBegan,
    AgentFellSilent,
    AgentPlayed,
    AgentSpoke,
    CallEnded,
    CallerInterrupted,
    CallerSpoke,
    CallPlaced,
    EndedBy,
    Event,
    ExpectationFailed,
    Frame,
    KeyPressed,
    LanguagesSet,
    Noted,
    PassedOn,
    Reconnected,
    SessionClosed,
    SessionOpened,
    SoundArrived,
    TokenArrived,
    VerbRun,
    WebhookAnswered,
)
from twilio_emulator.turns import Turn

STALE_GRACE_SECONDS = 0.05  # what may still be on its way when an interrupt is sent


@dataclass(slots=True)
class CallLedger:
    """Everything that happened in a call, in order."""

    call_sid: str = ""
    from_number: str = ""
    to_number: str = ""
    name: str = ""
    started_at: float = 0.0
    ended_at: float | None = None
    ended_by: EndedBy | None = None
    end_reason: str = ""
    turns: list[Turn] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    interrupts: list[CallerInterrupted] = field(default_factory=list)
    spoken: list[AgentSpoke] = field(default_factory=list)
    played: list[AgentPlayed] = field(default_factory=list)
    languages: list[LanguagesSet] = field(default_factory=list)
    opened: list[SessionOpened] = field(default_factory=list)
    closed: list[SessionClosed] = field(default_factory=list)
    reconnected: list[Reconnected] = field(default_factory=list)
    webhooks: list[WebhookAnswered] = field(default_factory=list)
    verbs: list[VerbRun] = field(default_factory=list)
    passed_on: list[PassedOn] = field(default_factory=list)
    notes: list[Noted] = field(default_factory=list)
    failures: list[ExpectationFailed] = field(default_factory=list)
    said: str = ""
    """All words of the agent, greetings and fillers included, one paragraph per turn."""
    answer: str = ""
    """What the agent has said since the caller's latest words or key, fillers aside."""
    answer_played: bool = False
    answer_closed: bool = False
    last_token_at: float = 0.0
    last_input_at: float = 0.0

    @property
    def turn(self) -> int:
        """The number of the caller's latest prompt, 0 before the first."""
        return len(self.turns)

    @property
    def tts_language(self) -> str:
        """The language that the agent speaks now."""
        return self.languages[-1].tts if self.languages else ""

    @property
    def keys_heard(self) -> str:
        """The keys that the agent pressed and the caller heard, pauses aside."""
        keys = "".join(spoken.heard for spoken in self.spoken if spoken.kind == "keys")
        return keys.replace("w", "")

    @property
    def recorded(self) -> bool:
        """Whether the server has had the call recorded."""
        return any(run.verb == "Recording" for run in self.verbs)

    @property
    def answering(self) -> bool:
        """The agent has begun to answer the caller's latest words or key."""
        return bool(self.answer.strip()) or self.answer_played

    @property
    def ok(self) -> bool:
        return not self.failures and self.ended_by not in (None, "error")

    def add(self, event: Event) -> None:
        """Record an event."""
        match event:
            case CallPlaced():
                self.call_sid, self.started_at = event.call_sid, event.at
                self.from_number, self.to_number = event.from_number, event.to_number
            case CallEnded():
                self.ended_at, self.ended_by, self.end_reason = event.at, event.by, event.reason
            case Frame():
                self.frames.append(event)
            case TokenArrived():
                self._take(event)
            case SoundArrived():
                self._take_sound(event)
            case CallerSpoke():
                self._begin_turn(event)
            case KeyPressed():
                self._hear_input(event.at)
            case CallerInterrupted():
                self._interrupt(event)
            case AgentSpoke():
                self._hear(event)
            case AgentPlayed():
                self.played.append(event)
            case LanguagesSet():
                self.languages.append(event)
            case SessionOpened():
                self.opened.append(event)
                self.said += event.greeting
            case SessionClosed():
                self.closed.append(event)
            case Reconnected():
                self.reconnected.append(event)
            case WebhookAnswered():
                self.webhooks.append(event)
            case VerbRun():
                self.verbs.append(event)
            case PassedOn():
                self.passed_on.append(event)
            case Noted():
                self.notes.append(event)
            case ExpectationFailed():
                self.failures.append(event)
            case AgentBegan() | AgentFellSilent():
                pass  # of interest while they happen; frames and utterances record them
            case _:
                assert_never(event)

    def lost_turns(self) -> list[Turn]:
        """Turns that came to nothing; only meaningful once the call has ended."""
        return [turn for turn in self.turns if turn.lost]

    def stale_tokens(self) -> list[Frame]:
        """Non-empty text that arrived 50 ms or more after an interrupt, before the caller's next
        prompt or key: the tail of an answer that the caller had cut off.
        """
        stale: list[Frame] = []
        stop_at: float | None = None
        for frame in self.frames:
            match frame:
                case Frame(direction="sent", type="interrupt"):
                    stop_at = frame.at + STALE_GRACE_SECONDS
                case Frame(direction="sent", type="prompt" | "dtmf"):
                    stop_at = None
                case Frame(direction="received", type="text"):
                    if stop_at is not None and frame.text and frame.at >= stop_at:
                        stale.append(frame)
        return stale

    def _take(self, token: TokenArrived) -> None:
        self.said += token.text
        if self.turns:
            self.turns[-1].take(token)
        if token.filler:
            return
        if token.text:
            self.answer += token.text
            self.last_token_at = token.at
        self.answer_closed = bool(self.answer.strip()) and token.last

    def _take_sound(self, sound: SoundArrived) -> None:
        if self.turns:
            self.turns[-1].take_sound(sound)
        if not sound.filler:
            self.answer_played, self.last_token_at = True, sound.at

    def _hear_input(self, at: float) -> None:
        """Whatever the agent says from now on answers this."""
        self.answer, self.answer_played, self.answer_closed = "", False, False
        self.last_input_at = at
        self.said += "\n"

    def _begin_turn(self, event: CallerSpoke) -> None:
        self._hear_input(event.at)
        if self.turns and not self.turns[-1].complete:
            self.turns[-1].superseded = True
        self.turns.append(Turn(event.turn, event.text, event.lang, event.at))

    def _interrupt(self, event: CallerInterrupted) -> None:
        self.interrupts.append(event)
        if 0 < event.turn <= len(self.turns):
            self.turns[event.turn - 1].interrupted = True

    def _hear(self, event: AgentSpoke) -> None:
        self.spoken.append(event)
        if event.kind == "text" and 0 < event.turn <= len(self.turns):
            self.turns[event.turn - 1].heard += event.heard
