"""The agent's voice: text in, speech at a stated speed out. Pure: every call carries the time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

from twilio_emulator.protocol import Interruptible
from twilio_emulator.utterance import (
    ROUNDING,
    Began,
    FellSilent,
    Played,
    Sounded,
    SpeakerEvent,
    Utterance,
)

STARVED_SECONDS = 0.5  # a gap between tokens that a listener would take for the end of speech


@dataclass(frozen=True, slots=True)
class Cut:
    """What an interrupt left: the heard words of the current utterance, and how long it ran."""

    heard: str
    duration_ms: int
    turn: int


class Speaker:
    """Speaks utterances one after the other, at `cps` characters a second.

    An utterance begins with its first token, `latency` seconds after that arrived, and ends with
    the token marked last; one that runs dry waits for its next token. Sounds and keys take their
    turn among the words. Times never go backwards.
    """

    def __init__(self, cps: float, latency: float = 0.0, report_every: float | None = None) -> None:
        self._cps = cps
        self._latency = latency
        self._report_every = report_every
        self._queue: deque[Utterance] = deque()
        self._as_of = 0.0  # until when the front utterance has been spoken
        self._reported_at = 0.0
        self._dry_at: float | None = None
        self.audible = False

    @property
    def idle(self) -> bool:
        """Nothing is spoken, and nothing is waiting to be."""
        return not self._queue

    @property
    def heard(self) -> str:
        """The words of the current utterance that have been spoken."""
        return self._queue[0].words_heard if self._queue else ""

    @property
    def text(self) -> str:
        """All words that have arrived of the current utterance."""
        return self._queue[0].words if self._queue else ""

    @property
    def turn(self) -> int | None:
        """The turn that the current utterance answers."""
        return self._queue[0].turn if self._queue else None

    def hear(
        self,
        text: str,
        last: bool,
        now: float,
        turn: int = 0,
        interruptible: Interruptible = "any",
        preemptible: bool = False,
        lang: str = "",
    ) -> list[SpeakerEvent]:
        """Take a token; an empty one can close an utterance but not begin one."""
        events = self.advance(now)
        if self._queue and not self._queue[-1].closed:
            self._queue[-1].add(text, last, lang)
        elif text:
            ready_at = now + self._latency
            fresh = Utterance("text", turn, ready_at, self._cps, interruptible, preemptible)
            fresh.add(text, last, lang)
            events += self._queue_up(fresh, now)
        return events + self.advance(now)

    def sound(
        self,
        kind: Literal["play", "keys"],
        text: str,
        seconds: float,
        now: float,
        turn: int = 0,
        interruptible: Interruptible = "any",
        preemptible: bool = False,
    ) -> list[SpeakerEvent]:
        """Take a file to play, or keys to press. Words that were left open end here."""
        events = self.hear("", True, now)
        ready_at = now + self._latency
        fresh = Utterance(
            kind, turn, ready_at, 1.0, interruptible, preemptible, text, seconds, True
        )
        return events + self._queue_up(fresh, now) + self.advance(now)

    def settle(self, now: float) -> list[SpeakerEvent]:
        """Close words that were left open, if all of them have been spoken: what comes next
        answers something else.
        """
        events = self.advance(now)
        if len(self._queue) == 1 and self._queue[0].seconds_left <= 0:
            events += self.hear("", True, now)
        return events

    def advance(self, now: float) -> list[SpeakerEvent]:
        """Speak on until `now`."""
        events: list[SpeakerEvent] = []
        while self._queue and self._speak(self._queue[0], now, events):
            self._queue.popleft()
        self._as_of = now
        return events

    def interrupt(self, now: float, by: Literal["speech", "dtmf"]) -> Cut | None:
        """Stop at `now` and forget all that was queued; `advance` must have reached `now`.

        None when nothing was audible or the utterance may not be interrupted in this way.
        """
        if not self.audible or self._queue[0].interruptible not in (by, "any"):
            return None
        current = self._queue[0]
        began = now if current.began_at is None else current.began_at
        return Cut(current.words_heard, round((now - began) * 1000), current.turn)

    def drop_all(self, now: float) -> list[SpeakerEvent]:
        """Fall silent at once: the ends of everything queued, the current utterance first."""
        events: list[SpeakerEvent] = [item.end(now, "interrupted") for item in self._queue]
        self._queue.clear()
        return events + self._silence(now)

    def next_change(self) -> float | None:
        """When `advance` should be called next; None while only new text can change anything."""
        if not self._queue:
            return None
        current = self._queue[0]
        if current.began_at is None:
            return max(self._as_of, current.ready_at)
        if current.seconds_left <= 0:
            if self._dry_at is None or not self.audible:
                return None
            return self._dry_at + STARVED_SECONDS
        return min(self._as_of + current.seconds_left, self._next_report(current))

    def seconds_left(self) -> float:
        """How long all queued words and keys take; sounds, which may go on for ever, and latencies
        aside.
        """
        return sum(item.seconds_left for item in self._queue if item.kind != "play")

    def when_heard(self, characters: int) -> float | None:
        """When that many characters of the current utterance will have been spoken.

        None when its words are not that long yet.
        """
        if not self._queue or characters > len(self._queue[0].words):
            return None
        current = self._queue[0]
        return max(self._as_of, current.ready_at) + (characters - current.position) / current.rate

    def _queue_up(self, fresh: Utterance, now: float) -> list[SpeakerEvent]:
        """Put it last; it replaces what was marked preemptible and has not been finished."""
        events: list[SpeakerEvent] = [
            item.end(now, "preempted") for item in self._queue if item.preemptible
        ]
        self._queue = deque(item for item in self._queue if not item.preemptible)
        self._queue.append(fresh)
        return events

    def _speak(self, current: Utterance, now: float, events: list[SpeakerEvent]) -> bool:
        """Speak the front utterance until `now`; True when it is over."""
        start = max(self._as_of, current.ready_at)
        if start > now:
            events += self._silence(self._as_of)
            return False
        events += self._begin(current, start)
        end = start + current.seconds_left
        if end > now:
            current.position += (now - start) * current.rate
            events += self._report(current, now)
            return False
        current.position = current.length
        events += self._report(current, end, everything=True)
        return self._finish(current, end, now, events)

    def _begin(self, current: Utterance, at: float) -> list[SpeakerEvent]:
        """Be audible, if there is anything to hear."""
        fresh = current.began_at is None
        if fresh:
            current.began_at = at
        events = self._sound(at, current.turn) if current.seconds_left > 0 else []
        if fresh and current.kind == "play":
            events.append(Sounded(at, current.turn, current.text))
        return events

    def _finish(
        self, current: Utterance, end: float, now: float, events: list[SpeakerEvent]
    ) -> bool:
        """All that came is spoken: the end if it was closed, otherwise a wait for more."""
        if current.closed:
            self._as_of = end
            events.append(current.end(end, "finished"))
            if len(self._queue) == 1:
                events += self._silence(end)
            return True
        if self._dry_at is None:
            self._dry_at = end
        if now >= self._dry_at + STARVED_SECONDS:
            events += self._silence(self._dry_at + STARVED_SECONDS)
        return False

    def _sound(self, at: float, turn: int) -> list[SpeakerEvent]:
        self._dry_at = None
        if self.audible:
            return []
        self.audible, self._reported_at = True, at
        return [Began(at, turn)]

    def _silence(self, at: float) -> list[SpeakerEvent]:
        if not self.audible:
            return []
        self.audible = False
        return [FellSilent(at)]

    def _next_report(self, current: Utterance) -> float:
        if self._report_every is None:
            return float("inf")
        end = next((end for end in current.token_ends if end > current.played), None)
        if end is None:
            return float("inf")
        reached = self._as_of + (end - current.position) / current.rate
        return max(reached, self._reported_at + self._report_every)

    def _report(
        self, current: Utterance, at: float, everything: bool = False
    ) -> list[SpeakerEvent]:
        """The whole tokens played since the last report, if it is time for one."""
        if self._report_every is None:
            return []
        if not everything and at < self._reported_at + self._report_every - ROUNDING:
            return []
        reached = int(current.position + ROUNDING)
        whole = max((end for end in current.token_ends if end <= reached), default=0)
        if whole <= current.played:
            return []
        text = current.text[current.played : whole]
        current.played, self._reported_at = whole, at
        return [Played(at, text)]
