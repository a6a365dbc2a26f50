"""One call's conversation: an event in, effects out. It knows no socket, bus, clock or logger.

Every transition of a call is in this file. `reply.py` decides which workers' records may bring one
about; keys, silence, machines, the wish not to be called and the end have files of their own.
Times are seconds of one monotonic clock, given with each event; timers go out as effects and come
back as events.
"""

from collections.abc import Iterable, Sequence
from enum import Enum, auto

from gateway.asides import Asides
from gateway.attachment import Attachment
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
    StartTimer,
    StopTimer,
    TakenOver,
    Timer,
    TimerFired,
    TokensPlayed,
    WorkerWrote,
)
from gateway.ending import Ending
from gateway.keys import Keys
from gateway.machines import Machine
from gateway.mouth import Mouth
from gateway.patience import Patience
from gateway.quiet import Quiet
from gateway.reply import GivenUp, News, Reply
from gateway.rules import spoken_rule
from gateway.scribe import Scribe
from gateway.story import Story
from gateway.wish import Wish
from trunkline.agents import Agent
from trunkline.events.call import (
    ActionDone,
    ActionRequested,
    CallerSpoke,
    Detached,
    EndCall,
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
from trunkline.events.turn import ToolCall

ANNOUNCE_SECONDS = 1.0  # before what the bus would not take is announced again
LEAST_SECONDS = 5.0  # that are left of a call that has lasted its time when it is taken up
NORMAL_CLOSE = 1000  # Twilio closes so when the call is over
GOING_AWAY = 1001


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


class CallSession:
    """A call's conversation with its agent, for as long as one attachment has it."""

    def __init__(self, attachment: Attachment, agent: Agent, story: Story, written: int) -> None:
        """`story` is what happened before; `written` counts records this attachment wrote."""
        self.state = State.LISTENING
        self.story = story
        self._me = attachment
        self._agent = agent
        self._scribe = Scribe(attachment, agent, story, written)
        self._mouth = Mouth(self._scribe, agent)
        self._reply = Reply(self._scribe, agent)
        self._patience = Patience(agent.filler)
        self._has_acted = False  # what the model did in this turn needs no words
        self._ending = Ending(self._scribe, self._mouth)
        self._machine = Machine(self._scribe, agent)
        self._keys = Keys(self._scribe, agent)
        self._quiet = Quiet(self._scribe, self._mouth, agent)
        self._wish = Wish(self._scribe, agent)
        self._asides = Asides(self._mouth)

    def start(self, at: float) -> list[Effect]:
        """Begin: a new call's greeting is being spoken; a resumed call's agent was cut short."""
        self._scribe.at = self._ending.began = at
        goes_on = self._goes_on
        told = self._me.resumed(at) if goes_on else self._me.started(self._agent, at)
        self._do(self._me.warm_up(self._agent))
        self._do(Announce(told))
        self._start_clocks()
        if goes_on:
            self._resume()
        elif self._quiet.is_opening:
            self._quiet.await_opening()
        elif self._me.is_resumed:
            self._mouth.greet()  # Twilio was told to in a session that has never begun
        else:
            self._mouth.voice.begin(self.story.turn.text, at)
        self._await_speech_end()
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
                self._announced(failed)
            case WorkerWrote(record):
                self._heed(self._reply.read(record))
            case Prompted(text, language, last=True) if text.strip():
                self._prompted(text, language)
            case Interrupted(heard):
                self._interrupted(heard)
            case KeyPressed(digit):
                self._key_pressed(digit)
            case AgentSpeaking() | TokensPlayed():
                self._speech_reported(event)
            case CallerSpeaking(on):
                self._caller_speaking(on)
            case MachineFound(answered_by):
                self._machine_found(answered_by)
            case TimerFired(timer):
                self._timer_fired(timer)

    def lost(self, at: float) -> CallEnded:
        """What is to be told when nobody has taken the call up since the socket ended."""
        return self._ending.told(EndReason.LOST, at)

    @property
    def end_reason(self) -> EndReason | None:
        """Why the call ends, if it does."""
        return self._ending.reason

    @property
    def call_sid(self) -> str:
        """Twilio's CallSid."""
        return self._me.call_sid

    @property
    def passed_to(self) -> str:
        """Name of the destination that the call was passed on to; empty if it was not."""
        return self._ending.passed_to

    # The beginning

    @property
    def _goes_on(self) -> bool:
        """Whether the call had a session, of which something is known if there is a log."""
        turn = self.story.turn
        return self._me.is_resumed and bool(turn.number or turn.text or not self._me.has_log)

    def _start_clocks(self) -> None:
        """A call lasts as long as it may, however many sessions it has."""
        limits, lasted = self._agent.limits, self._me.seconds_since(self.story, self._scribe.at)
        left = max(LEAST_SECONDS, limits.call_seconds - lasted)
        self._do(StartTimer(Timer.CALL, left))
        warned = left - limits.warning_seconds
        if self._mouth.words.ending_soon and limits.warning_seconds and warned > 0:
            self._do(StartTimer(Timer.WARNING, warned))

    def _resume(self) -> None:
        """Go on where the last session ended, which was in the middle of something perhaps."""
        if self._mouth.language != self._me.language:
            self._mouth.act(SwitchLanguage(self._mouth.language))
        self._wish.resume()
        if self._keys.pending:
            self._keys.await_next()
        if self._me.came_back:
            self._mouth.cut_short(self.story.turn.heard)
            self._mouth.say(self._mouth.words.transfer_failed or "", PhraseKind.TRANSFER_FAILED)
        elif not self._me.has_log:
            self._mouth.say(self._mouth.words.lost_track or "", PhraseKind.LOST_TRACK)
        else:
            self._go_on()

    def _go_on(self) -> None:
        turn = self.story.turn
        if turn.number and not turn.is_answered:
            self._answer_after_all()
        elif not turn.interrupted:
            act = turn.act
            self._mouth.say_rest()
            if act is not None:
                self._do_last(act)

    def _answer_after_all(self) -> None:
        """The last question was never answered, or not to its end."""
        turn = self.story.turn
        self._reply.language = self._mouth.reply_language(turn.language)
        rule = spoken_rule(self._agent, turn.asked) if not turn.said else None
        if isinstance(rule, OptOut):
            self._opt_out()
        elif isinstance(rule, Transfer):
            self._pass_on(ActionDone(turn.number, "", rule))
        else:
            keys = "" if turn.asked else turn.entered
            self._await_reply(self._keys.calls(keys) if keys else (), again=True)

    def _open(self) -> None:
        """The other side has spoken first. A machine would be greeted in vain."""
        if self._machine.is_to_be_judged:
            self._listen()
            self._machine.await_verdict()
        else:
            self._greet()

    def _greet(self) -> None:
        self._machine.holds_greeting = False
        self._mouth.greet()
        self._listen()

    # The caller

    def _prompted(self, text: str, language: str) -> None:
        match self.end_reason:
            case EndReason.TOO_LONG:
                pass
            case EndReason.TRANSFERRED if spoken_rule(self._agent, text) is None:
                pass  # an "okay" to being put through
            case EndReason.VOICEMAIL:
                self._machine_went_on()
            case _:
                self._said(text, language)

    def _said(self, text: str, language: str) -> None:
        is_opening = self._quiet.is_opening or self._machine.holds_greeting
        rule = spoken_rule(self._agent, text)
        self._supersede()
        if isinstance(rule, SwitchLanguage):
            self._switch(rule)
        self._open_turn(text, language, self._keys.pending)
        if self._machine.is_heard_in(text):
            self._leave_machine()
        elif isinstance(rule, OptOut):
            self._opt_out()
        elif is_opening:
            self._open()
        elif isinstance(rule, Transfer):
            self._pass_on(ActionDone(self.story.turn.number, "", rule))
        else:
            self._await_reply()

    def _supersede(self) -> None:
        """A new prompt, and no interrupt before it: all that was sent counts as said."""
        if self._reply.is_awaited:
            self._reply.stop()
        self.state = State.LISTENING
        self._mouth.close()
        self._mouth.count_as_said()

    def _open_turn(self, text: str, language: str, keys: str) -> None:
        number = self.story.turn.number + 1
        question = self._scribe.append(CallerSpoke(number, text, language, keys))
        self._reply.open_turn(question, self._mouth.reply_language(language))
        self._mouth.voice.open_turn(self._scribe.at)
        self._patience.open_turn()
        self._quiet.open_turn()
        self._machine.holds_greeting = False
        self._has_acted = False
        self._ending.call_off()
        for timer in (Timer.SILENCE, Timer.GOODBYE, Timer.KEYS, Timer.OPENING):
            self._do(StopTimer(timer))

    def _interrupted(self, heard: str) -> None:
        was_disclosed = self._is_disclosed
        self._fall_silent(heard)
        if was_disclosed and not self._is_disclosed:
            self._asides.add(PhraseKind.DISCLOSURE)
        match self.end_reason:
            case EndReason.TOO_LONG | EndReason.TRANSFERRED:
                self._hang_up()
            case EndReason.VOICEMAIL:
                pass  # it hears nothing, and means nothing
            case _:
                self._listen()

    @property
    def _is_disclosed(self) -> bool:
        """Whether the caller has not cut off the greeting with the disclosure at its end."""
        turn = self.story.turn
        is_all_heard = turn.said >= len(turn.text.rstrip()) or not turn.interrupted
        return bool(turn.number) or is_all_heard or not self._mouth.words.disclosure

    def _fall_silent(self, heard: str | None = None) -> None:
        """Not a word more of this turn, from this step on; all that was spoken counts as heard,
        if nothing else is known."""
        self._do(DropUnsent())
        if self._reply.is_awaited:
            self._reply.stop()
            self.state = State.LISTENING
        self._mouth.close()
        self._mouth.cut_short(heard)

    def _caller_speaking(self, on: bool) -> None:
        self._quiet.caller_speaks = on
        if on:
            self._quiet.caller_began()
        elif self._is_cut_off:
            self._machine.await_silence()
        elif self._machine.holds_greeting:
            self._machine.await_verdict()
        elif self._quiet.is_opening:
            self._quiet.await_opening()
        else:
            self._quiet.restart(self.state is State.LISTENING)

    # Keys

    def _key_pressed(self, digit: str) -> None:
        rule = self._keys.rule(digit)
        if rule is None and self._is_stray(digit):
            return
        self._keys.press(digit)
        self._quiet.forgive()
        if self.end_reason is EndReason.SILENCE:
            self._listen()
        match rule:
            case SwitchLanguage():
                self._switch_by_key(rule)
            case Transfer() if self.end_reason is None:
                self._supersede()
                self._pass_on(ActionDone(self.story.turn.number, "", rule))
            case OptOut():
                if self.state is not State.LEAVING:
                    self._supersede()
                self._opt_out()
            case None if self.end_reason is None:
                self._collect()
        self._quiet.restart(self.state is State.LISTENING)

    def _is_stray(self, digit: str) -> bool:
        """Whether a key means nothing: the call is ending, or the last input's end came twice."""
        is_ending = self.end_reason not in (None, EndReason.SILENCE)
        return is_ending or (self._reply.is_awaited and self._keys.is_end_again(digit))

    def _switch_by_key(self, rule: SwitchLanguage) -> None:
        self._switch(rule)
        if self._reply.is_awaited:
            self._reply.ask_on()  # the rest of the reply shall be in that language
        elif not self.story.turn.number and self.state is State.LISTENING:
            self._greet()

    def _collect(self) -> None:
        if self._keys.is_complete:
            self._keys_entered()
        else:
            self._keys.await_next()

    def _keys_paused(self) -> None:
        """Stray keys do not replace the reply to those before them, until it has begun."""
        if self.state is State.THINKING and self.story.turn.entered:
            self._keys.await_next()
        else:
            self._keys_entered()

    def _keys_entered(self) -> None:
        """What was keyed in is asked like words, or given to the tool that is there for it."""
        is_asked_for, keys = self._keys.is_asked_for, self._keys.entered
        self._supersede()
        self._open_turn("", "", keys)
        self._await_reply(() if is_asked_for else self._keys.calls(keys))

    # The reply

    def _await_reply(self, calls: Sequence[ToolCall] = (), *, again: bool = False) -> None:
        if self._patience.has_limit and self._mouth.words.fillers:
            self._do(StartTimer(Timer.FILLER, self._agent.filler.after_seconds))
        if again:
            self._reply.ask_on(calls)
        else:
            self._reply.ask(calls)
        self.state = State.SPEAKING if self.story.turn.text else State.THINKING

    def _heed(self, news: Iterable[News]) -> None:
        """Act on what is new of the reply, one after the other: one may end the wait for more."""
        for one in news:
            match one:
                case ReplyChunk(text=text):
                    self.state = State.SPEAKING
                    self._mouth.send(text, language=self._reply.language)
                    self._await_speech_end()
                case ToolIntended(tool=tool):
                    self._tool_begins(tool)
                case ActionRequested():
                    self._act(one)
                case ReplyFinished():
                    self._reply_finished()
                case GivenUp():
                    self._apologise()

    def _reply_finished(self) -> None:
        act = self.story.turn.act
        if act is not None and self._is_possible(act):
            self._mouth.close()
            self._do_last(act)
        elif self.story.turn.text.strip() or self._has_acted:
            self._mouth.close()
            self._listen()
            self._say_due()
        else:
            self._apologise()

    def _apologise(self) -> None:
        self._mouth.say(self._mouth.words.apology or "", PhraseKind.APOLOGY)
        self._listen()
        self._say_due()

    # What the model does with the call

    def _act(self, wanted: ActionRequested) -> None:
        match wanted.event:
            case EndCall() | Transfer():
                pass  # once what is said has been heard: see `_reply_finished`
            case OptOut():
                self._has_acted = True
                self._wish.ask_by_model()
            case SwitchLanguage() as switch:
                self._has_acted = True
                self._switch(switch, wanted)
            case action:
                self._has_acted = True
                self._mouth.act(action, wanted.use_id, wanted.round)

    def _switch(self, switch: SwitchLanguage, wanted: ActionRequested | None = None) -> None:
        language = self._agent.find_language(switch.language)
        if language is not None:
            by = (wanted.use_id, wanted.round) if wanted else ("", 0)
            self._mouth.act(SwitchLanguage(language.code), *by)
            self._reply.language = self._mouth.reply_language("")

    def _is_possible(self, act: ActionDone) -> bool:
        """A model may name a destination that there is not."""
        return not isinstance(act.event, Transfer) or act.event.destination in self._agent.transfers

    def _do_last(self, act: ActionDone) -> None:
        if isinstance(act.event, Transfer):
            self._pass_on(act)
        else:
            self._end_call(act)

    def _announced(self, failed: bool) -> None:
        if failed:
            self._do(StartTimer(Timer.ANNOUNCE, ANNOUNCE_SECONDS))
        elif (wish := self._wish.settle()) is not None:
            if wish.use_id:
                self._say_when_free(PhraseKind.OPTED_OUT)
            else:
                self._part()

    def _opt_out(self) -> None:
        """The books are told at once; nothing is said before they have it."""
        self._wish.ask_by_rule()
        if self.state is not State.LEAVING:
            self._listen()

    def _part(self) -> None:
        """They have it: the person is told so, and the call ends."""
        reason = self.end_reason or EndReason.AGENT_ENDED
        self._leave(reason, self._mouth.words.opted_out, PhraseKind.OPTED_OUT, self._ending.act)

    # Words of our own

    def _say_when_free(self, kind: PhraseKind) -> None:
        self._asides.add(kind)
        if self.state is State.LISTENING:
            self._say_due()

    def _say_due(self) -> None:
        if self._asides.say():
            self._await_speech_end()

    def _tool_begins(self, name: str) -> None:
        tool = next((tool for tool in self._agent.tools if tool.name == name), None)
        if tool is not None and self._patience.expect(tool.filler):
            self._do(StartTimer(Timer.FILLER, self._patience.tool_seconds))

    def _wait_grew_long(self) -> None:
        fillers = self._mouth.words.fillers or ()
        if not self._mouth.is_silent:
            self._do(StartTimer(Timer.FILLER, self._agent.filler.after_seconds))
        elif phrase := self._patience.phrase(fillers, self.story.turn.fillers):
            self._mouth.fill(phrase)
            self._do(StartTimer(Timer.FILLER, self._agent.filler.every_seconds))

    # Speech and silence

    def _listen(self) -> None:
        self.state = State.LISTENING
        self._ending.call_off()
        self._reply.end()
        for timer in (Timer.GOODBYE, Timer.OPENING):
            self._do(StopTimer(timer))
        self._await_speech_end()

    def _speech_reported(self, event: AgentSpeaking | TokensPlayed) -> None:
        match event:
            case TokensPlayed(text):
                self._mouth.voice.played(text, self._scribe.at)
            case AgentSpeaking(on):
                return self._agent_speaking(on)
        return self._speech_went_on()

    def _agent_speaking(self, on: bool) -> None:
        voice, at = self._mouth.voice, self._scribe.at
        if on:
            voice.began(at)
            self._do(StopTimer(Timer.SILENCE))
            return self._await_speech_end()
        voice.fell_silent(at)
        if voice.is_silent(at) or self._reply.is_awaited:
            return self._speech_went_on(at)
        return self._quiet.await_word()

    def _speech_went_on(self, since: float | None = None) -> None:
        """The voice has gone on, or ended: then at `since`, or now."""
        self._mouth.note_spoken()
        if self.state is not State.LEAVING or self._is_cut_off:
            self._await_speech_end(since)
        elif self._mouth.is_silent:
            self._hang_up()
        else:
            self._await_speech_end()
            self._ending.wait_for_goodbye()

    def _goodbye_ran_out(self) -> None:
        if self._mouth.voice.is_heard(self._scribe.at):
            self._ending.wait_for_goodbye()
        else:
            self._hang_up()

    def _await_speech_end(self, since: float | None = None) -> None:
        self._quiet.await_speech_end(self.state is State.LISTENING, since)

    def _silence_lasted(self) -> None:
        if self._quiet.caller_speaks:
            self._quiet.caller_speaks = False  # nobody speaks for so long: Twilio's word was lost
            return self._quiet.restart(self.state is State.LISTENING)
        return self._reprompt()

    def _reprompt(self) -> None:
        reprompt = self._quiet.next_reprompt()
        if reprompt is not None:
            self._mouth.say(reprompt, PhraseKind.REPROMPT)
            self._await_speech_end()
        else:
            self._leave(EndReason.SILENCE, self._mouth.words.goodbye)

    # Time

    def _timer_fired(self, timer: Timer) -> None:
        match timer:
            case Timer.WATCHDOG if self._reply.is_awaited:
                self._heed(self._reply.watchdog_fired())
            case Timer.TURN if self._reply.is_awaited:
                self._reply.stop()
                self._apologise()
            case Timer.FILLER if self._reply.is_awaited:
                self._wait_grew_long()
            case Timer.SPEECH:
                since = self._mouth.voice.quiet_since
                self._mouth.voice.time_passed(self._scribe.at)
                self._speech_went_on(since)
            case Timer.SILENCE if self.state is State.LISTENING:
                self._silence_lasted()
            case Timer.OPENING if self._is_cut_off:
                self._machine_went_on()
            case Timer.OPENING if self._quiet.is_opening or self._machine.holds_greeting:
                self._greet()
            case Timer.KEYS if self._keys.pending and self.end_reason is None:
                self._keys_paused()
            case Timer.ANNOUNCE:
                self._wish.insist()
            case Timer.WARNING if self.end_reason is None:
                self._say_when_free(PhraseKind.WARNING)
            case Timer.CALL if self.state is State.LEAVING:
                self._hang_up()
            case Timer.CALL:
                self._leave(EndReason.TOO_LONG, self._mouth.words.goodbye)
            case Timer.GOODBYE if self.state is State.LEAVING:
                self._goodbye_ran_out()

    # The end

    def _end_call(self, act: ActionDone) -> None:
        """The model has ended the call; what it said in this turn was its goodbye."""
        words = None if self.story.turn.text.strip() else self._mouth.words.goodbye
        self._leave(EndReason.AGENT_ENDED, words, act=act)

    def _pass_on(self, act: ActionDone) -> None:
        has_said = bool(self.story.turn.text.strip()) and bool(act.use_id)
        words = None if has_said else self._mouth.words.transfer
        self._leave(EndReason.TRANSFERRED, words, PhraseKind.TRANSFER, act)

    # Answering machines

    def _machine_found(self, answered_by: str) -> None:
        """Twilio's verdict; one that comes again, or to a call that is ending, says nothing new."""
        is_found = self._machine.is_found(answered_by)
        if self.end_reason not in (None, EndReason.VOICEMAIL):
            return
        if not is_found:
            if self._machine.holds_greeting:
                self._greet()
            return
        self._machine.holds_greeting = False
        self._fall_silent()
        if answered_by == "fax":
            self._leave(EndReason.VOICEMAIL, None)
        elif self._machine.is_ready(answered_by):
            self._leave_machine()
        else:
            self._await_machine()

    def _await_machine(self) -> None:
        """It is still greeting: what is said now, it does not record."""
        self._ending.intend(EndReason.VOICEMAIL)
        self.state = State.LEAVING
        for timer in (Timer.WATCHDOG, Timer.TURN, Timer.SILENCE, Timer.KEYS):
            self._do(StopTimer(timer))
        self._machine.await_greeting()
        if not self._quiet.caller_speaks:
            self._machine.await_silence()

    def _leave_machine(self) -> None:
        if self._machine.is_hung_up_on:
            self._leave(EndReason.VOICEMAIL, None)
        else:
            self._leave_message()

    def _leave_message(self) -> None:
        self._machine.count_message()
        words = self._mouth.words.voicemail
        self._leave(EndReason.VOICEMAIL, words, PhraseKind.VOICEMAIL)

    @property
    def _is_cut_off(self) -> bool:
        """Whether an answering machine has not recorded our message: its own voice was there."""
        return self.end_reason is EndReason.VOICEMAIL and self.story.turn.interrupted

    def _machine_went_on(self) -> None:
        """It is silent again: what it has not recorded is said once more."""
        if not self._is_cut_off:
            return
        if self._machine.takes_more:
            self._leave_message()
        else:
            self._hang_up()

    def _leave(
        self,
        reason: EndReason,
        phrase: str | None,
        kind: PhraseKind = PhraseKind.GOODBYE,
        act: ActionDone | None = None,
    ) -> None:
        """Say the last words, if there are any; the call is ended when all has been heard."""
        if self._reply.is_awaited:
            self._reply.stop()
        self._mouth.close()
        if phrase:
            self._mouth.say(phrase, kind)
        for timer in (Timer.WATCHDOG, Timer.TURN, Timer.SILENCE, Timer.KEYS, Timer.OPENING):
            self._do(StopTimer(timer))
        self._ending.intend(reason, act)
        self.state = State.LEAVING
        is_for_nobody = reason is EndReason.VOICEMAIL and not phrase
        if self._mouth.is_silent or is_for_nobody:
            return self._hang_up()
        self._await_speech_end()
        return self._ending.wait_for_goodbye()

    def _hang_up(self) -> None:
        self._ending.hang_up()
        self._end(self.end_reason or EndReason.AGENT_ENDED)

    def _socket_closed(self, code: int) -> None:
        if self._reply.is_awaited:
            self._reply.stop()
        self._mouth.note_spoken()
        if code == NORMAL_CLOSE:
            self._end(EndReason.CALLER_HUNG_UP)
        else:
            self._ending.reason = None  # also in the middle of a goodbye: the call may go on
            self._scribe.append(Detached(code))
            self._wish.insist()  # this session can tell no more of it after its end
            self._stop()

    def _leave_to_newer(self) -> None:
        """Publish nothing more: what happens to the call is another's to say."""
        self._stop()
        self._do(DropUnsent())
        self._do(CloseSocket(GOING_AWAY))

    def _end(self, reason: EndReason) -> None:
        self._ending.note(reason)
        self._wish.insist()
        self._ending.tell(reason)
        self._stop()

    def _stop(self) -> None:
        self.state = State.ENDED
        for timer in Timer:
            self._do(StopTimer(timer))

    def _do(self, effect: Effect) -> None:
        self._scribe.do(effect)
