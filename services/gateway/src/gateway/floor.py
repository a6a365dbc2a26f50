"""Who has the floor in a call: the caller, the agent, or nobody any more; and the moves that all
parts of a session share. A part that knows one matter alone makes these, and adds its own.
"""

from collections.abc import Sequence
from enum import Enum, auto

from gateway.asides import Asides
from gateway.effects import DropUnsent, StopTimer, Timer
from gateway.ending import Ending
from gateway.handoff import CANNOT_GO_ON
from gateway.mouth import Mouth
from gateway.patience import Patience
from gateway.quiet import Quiet
from gateway.reply import Reply
from gateway.scribe import Scribe
from gateway.story import TurnStory
from gateway.wish import Wish
from trunkline.agents import Agent
from trunkline.events.call import ActionDone, CallerSpoke, EndReason, PhraseKind, Transfer
from trunkline.events.turn import ToolCall


class State(Enum):
    """Where the conversation stands."""

    LISTENING = auto()
    """No reply is being awaited; one may still be playing."""
    THINKING = auto()
    """A reply was asked for and nothing of it was sent yet."""
    SPEAKING = auto()
    """Part of a reply was sent, and more is to come."""
    LEAVING = auto()
    """The last words are being spoken."""
    ENDED = auto()
    """The call, or our part in it, is over."""


class Floor:
    """One session's conversation as it stands."""

    def __init__(self, scribe: Scribe, agent: Agent) -> None:
        self.state = State.LISTENING
        self.scribe = scribe
        self.agent = agent
        self.mouth = Mouth(scribe, agent)
        self.reply = Reply(scribe, agent)
        self.quiet = Quiet(scribe, self.mouth, agent)
        self.patience = Patience(scribe, self.mouth, agent)
        self.ending = Ending(scribe, self.mouth)
        self.wish = Wish(scribe, agent)
        self._asides = Asides(self.mouth)

    @property
    def turn(self) -> TurnStory:
        """The turn that is open or was open last."""
        return self.scribe.turn

    @property
    def end_reason(self) -> EndReason | None:
        """Why the call ends, if it does."""
        return self.ending.reason

    # The caller's turn

    def listen(self) -> None:
        """The caller may speak; whatever was to end the call is called off."""
        self.state = State.LISTENING
        self.ending.call_off()
        self.reply.end()
        self._stop_timers(Timer.GOODBYE, Timer.OPENING)
        self.await_speech_end()

    def supersede(self) -> None:
        """A new prompt, and no interrupt before it: all that was sent counts as said."""
        if self.reply.is_awaited:
            self.reply.stop()
        self.state = State.LISTENING
        self.mouth.close()
        self.mouth.count_as_said()

    def open_turn(self, text: str, language: str, keys: str) -> None:
        """The caller has said or keyed in something."""
        number = self.turn.number + 1
        question = self.scribe.append(CallerSpoke(number, text, language, keys))
        self.mouth.find_pace()
        self.reply.open_turn(question, self.mouth.language)
        self.mouth.voice.open_turn(self.scribe.at)
        self.patience.open_turn()
        self.quiet.open_turn()
        self.ending.call_off()
        self._stop_timers(Timer.SILENCE, Timer.GOODBYE, Timer.KEYS, Timer.OPENING)

    def fall_silent(self, heard: str | None = None) -> None:
        """Not a word more of this turn, from this step on; all that was spoken counts as heard,
        if nothing else is known."""
        self.scribe.do(DropUnsent())
        if self.reply.is_awaited:
            self.reply.stop()
            self.state = State.LISTENING
        self.mouth.close()
        self.mouth.cut_short(heard)

    # The agent's turn

    def greet(self) -> None:
        """Say the greeting, where Twilio has not been told to."""
        self.mouth.greet()
        self.listen()

    def await_reply(self, calls: Sequence[ToolCall] = (), *, again: bool = False) -> None:
        """Ask for the reply, or for the rest of it."""
        self.patience.begin()
        if again:
            self.reply.ask_on(calls)
        else:
            self.reply.ask(calls)
        self.state = State.SPEAKING if self.turn.text else State.THINKING

    def apologise(self) -> None:
        """There will be no (further) reply. If the last turn had none either, people take over."""
        if self.scribe.story.fails_again and self.agent.fallback in self.agent.transfers:
            to = Transfer(self.agent.fallback, CANNOT_GO_ON)
            act = ActionDone(self.turn.number, "", to)
            self.leave(EndReason.TRANSFERRED, self.mouth.words.transfer, PhraseKind.TRANSFER, act)
        else:
            self.mouth.say(self.mouth.words.apology or "", PhraseKind.APOLOGY)
            self.fall_idle()

    def fall_idle(self) -> None:
        """The agent has said what it had to, and is free for what else is to be said."""
        self.listen()
        self._say_due()

    def say_when_free(self, kind: PhraseKind) -> None:
        """Say words of our own, once the agent says nothing else."""
        self._asides.add(kind)
        if self.state is State.LISTENING:
            self._say_due()

    def repeat(self, kind: PhraseKind) -> None:
        """Words of our own that were cut off are said again, once the agent says nothing else."""
        self._asides.add(kind)

    def _say_due(self) -> None:
        if self._asides.say():
            self.await_speech_end()

    def await_speech_end(self, since: float | None = None) -> None:
        """Wait for the end of the sentence, or of the caller's silence."""
        self.quiet.await_speech_end(self.state is State.LISTENING, since)

    # The end

    def leave(
        self,
        reason: EndReason,
        phrase: str | None,
        kind: PhraseKind = PhraseKind.GOODBYE,
        act: ActionDone | None = None,
    ) -> None:
        """Say the last words, if there are any; the call is ended when all has been heard."""
        if self.reply.is_awaited:
            self.reply.stop()
        self.mouth.close()
        if phrase:
            self.mouth.say(phrase, kind)
        self._stop_timers(Timer.WATCHDOG, Timer.TURN, Timer.SILENCE, Timer.KEYS, Timer.OPENING)
        self.ending.intend(reason, act)
        self.state = State.LEAVING
        is_for_nobody = reason is EndReason.VOICEMAIL and not phrase
        if self.mouth.is_silent or is_for_nobody:
            return self.hang_up()
        self.await_speech_end()
        return self.ending.wait_for_goodbye()

    def leave_later(self, reason: EndReason) -> None:
        """The call will end for this reason; what is said then is not known yet."""
        self.ending.intend(reason)
        self.state = State.LEAVING
        self._stop_timers(Timer.WATCHDOG, Timer.TURN, Timer.SILENCE, Timer.KEYS)

    def hang_up(self) -> None:
        """All was heard, or nobody is there: end the call."""
        self.ending.hang_up()
        self.end(self.end_reason or EndReason.AGENT_ENDED)

    def end(self, reason: EndReason) -> None:
        """The call is over: it is written down, and told."""
        self.ending.note(reason)
        self.wish.insist()
        self.ending.tell(reason)
        self.stop()

    def stop(self) -> None:
        """Our part in the call is over."""
        self.state = State.ENDED
        self._stop_timers(*Timer)

    def _stop_timers(self, *timers: Timer) -> None:
        for timer in timers:
            self.scribe.do(StopTimer(timer))
