"""One call's conversation: an event in, effects out. It knows no socket, bus, clock or logger.

Which event means what is decided here; the moves that follow are those of `floor.py`. What has to
know of one matter alone has a file of its own: workers' replies, keys, deeds, silence, machines,
the wish not to be called, resuming, the end. Times are seconds of one monotonic clock, given with
each event; timers go out as effects and come back as events.
"""

from collections.abc import Iterable

from gateway.attachment import Attachment
from gateway.deeds import Deeds
from gateway.effects import (
    AgentSpeaking,
    Announce,
    Announced,
    Appended,
    Asked,
    CallerSpeaking,
    CloseSocket,
    DropUnsent,
    Effect,
    Event,
    Interrupted,
    KeyPressed,
    MachineFound,
    Prompted,
    SocketClosed,
    StopTimer,
    TakenOver,
    Timer,
    TimerFired,
    TokensPlayed,
    WorkerWrote,
)
from gateway.floor import Floor, State
from gateway.keys import Keys
from gateway.machines import Machine
from gateway.pressing import Pressing
from gateway.reply import GivenUp, News
from gateway.resuming import Resuming
from gateway.rules import spoken_rule
from gateway.scribe import Scribe
from gateway.story import Story
from gateway.voicemail import Voicemail
from trunkline.agents import Agent
from trunkline.events.call import (
    ActionRequested,
    Detached,
    EndReason,
    OptOut,
    PhraseKind,
    ReplyChunk,
    ReplyFinished,
    SwitchLanguage,
    ToolIntended,
    Transfer,
)
from trunkline.events.lifecycle import CallEnded

NORMAL_CLOSE = 1000  # Twilio closes so when the call is over
GOING_AWAY = 1001

__all__ = ["CallSession", "State"]


class CallSession:
    """A call's conversation with its agent, for as long as one attachment has it."""

    def __init__(self, attachment: Attachment, agent: Agent, story: Story, written: int) -> None:
        """`story` is what happened before; `written` counts records this attachment wrote."""
        self.story = story
        self._me = attachment
        self._agent = agent
        self._scribe = Scribe(attachment, agent, story, written)
        self._floor = Floor(self._scribe, agent)
        self._mouth = self._floor.mouth
        self._reply = self._floor.reply
        self._quiet = self._floor.quiet
        self._keys = Keys(self._scribe, agent)
        self._machine = Machine(self._scribe, agent)
        self._deeds = Deeds(self._floor)
        self._pressing = Pressing(self._floor, self._keys, self._deeds)
        self._voicemail = Voicemail(self._floor, self._machine)
        self._resuming = Resuming(self._floor, self._keys, self._deeds)

    @property
    def state(self) -> State:
        """Where the conversation stands."""
        return self._floor.state

    @property
    def end_reason(self) -> EndReason | None:
        """Why the call ends, if it does."""
        return self._floor.end_reason

    @property
    def call_sid(self) -> str:
        """Twilio's CallSid."""
        return self._me.call_sid

    @property
    def passed_to(self) -> str:
        """Name of the destination that the call was passed on to; empty if it was not."""
        return self._floor.ending.passed_to

    def lost(self, at: float) -> CallEnded:
        """What is to be told when nobody has taken the call up since the socket ended."""
        return self._floor.ending.told(EndReason.LOST, at)

    def start(self, at: float) -> list[Effect]:
        """Begin: a new call's greeting is being spoken; a resumed call's agent was cut short."""
        self._scribe.at = self._floor.ending.began = at
        goes_on = self._resuming.goes_on
        told = self._me.resumed(at) if goes_on else self._me.started(self._agent, at)
        self._scribe.do(self._me.warm_up(self._agent))
        self._scribe.do(Announce(told))
        self._resuming.start_clocks()
        if goes_on:
            self._resuming.resume()
        elif self._quiet.is_opening:
            self._quiet.await_opening()
        elif self._me.is_resumed:
            self._mouth.greet()  # Twilio was told to in a session that has never begun
        else:
            self._mouth.voice.begin(self.story.turn.text, at)
        self._floor.await_speech_end()
        return self._scribe.take_effects()

    def handle(self, event: Event, at: float) -> list[Effect]:
        """Let one event happen at this time; returns what is to be done, in this order."""
        self._scribe.at = at
        if self.state is not State.ENDED:
            self._handle(event)
        return self._scribe.take_effects()

    def _handle(self, event: Event) -> None:
        match event:
            case SocketClosed(code):
                self._socket_closed(code)
            case TakenOver():
                self._leave_to_newer()
            case Appended(n, failed):
                self._heed(self._reply.appended(n, failed))
            case Asked(turn, attempt, failed):
                self._heed(self._reply.asked(turn, attempt, failed))
            case Announced(failed):
                self._deeds.announced(failed=failed)
            case WorkerWrote(record):
                self._heed(self._reply.read(record))
            case Prompted(text, language, last=True) if text.strip():
                self._prompted(text, language)
            case Interrupted(heard):
                self._interrupted(heard)
            case KeyPressed(digit):
                self._pressing.pressed(digit)
            case TokensPlayed(text):
                self._mouth.voice.played(text, self._scribe.at)
                self._speech_went_on()
            case AgentSpeaking(on):
                self._agent_speaking(on)
            case CallerSpeaking(on):
                self._caller_speaking(on)
            case MachineFound(answered_by):
                self._voicemail.judged(answered_by)
            case TimerFired(timer):
                self._timer_fired(timer)

    # The caller

    def _prompted(self, text: str, language: str) -> None:
        match self.end_reason:
            case EndReason.TOO_LONG:
                pass
            case EndReason.TRANSFERRED if spoken_rule(self._agent, text) is None:
                pass  # an "okay" to being put through
            case EndReason.VOICEMAIL:
                self._voicemail.went_on()
            case _:
                self._said(text, language)

    def _said(self, text: str, language: str) -> None:
        is_opening = self._quiet.is_opening or self._machine.holds_greeting
        rule = spoken_rule(self._agent, text)
        self._floor.supersede()
        if isinstance(rule, SwitchLanguage):
            self._deeds.switch(rule)
        self._floor.open_turn(text, language, self._keys.pending)
        if self._machine.is_heard_in(text):
            self._voicemail.leave()
        elif isinstance(rule, OptOut):
            self._deeds.opt_out()
        elif is_opening:
            self._open()
        elif isinstance(rule, Transfer):
            self._deeds.pass_on_by_rule(rule)
        else:
            self._floor.await_reply()

    def _open(self) -> None:
        """The other side has spoken first. A machine would be greeted in vain."""
        if self._machine.is_to_be_judged:
            self._floor.listen()
            self._machine.await_verdict()
        else:
            self._floor.greet()

    def _interrupted(self, heard: str) -> None:
        was_disclosed = self._is_disclosed
        self._floor.fall_silent(heard)
        if was_disclosed and not self._is_disclosed:
            self._floor.repeat(PhraseKind.DISCLOSURE)
        match self.end_reason:
            case EndReason.TOO_LONG | EndReason.TRANSFERRED:
                self._floor.hang_up()
            case EndReason.VOICEMAIL:
                pass  # it hears nothing, and means nothing
            case _:
                self._floor.listen()

    @property
    def _is_disclosed(self) -> bool:
        """Whether the caller has not cut off the greeting with the disclosure at its end."""
        turn = self.story.turn
        is_all_heard = turn.said >= len(turn.text.rstrip()) or not turn.interrupted
        return bool(turn.number) or is_all_heard or not self._mouth.words.disclosure

    def _caller_speaking(self, on: bool) -> None:
        self._quiet.caller_speaks = on
        if on:
            self._quiet.caller_began()
        elif self._voicemail.is_cut_off:
            self._machine.await_silence()
        elif self._machine.holds_greeting:
            self._machine.await_verdict()
        elif self._quiet.is_opening:
            self._quiet.await_opening()
        else:
            self._quiet.restart(self.state is State.LISTENING)

    # The reply

    def _heed(self, news: Iterable[News]) -> None:
        """Act on what is new of the reply, one after the other: one may end the wait for more."""
        for one in news:
            match one:
                case ReplyChunk(text=text):
                    self._floor.state = State.SPEAKING
                    self._mouth.send(text, language=self._reply.language)
                    self._floor.await_speech_end()
                case ToolIntended(tool=tool):
                    self._floor.patience.tool_begins(tool)
                case ActionRequested():
                    self._deeds.act(one)
                case ReplyFinished():
                    self._reply_finished()
                case GivenUp():
                    self._floor.apologise()

    def _reply_finished(self) -> None:
        act = self.story.turn.act
        if act is not None and self._deeds.is_possible(act):
            self._mouth.close()
            self._deeds.do_last(act)
        elif self.story.turn.text.strip() or self._deeds.has_acted:
            self._mouth.close()
            self._floor.fall_idle()
        else:
            self._floor.apologise()

    # Speech and silence

    def _agent_speaking(self, on: bool) -> None:
        voice, at = self._mouth.voice, self._scribe.at
        if on:
            voice.began(at)
            self._scribe.do(StopTimer(Timer.SILENCE))
            return self._floor.await_speech_end()
        voice.fell_silent(at)
        if voice.is_silent(at) or self._reply.is_awaited:
            return self._speech_went_on(at)
        return self._quiet.await_word()

    def _speech_went_on(self, since: float | None = None) -> None:
        """The voice has gone on, or ended: then at `since`, or now."""
        self._mouth.note_spoken()
        if self.state is not State.LEAVING or self._voicemail.is_cut_off:
            self._floor.await_speech_end(since)
        elif self._mouth.is_silent:
            self._floor.hang_up()
        else:
            self._floor.await_speech_end()
            self._floor.ending.wait_for_goodbye()

    def _goodbye_ran_out(self) -> None:
        if self._mouth.voice.is_heard(self._scribe.at):
            self._floor.ending.wait_for_goodbye()
        else:
            self._floor.hang_up()

    def _silence_lasted(self) -> None:
        if self._quiet.caller_speaks:
            self._quiet.caller_speaks = False  # nobody speaks for so long: Twilio's word was lost
            self._quiet.restart(self.state is State.LISTENING)
        elif (reprompt := self._quiet.next_reprompt()) is not None:
            self._mouth.say(reprompt, PhraseKind.REPROMPT)
            self._floor.await_speech_end()
        else:
            self._floor.leave(EndReason.SILENCE, self._mouth.words.goodbye)

    # Time

    def _timer_fired(self, timer: Timer) -> None:
        match timer:
            case Timer.WATCHDOG | Timer.TURN | Timer.FILLER:
                self._waited(timer)
            case Timer.SPEECH:
                since = self._mouth.voice.quiet_since
                self._mouth.voice.time_passed(self._scribe.at)
                self._speech_went_on(since)
            case Timer.SILENCE if self.state is State.LISTENING:
                self._silence_lasted()
            case Timer.OPENING if self._voicemail.is_cut_off:
                self._voicemail.went_on()
            case Timer.OPENING if self._quiet.is_opening or self._machine.holds_greeting:
                self._floor.greet()
            case Timer.KEYS:
                self._pressing.paused()
            case Timer.ANNOUNCE:
                self._floor.wish.insist()
            case Timer.WARNING if self.end_reason is None:
                self._floor.say_when_free(PhraseKind.WARNING)
            case Timer.CALL | Timer.GOODBYE:
                self._time_is_up(timer)

    def _waited(self, timer: Timer) -> None:
        """The reply has been waited for, some way or another."""
        if not self._reply.is_awaited:
            return
        match timer:
            case Timer.WATCHDOG:
                self._heed(self._reply.watchdog_fired())
            case Timer.TURN:
                self._reply.stop()
                self._floor.apologise()
            case Timer.FILLER:
                self._floor.patience.ran_out()

    def _time_is_up(self, timer: Timer) -> None:
        is_leaving = self.state is State.LEAVING
        if timer is Timer.CALL and is_leaving:
            self._floor.hang_up()
        elif timer is Timer.CALL:
            self._floor.leave(EndReason.TOO_LONG, self._mouth.words.goodbye)
        elif is_leaving:
            self._goodbye_ran_out()

    # The end

    def _socket_closed(self, code: int) -> None:
        if self._reply.is_awaited:
            self._reply.stop()
        self._mouth.note_spoken()
        if code == NORMAL_CLOSE:
            self._floor.end(EndReason.CALLER_HUNG_UP)
        else:
            self._floor.ending.reason = None  # also in mid-goodbye: the call may go on
            self._scribe.append(Detached(code))
            self._floor.wish.insist()  # this session can tell no more of it after its end
            self._floor.stop()

    def _leave_to_newer(self) -> None:
        """Publish nothing more: what happens to the call is another's to say."""
        self._floor.stop()
        self._scribe.do(DropUnsent())
        self._scribe.do(CloseSocket(GOING_AWAY))
