"""One call's conversation: an event in, effects out. It knows no socket, bus, clock or logger.

Every transition of a call is in this file; `reply.py` decides which workers' records may bring one
about. Times are seconds of one monotonic clock, given with each event; timers go out as effects and
come back as events.
"""

from collections.abc import Iterable, Sequence
from enum import Enum, auto

from gateway import keypad
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
    SendEnd,
    SocketClosed,
    StartTimer,
    StopTimer,
    TakenOver,
    Timer,
    TimerFired,
    TokensPlayed,
    WorkerWrote,
)
from gateway.handoff import Handoff, encode_handoff
from gateway.mouth import Mouth
from gateway.patience import Patience
from gateway.reply import GivenUp, News, Reply
from gateway.rules import key_rule, speaks_like_machine, spoken_rule
from gateway.scribe import Scribe
from gateway.story import Story
from gateway.verdicts import has_finished, is_machine
from gateway.voice import QUIET_SECONDS
from trunkline.agents import Agent
from trunkline.events.call import (
    ActionDone,
    ActionRequested,
    CallerSpoke,
    CollectDigits,
    Detached,
    EndCall,
    Ended,
    EndReason,
    KeysPressed,
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
from trunkline.outbound import OnMachine

GOODBYE_GRACE_SECONDS = 4.0  # for speech that is slower than estimated,
SLOWNESS = 1.3  # and that much slower
ANNOUNCE_SECONDS = 1.0  # before what the bus would not take is announced again
MACHINE_SILENCE_SECONDS = 2.0  # after a machine's greeting, where Twilio does not say it is over
MACHINE_SECONDS = 60.0  # that its greeting may take
MAX_MESSAGES_LEFT = 3  # on one answering machine, each time its own voice has cut the last one off
CALLER_SECONDS = 60.0  # that a caller may speak, where Twilio never says that they have ceased
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
        self.end_reason: EndReason | None = None
        self._me = attachment
        self._agent = agent
        self._scribe = Scribe(attachment, agent, story, written)
        self._mouth = Mouth(self._scribe, agent)
        self._reply = Reply(self._scribe, agent)
        self._patience = Patience(agent.filler)
        self._has_acted = False  # what the model did in this turn needs no words
        self._last_act: ActionDone | None = None  # done once all has been heard: the call's end
        self._wish: ActionDone | None = None  # not to be called, which the books do not have
        self._to_say: list[PhraseKind] = []  # when the agent is free to
        self._caller_speaks = False  # as far as Twilio tells
        self._reprompts = 0
        self._messages_left = 0
        self._began = 0.0

    def start(self, at: float) -> list[Effect]:
        """Begin: a new call's greeting is being spoken; a resumed call's agent was cut short."""
        self._scribe.at = self._began = at
        goes_on = self._goes_on
        told = self._me.resumed(at) if goes_on else self._me.started(self._agent, at)
        self._do(self._me.warm_up(self._agent))
        self._do(Announce(told))
        self._start_clocks()
        if goes_on:
            self._resume()
        elif self._is_opening:
            self._do(StartTimer(Timer.OPENING, self._agent.opening.listen_seconds))
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
        return self._ended(EndReason.LOST, at)

    @property
    def call_sid(self) -> str:
        """Twilio's CallSid."""
        return self._me.call_sid

    @property
    def passed_to(self) -> str:
        """Name of the destination that the call was passed on to; empty if it was not."""
        act = self._last_act.event if self._last_act else None
        is_gone = self.end_reason is EndReason.TRANSFERRED
        return act.destination if is_gone and isinstance(act, Transfer) else ""

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
        self._wish = self.story.wish
        if self._wish is not None:
            self._mouth.announce_opt_out()
        if self.story.pending_keys:
            self._do(StartTimer(Timer.KEYS, self._keys_wanted.timeout_ms / 1000))
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
            self._await_reply(keypad.calls(self._agent.keypad, keys) if keys else (), again=True)

    @property
    def _is_opening(self) -> bool:
        """Whether the other side is let speak first, and nobody has spoken yet."""
        listens = self._me.is_outbound and self._agent.opening.mode == "listen"
        return listens and not self.story.turn.number and not self.story.turn.text

    def _greet(self) -> None:
        self._mouth.greet()
        self._listen()

    def _greet_anew(self) -> None:
        """A key has chosen the language of a conversation that had not begun."""
        if self.state is State.LISTENING and not self.story.turn.number:
            self._greet()

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
        is_opening, rule = self._is_opening, spoken_rule(self._agent, text)
        self._supersede()
        if isinstance(rule, SwitchLanguage):
            self._switch(rule)
        self._open_turn(text, language, self.story.pending_keys)
        if self._sounds_like_machine(text):
            self._leave_machine()
        elif isinstance(rule, OptOut):
            self._opt_out()
        elif is_opening:
            self._greet()
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
        self._reprompts = 0
        self._has_acted = self._caller_speaks = False
        self._last_act = None
        self.end_reason = None
        for timer in (Timer.SILENCE, Timer.GOODBYE, Timer.KEYS, Timer.OPENING):
            self._do(StopTimer(timer))

    def _interrupted(self, heard: str) -> None:
        was_disclosed = self._is_disclosed
        self._fall_silent(heard)
        if was_disclosed and not self._is_disclosed:
            self._to_say.append(PhraseKind.DISCLOSURE)
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
        self._caller_speaks = on
        if on:
            self._do(StartTimer(Timer.SILENCE, CALLER_SECONDS))
            self._do(StopTimer(Timer.OPENING))
        elif self._is_cut_off:
            self._do(StartTimer(Timer.OPENING, MACHINE_SILENCE_SECONDS))
        elif self._is_opening:
            self._do(StartTimer(Timer.OPENING, self._agent.opening.listen_seconds))
        else:
            self._restart_silence()

    # Keys

    @property
    def _keys_wanted(self) -> CollectDigits:
        return self.story.collecting or keypad.usual(self._agent.keypad)

    def _key_pressed(self, digit: str) -> None:
        is_first = not self.story.pending_keys and self.story.collecting is None
        rule = key_rule(self._agent, digit, self._me.opt_out_key) if is_first else None
        if rule is None and self._is_stray(digit):
            return
        self._scribe.append(KeysPressed(self.story.turn.number, digit))
        self._reprompts = 0
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
        self._restart_silence()

    def _is_stray(self, digit: str) -> bool:
        """Whether a key means nothing: the call is ending, or the last input's end came twice."""
        is_ending = self.end_reason not in (None, EndReason.SILENCE)
        was_input = self._reply.is_awaited and bool(self.story.turn.entered)
        is_alone = not self.story.pending_keys and digit == self._keys_wanted.finish_key
        return is_ending or (was_input and is_alone)

    def _switch_by_key(self, rule: SwitchLanguage) -> None:
        self._switch(rule)
        if self._reply.is_awaited:
            self._reply.ask_on()  # the rest of the reply shall be in that language
        elif not self.story.turn.number and self.state is State.LISTENING:
            self._greet()

    def _collect(self) -> None:
        wanted = self._keys_wanted
        if keypad.is_complete(self.story.pending_keys, wanted):
            self._keys_entered()
        else:
            self._do(StartTimer(Timer.KEYS, wanted.timeout_ms / 1000))

    def _keys_paused(self) -> None:
        """Stray keys do not replace the reply to those before them, until it has begun."""
        if self.state is State.THINKING and self.story.turn.entered:
            self._do(StartTimer(Timer.KEYS, self._keys_wanted.timeout_ms / 1000))
        else:
            self._keys_entered()

    def _keys_entered(self) -> None:
        """What was keyed in is asked like words, or given to the tool that is there for it."""
        is_asked_for = self.story.collecting is not None
        keys = keypad.entered(self.story.pending_keys, self._keys_wanted)
        self._supersede()
        self._open_turn("", "", keys)
        self._await_reply(() if is_asked_for else keypad.calls(self._agent.keypad, keys))

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
                self._wish = self.story.wish
                self._mouth.announce_opt_out()
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
        elif (wish := self._wish) is not None:
            self._wish = None
            self._mouth.opted_out(wish.use_id, wish.round)
            if wish.use_id:
                self._say_when_free(PhraseKind.OPTED_OUT)
            else:
                self._part()

    # A wish not to be called any more, by a rule

    def _opt_out(self) -> None:
        """The books are told at once; nothing is said before they have it."""
        self._wish = ActionDone(self.story.turn.number, "", OptOut())
        self._mouth.announce_opt_out()
        if self.state is not State.LEAVING:
            self._listen()

    def _part(self) -> None:
        """They have it: the person is told so, and the call ends."""
        reason = self.end_reason or EndReason.AGENT_ENDED
        self._leave(reason, self._mouth.words.opted_out, PhraseKind.OPTED_OUT, self._last_act)

    # Words of our own

    def _say_when_free(self, kind: PhraseKind) -> None:
        self._to_say.append(kind)
        if self.state is State.LISTENING:
            self._say_due()

    def _say_due(self) -> None:
        words = self._mouth.words
        texts = {
            PhraseKind.WARNING: words.ending_soon,
            PhraseKind.OPTED_OUT: words.opted_out,
            PhraseKind.DISCLOSURE: words.disclosure,
        }
        due, self._to_say = self._to_say, []
        for kind in due:
            self._mouth.say(texts[kind] or "", kind)
        if due:
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
        self.end_reason = self._last_act = None
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
        return self._do(StartTimer(Timer.SPEECH, QUIET_SECONDS))  # it may begin anew in a moment

    def _speech_went_on(self, since: float | None = None) -> None:
        """The voice has gone on, or ended: then at `since`, or now."""
        self._mouth.note_spoken()
        if self.state is not State.LEAVING or self._is_cut_off:
            self._await_speech_end(since)
        elif self._mouth.is_silent:
            self._hang_up()
        else:
            self._await_speech_end()
            self._wait_for_goodbye()

    def _wait_for_goodbye(self) -> None:
        """What is left to say may be spoken more slowly than we think, but not without end."""
        left = self._mouth.voice.seconds_left(self._scribe.at)
        self._do(StartTimer(Timer.GOODBYE, left * SLOWNESS + GOODBYE_GRACE_SECONDS))

    def _goodbye_ran_out(self) -> None:
        if self._mouth.voice.is_heard(self._scribe.at):
            self._wait_for_goodbye()
        else:
            self._hang_up()

    def _await_speech_end(self, since: float | None = None) -> None:
        """Wait for the end of the sentence, or count the silence if all has been spoken."""
        if not self._mouth.await_sentence():
            self._restart_silence(since)

    def _restart_silence(self, since: float | None = None) -> None:
        """Silence counts from the end of speech, and only while the caller is to say something."""
        is_quiet = self._mouth.is_silent and not self._caller_speaks and not self._is_opening
        if self.state is State.LISTENING and is_quiet:
            lasted = 0.0 if since is None else self._scribe.at - since
            self._do(StartTimer(Timer.SILENCE, self._agent.silence.after_seconds - lasted))

    def _silence_lasted(self) -> None:
        if self._caller_speaks:
            self._caller_speaks = False  # nobody speaks for so long: Twilio's word was lost
            return self._restart_silence()
        return self._reprompt()

    def _reprompt(self) -> None:
        reprompts = self._mouth.words.reprompts or ()
        if self._reprompts < len(reprompts):
            self._mouth.say(reprompts[self._reprompts], PhraseKind.REPROMPT)
            self._reprompts += 1
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
            case Timer.OPENING if self._is_opening:
                self._greet()
            case Timer.KEYS if self.story.pending_keys and self.end_reason is None:
                self._keys_paused()
            case Timer.ANNOUNCE if self._wish is not None:
                self._mouth.announce_opt_out()
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

    def _sounds_like_machine(self, text: str) -> bool:
        is_looked_for = self._me.is_outbound and self._me.on_machine is not OnMachine.TALK
        return is_looked_for and speaks_like_machine(self._agent, text, self.story.turn.number)

    def _machine_found(self, answered_by: str) -> None:
        """Twilio's verdict; one that comes again, or to a call that is ending, says nothing new."""
        is_met = self._me.is_outbound and is_machine(answered_by)
        if not is_met or self._me.on_machine is OnMachine.TALK or self._messages_left:
            return
        if self.end_reason not in (None, EndReason.VOICEMAIL):
            return
        self._fall_silent()
        if answered_by == "fax":
            self._leave(EndReason.VOICEMAIL, None)
        elif has_finished(answered_by) or self._me.on_machine is OnMachine.HANGUP:
            self._leave_machine()
        else:
            self._await_machine()

    def _await_machine(self) -> None:
        """It is still greeting: what is said now, it does not record."""
        self.end_reason, self.state, self._last_act = EndReason.VOICEMAIL, State.LEAVING, None
        for timer in (Timer.WATCHDOG, Timer.TURN, Timer.SILENCE, Timer.KEYS):
            self._do(StopTimer(timer))
        self._do(StartTimer(Timer.GOODBYE, MACHINE_SECONDS))
        if not self._caller_speaks:
            self._do(StartTimer(Timer.OPENING, MACHINE_SILENCE_SECONDS))

    def _leave_machine(self) -> None:
        if self._me.on_machine is OnMachine.HANGUP:
            self._leave(EndReason.VOICEMAIL, None)
        else:
            self._leave_message()

    def _leave_message(self) -> None:
        self._messages_left += 1
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
        if self._messages_left < MAX_MESSAGES_LEFT:
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
        self.end_reason, self.state, self._last_act = reason, State.LEAVING, act
        is_for_nobody = reason is EndReason.VOICEMAIL and not phrase
        if self._mouth.is_silent or is_for_nobody:
            return self._hang_up()
        self._await_speech_end()
        return self._wait_for_goodbye()

    def _hang_up(self) -> None:
        handoff = ""
        if self._last_act is not None:
            self._scribe.append(self._last_act)
            if isinstance(transfer := self._last_act.event, Transfer):
                handoff = encode_handoff(
                    Handoff(transfer.destination, transfer.reason, self._mouth.language)
                )
        self._do(SendEnd(handoff))
        self._end(self.end_reason or EndReason.AGENT_ENDED)

    def _socket_closed(self, code: int) -> None:
        if self._reply.is_awaited:
            self._reply.stop()
        self._mouth.note_spoken()
        if code == NORMAL_CLOSE:
            self._end(EndReason.CALLER_HUNG_UP)
        else:
            self.end_reason = None  # also in the middle of a goodbye: the call may go on
            self._scribe.append(Detached(code))
            self._insist()
            self._stop()

    def _leave_to_newer(self) -> None:
        """Publish nothing more: what happens to the call is another's to say."""
        self._stop()
        self._do(DropUnsent())
        self._do(CloseSocket(GOING_AWAY))

    def _end(self, reason: EndReason) -> None:
        self.end_reason = reason
        self._scribe.append(Ended(reason))
        self._insist()
        self._do(Announce(self._ended(reason, self._scribe.at)))
        self._stop()

    def _ended(self, reason: EndReason, at: float) -> CallEnded:
        return self._me.ended(reason, self.passed_to, self.story.turn.number, self._began, at)

    def _insist(self) -> None:
        """Of a wish that the books may not have this session can tell no more after its end."""
        if self._wish is not None:
            self._mouth.announce_opt_out()

    def _stop(self) -> None:
        self.state = State.ENDED
        for timer in Timer:
            self._do(StopTimer(timer))

    def _do(self, effect: Effect) -> None:
        self._scribe.do(effect)
