"""The caller's side of an emulated call: what someone with a phone can do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from twilio_emulator.events import ExpectationFailed
from twilio_emulator.ledger import CallLedger
from twilio_emulator.line import Line
from twilio_emulator.state import CallState
from twilio_emulator.turns import Turn

UNCLOSED_SECONDS = 3.0  # after so long without a token, a reply without `last` counts as complete


class CallOver(Exception):
    """The call has ended, so that the caller can do nothing more."""


class NoReply(Exception):
    """The agent did not do in time what the caller was waiting for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the agent said to the caller's latest words or key.

    `first_token_ms` and `lang` are those of the turn; `heard` is what was spoken by now.
    """

    turn: int
    text: str
    heard: str
    lang: str | None
    first_token_ms: float | None


class Call:
    """A call in progress; made by `dial`. Methods raise `CallOver` when it is no more."""

    def __init__(self, state: CallState) -> None:
        self._state = state

    @property
    def ledger(self) -> CallLedger:
        return self._state.ledger

    @property
    def over(self) -> bool:
        return self._state.over

    async def say(self, text: str, lang: str | None = None) -> None:
        """Speak once the agent has finished; if that takes too long, speak all the same."""
        if not await self.listen():
            self.fail(f"the agent did not finish turn {self.ledger.turn} before the caller spoke")
        await self.say_now(text, lang)

    async def say_now(self, text: str, lang: str | None = None) -> None:
        """Speak at once; while the agent speaks this is a barge-in, and the words follow it."""
        line = await self._speaking_to()
        if line is None:
            self._state.words = text
            self._state.touch()
            return
        cut = await line.cut_in()
        clear = not line.session.speaker.audible
        await self._murmur(text, lang, clear)
        if cut:
            await self.silence(self._barge_in_seconds())
        await (await self._connected()).say(text, lang, clear)

    async def reply(self, within_seconds: float | None = None) -> Reply:
        """The complete answer to what was said last, spoken or not; raises `NoReply`."""
        seconds = self._patience(within_seconds)
        if not await self.until(self._answered, seconds):
            raise NoReply(f"no complete reply to turn {self.ledger.turn} within {seconds:g} s")
        turn = self.ledger.turns[-1] if self.ledger.turns else None
        return Reply(
            turn=self.ledger.turn,
            text=self.ledger.answer,
            heard=self._heard(),
            lang=turn.reply_lang if turn else None,
            first_token_ms=turn.first_token_ms if turn else None,
        )

    async def listen(self, within_seconds: float | None = None) -> bool:
        """Wait until the agent has answered and fallen silent; False if that took too long.

        `within_seconds` bounds the wait for the reply, and for sounds, which may go on for ever;
        speaking takes as long as it takes.
        """
        seconds = self._patience(within_seconds)
        line = await self._speaking_to()
        if line is None:
            return True
        if not await self.until(self._turn_answered, seconds):
            return False
        speech = line.session.speaker.seconds_left()
        return await self.until(lambda: self._turn_answered() and self._quiet(), seconds + speech)

    async def interrupt(
        self,
        text: str = "",
        *,
        after_chars: int | None = None,
        after_ms: float | None = None,
        after_phrase: str | None = None,
    ) -> str:
        """Cut the agent off at that moment of its current reply; returns what was heard of it.

        Raises `NoReply` when the moment does not come: the reply is shorter, or there is none.
        """
        await self._connected()
        moment = _Moment(after_chars, after_ms, after_phrase)
        seconds = self._patience(None)
        if not await self._state.wait(lambda: self._is_time(moment), seconds, self._due(moment)):
            raise NoReply("the moment to interrupt did not come")
        if not await (await self._connected()).cut_in():
            raise NoReply("the agent had fallen silent, or may not be interrupted")
        if text:
            await self._murmur(text, None, clear=True)
            await self.silence(self._barge_in_seconds())
            await (await self._connected()).say(text, None, clear=True)
        return self.ledger.interrupts[-1].heard

    async def press(self, digits: str, gap_seconds: float = 0.1) -> None:
        """Press keys, in a session or in a `<Gather>`."""
        for number, digit in enumerate(digits):
            if number:
                await self.silence(gap_seconds)
            line = await self._speaking_to()
            if line is None:
                self._state.keys += digit
                self._state.touch()
            else:
                await line.press(digit)

    async def silence(self, seconds: float) -> None:
        """Say nothing for a while, or until the call is over."""
        await self._state.wait(lambda: self.over, seconds)

    async def hang_up(self, while_saying: str = "") -> CallLedger:
        """End the call, wait until Twilio has told the server, and return the ledger.

        `while_saying`: in the middle of a sentence, of which this has been spoken.
        """
        if while_saying and (line := self._state.line) is not None:
            await line.cut_in()
            await self._murmur(while_saying, None, not line.session.speaker.audible)
        self._state.hung_up = True
        self._state.touch()
        if self._state.line is not None:
            await self._state.line.break_off(while_saying, None)
        await self._state.wait(lambda: self.over, self._state.plan.max_seconds)
        return self.ledger

    async def drop_connection(self) -> None:
        """Reset the TCP connection under the WebSocket, and wait until Twilio noticed."""
        line, before = await self._connected(), len(self.ledger.reconnected)

        def noticed() -> bool:
            return self._state.line is not line or len(self.ledger.reconnected) > before

        line.reset()
        await self.until(noticed, self._patience(None))

    async def send_raw(self, frame: str) -> None:
        """Send a frame as it is, which Twilio itself never would."""
        await (await self._connected()).send_raw(frame)

    async def wait_for_end(self, within_seconds: float) -> bool:
        """Wait until the agent has ended the call; False if it has not by then."""
        return await self._state.wait(lambda: self.over, within_seconds)

    async def until(self, met: Callable[[], bool], seconds: float) -> bool:
        """Wait for a condition on the ledger; False after `seconds`."""
        await self._state.wait(lambda: met() or self.over, seconds)
        if self.over and not met():
            raise CallOver(self.ledger.end_reason)
        return met()

    def fail(self, text: str) -> None:
        """Record that an expectation did not hold."""
        self._state.note(ExpectationFailed(time.monotonic(), text))

    async def _murmur(self, text: str, lang: str | None, clear: bool) -> None:
        """Speak word by word, where the TwiML wants partial prompts."""
        line = self._state.line
        if line is None or not line.session.partial_prompts:
            return
        words = text.split()
        for count in range(1, len(words)):
            await line.murmur(" ".join(words[:count]), lang, clear)
            await self.silence(self._partial_gap_seconds())

    async def _connected(self) -> Line:
        line = await self._speaking_to(gather=False)
        if line is None:
            raise NoReply("no ConversationRelay session")
        return line

    async def _speaking_to(self, gather: bool = True) -> Line | None:
        """The line of the session, once there is one; None while a `<Gather>` listens."""
        state = self._state

        def listening() -> bool:
            return (state.line is not None and state.line.open) or (
                gather and bool(state.gathering)
            )

        if not await self.until(listening, self._patience(None)):
            raise NoReply("no ConversationRelay session came up")
        return state.line

    def _turn_answered(self) -> bool:
        """The latest prompt has its complete reply or was passed on, or there was none yet."""
        if not self.ledger.turns:
            return True
        turn = self.ledger.turns[-1]
        return turn.complete or (turn.answered and self._token_long_ago()) or self._passed_on(turn)

    def _passed_on(self, turn: Turn) -> bool:
        """The server has ended the session over it, for somebody else to answer."""
        closed = self.ledger.closed
        return bool(closed) and closed[-1].status == "ended" and closed[-1].at > turn.asked_at

    def _answered(self) -> bool:
        ledger = self.ledger
        return ledger.answer_closed or (ledger.answering and self._token_long_ago())

    def _token_long_ago(self) -> bool:
        return time.monotonic() - self.ledger.last_token_at > UNCLOSED_SECONDS

    def _quiet(self) -> bool:
        line = self._state.line
        if line is None or not line.open:
            return False
        speaker = line.session.speaker
        return speaker.idle or (self._token_long_ago() and not speaker.audible)

    def _heard(self) -> str:
        line = self._state.line
        turn = self.ledger.turns[-1].heard if self.ledger.turns else ""
        speaking = line is not None and line.session.speaker.turn == self.ledger.turn
        return turn + (line.session.speaker.heard if line is not None and speaking else "")

    def _due(self, moment: _Moment) -> Callable[[], float | None]:
        return lambda: self._when(moment)

    def _is_time(self, moment: _Moment) -> bool:
        if self.over:
            raise CallOver(self.ledger.end_reason)
        when = self._when(moment)
        if when is not None:
            return when <= time.monotonic()
        if self.ledger.turns and self._turn_answered() and self._quiet():
            raise NoReply("the reply ended before the moment to interrupt came")
        return False

    def _when(self, moment: _Moment) -> float | None:
        """When the moment comes, as far as it can be told from the text so far."""
        line = self._state.line
        if line is None or line.session.speaker.turn != self.ledger.turn:
            return None
        speaker = line.session.speaker
        if not speaker.audible:
            return None
        times = [speaker.when_heard(moment.after_chars)] if moment.after_chars is not None else []
        if moment.after_phrase and (found := speaker.text.find(moment.after_phrase)) >= 0:
            times.append(speaker.when_heard(found + len(moment.after_phrase)))
        if moment.after_ms is not None:
            times.append(self._first_token_at() + moment.after_ms / 1000)
        if moment == _Moment():
            times.append(0.0)
        return min((when for when in times if when is not None), default=None)

    def _first_token_at(self) -> float:
        turns = self.ledger.turns
        first = turns[-1].first_token_at if turns else self.ledger.opened[-1].at
        return first or 0.0

    def _patience(self, asked: float | None) -> float:
        if asked is not None:
            return asked
        return self._state.plan.script.patience_seconds or self._state.plan.patience_seconds

    def _partial_gap_seconds(self) -> float:
        plan = self._state.plan
        asked = plan.script.partial_gap_ms
        return (plan.partial_gap_ms if asked is None else asked) / 1000

    def _barge_in_seconds(self) -> float:
        plan = self._state.plan
        asked = plan.script.barge_in_ms
        return (plan.barge_in_ms if asked is None else asked) / 1000


@dataclass(frozen=True, slots=True)
class _Moment:
    after_chars: int | None = None
    after_ms: float | None = None
    after_phrase: str | None = None
