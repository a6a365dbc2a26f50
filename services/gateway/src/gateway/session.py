"""One call's conversation: an event in, effects out. It knows no socket, bus, clock or logger.

Every transition of a call is in this file. Times are seconds of one monotonic clock, given with
each event; timers go out as effects and come back as events.
"""

from enum import Enum, auto

from gateway.attachment import Attachment
from gateway.effects import (
    AgentSpeaking,
    Append,
    Appended,
    Asked,
    CallerSpeaking,
    CloseSocket,
    DropUnsent,
    Effect,
    Event,
    Interrupted,
    KeyPressed,
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
from gateway.heard import heard_through
from gateway.story import Story
from gateway.voice import Voice
from trunkline.agents import Agent
from trunkline.events.call import (
    AttemptOpened,
    CallerInterrupted,
    CallerSpoke,
    CallRecord,
    Detached,
    Ended,
    EndReason,
    FailureReason,
    GatewayEvent,
    KeysPressed,
    PhraseKind,
    PhraseSent,
    ReplyChunk,
    ReplyFailed,
    ReplyFinished,
    Spoken,
    TurnStarted,
    WorkerEvent,
)

START_SECONDS = 0.6  # from the prompt's acknowledgement to a worker's first sign of life
LIFE_SECONDS = 1.0  # between two signs of life; workers give one every 0.4 s
MAX_STARTED = 2  # a prompt that kills its worker may kill a second one, never a third
OVERLOAD_SECONDS = 0.2  # more before each further attempt after a refusal
REFUSED_SECONDS = 0.2  # a bus that refuses at once would otherwise be asked without a pause
MAX_HELD = 1000  # records of a reply that may not be spoken yet; a reply has a few dozen
GOODBYE_GRACE_SECONDS = 4.0  # for speech that is slower than estimated
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
    """The goodbye is being spoken."""
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
        self._voice = Voice(agent.speaking_rate)
        self._language = attachment.language or agent.language
        self._written = self._settled = written
        self._spoke_n = written  # the record that must be in the log before the turn is answered
        self._is_asked = False
        self._is_started = False
        self._starts = 0
        self._turn_ends_at = 0.0
        self._held: list[CallRecord] = []
        self._caller_speaks = False  # as far as Twilio tells
        self._reprompts = 0
        self._at = 0.0
        self._effects: list[Effect] = []

    def start(self, at: float) -> list[Effect]:
        """Begin: a new call's greeting is being spoken; a resumed call's agent was cut short."""
        self._at = at
        me, turn = self._me, self.story.turn
        if me.is_resumed:
            self._cut_short(turn.said, turn.heard)
        else:
            self._voice.begin(turn.text, at)
        self._do(me.warm_up(self._agent))
        self._do(StartTimer(Timer.CALL, self._agent.limits.call_seconds))
        self._await_speech_end()
        return self._take_effects()

    def handle(self, event: Event, at: float) -> list[Effect]:
        """Let one event happen at this time; returns what is to be done, in this order."""
        self._at = at
        if self.state is not State.ENDED:
            self._handle(event)
        return self._take_effects()

    def _handle(self, event: Event) -> None:
        match event:
            case SocketClosed(code):
                self._socket_closed(code)
            case TakenOver():
                self._leave_to_newer()
            case Appended(n, failed):
                self._appended(n, failed)
            case Asked(turn, attempt, failed):
                self._asked(turn, attempt, failed)
            case WorkerWrote(record):
                self._worker_wrote(record)
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
            case TimerFired(timer):
                self._timer_fired(timer)

    # The caller

    def _prompted(self, text: str, language: str) -> None:
        if self.end_reason is EndReason.TOO_LONG:
            return
        self._supersede()
        self._language = language or self._language
        number = self.story.turn.number + 1
        self._append(CallerSpoke(number, text, language))
        self._spoke_n = self._written
        self._voice.open_turn(self._at)
        self._starts = self._reprompts = 0
        self._caller_speaks = False
        self.end_reason = None
        self._turn_ends_at = self._at + self._agent.limits.turn_seconds
        self._do(StopTimer(Timer.SILENCE))
        self._do(StopTimer(Timer.GOODBYE))
        self._do(StartTimer(Timer.TURN, self._agent.limits.turn_seconds))
        self._ask()

    def _supersede(self) -> None:
        """A new prompt, and no interrupt before it: all that was sent counts as said."""
        if self._is_replying():
            self._cancel()
        self._close_text()
        self._voice.finish(self._at)
        self._note_spoken()

    def _interrupted(self, heard: str) -> None:
        """Not a word more of this turn, from this step on."""
        self._held.clear()
        self._do(DropUnsent())
        if self._is_replying():
            self._cancel()
        self._close_text()
        text = self.story.turn.text
        self._cut_short(heard_through(text, heard, self._voice.spoken_of(text, self._at)), heard)
        if self.end_reason is EndReason.TOO_LONG:
            self._hang_up()
        else:
            self._listen()

    def _cut_short(self, through: int, heard: str) -> None:
        turn = self.story.turn
        if not turn.interrupted:
            self._append(CallerInterrupted(turn.number, turn.run, through, heard))
        self._voice.cut_short(self._at)

    def _key_pressed(self, digit: str) -> None:
        self._append(KeysPressed(self.story.turn.number, digit))
        self._reprompts = 0
        if self.end_reason is EndReason.SILENCE:
            self._listen()
        self._restart_silence()

    def _caller_speaking(self, on: bool) -> None:
        self._caller_speaks = on
        if on:
            self._do(StopTimer(Timer.SILENCE))
        else:
            self._restart_silence()

    # The worker

    def _ask(self) -> None:
        self.state = State.SPEAKING if self.story.turn.text else State.THINKING
        self._is_asked = self._is_started = False
        self._do(self._me.ask(self._agent, self.story.turns, self._language, self._turn_ends_at))

    def _asked(self, number: int, attempt: int, failed: bool) -> None:
        turn = self.story.turn
        if not self._is_replying() or (number, attempt) != (turn.number, turn.attempt):
            pass  # of a turn that nobody waits for any more
        elif failed:
            self._is_asked = True  # and answered by the bus: that it will not have this one
            self._do(StartTimer(Timer.WATCHDOG, REFUSED_SECONDS))
        else:
            self._is_asked = True
            self._do(StartTimer(Timer.WATCHDOG, START_SECONDS))
            self._take_held()

    def _appended(self, n: int, failed: bool) -> None:
        self._settled = max(self._settled, n)
        if n == self._spoke_n and not failed:
            self._spoke_n = 0
            self._take_held()

    def _take_held(self) -> None:
        held, self._held = self._held, []
        for record in held:
            self._worker_wrote(record)

    def _worker_wrote(self, record: CallRecord) -> None:
        if not self._is_wanted(record):
            return
        if self._may_answer():
            self._answer(record)
        elif len(self._held) < MAX_HELD:
            self._held.append(record)

    def _is_wanted(self, record: CallRecord) -> bool:
        """Whether it answers what is being asked now, and is of the first run that did so."""
        turn, event = self.story.turn, record.event
        return (
            isinstance(event, WorkerEvent)
            and self._is_replying()
            and self._me.owns(record)
            and (event.turn, event.attempt) == (turn.number, turn.attempt)
            and turn.run in ("", record.writer)
        )

    def _may_answer(self) -> bool:
        """No word leaves before the log has what the caller said, or without one, the prompt."""
        return self._spoke_n == 0 if self._me.has_log else self._is_asked

    def _answer(self, record: CallRecord) -> None:
        turn = self.story.turn
        self._do(StartTimer(Timer.WATCHDOG, LIFE_SECONDS))
        match record.event:
            case TurnStarted():
                self.story.apply(record)
                self._starts += not self._is_started
                self._is_started = True
            case ReplyChunk(seq=seq, text=text) if seq == turn.chunks:
                self.story.apply(record)
                self.state = State.SPEAKING
                self._send(text)
            case ReplyChunk(seq=seq) if seq > turn.chunks:
                self._retry()  # words are missing before these: another worker shall say them
            case ReplyFinished(chunks=chunks) if chunks == turn.chunks and turn.text:
                self._close_text()
                self._listen()
            case ReplyFailed(reason=FailureReason.OVERLOADED):
                self._retry_after(OVERLOAD_SECONDS * turn.attempt)
            case ReplyFinished() | ReplyFailed():
                self._apologise()

    def _retry_after(self, seconds: float) -> None:
        if seconds:
            self._do(StartTimer(Timer.WATCHDOG, seconds))
        else:
            self._retry()

    def _retry(self) -> None:
        """Ask another worker to go on where this one fell silent."""
        self._cancel()
        self._held.clear()
        if self._starts >= MAX_STARTED:
            return self._apologise()
        turn = self.story.turn
        self._append(AttemptOpened(turn.number, turn.attempt + 1, len(turn.text)))
        return self._ask()

    def _cancel(self) -> None:
        self._do(StopTimer(Timer.WATCHDOG))
        self._do(self._me.cancel(self.story.turn))

    # The agent's voice

    def _send(self, text: str, *, last: bool = False) -> None:
        frame = self._voice.say(self.story.turn.number, text, self._at, last=last)
        self._do(StopTimer(Timer.SILENCE))
        self._do(frame)
        self._await_speech_end()

    def _close_text(self) -> None:
        for frame in self._voice.close(self.story.turn.number):
            self._do(frame)

    def _say(self, phrase: str, kind: PhraseKind) -> None:
        """Speak for ourselves, after whatever was sent of the turn."""
        turn = self.story.turn
        through = turn.said if turn.interrupted else len(turn.text)
        words = self._agent.render(phrase, self._me.variables)
        text = f" {words}" if through and not turn.text[through - 1].isspace() else words
        self._append(PhraseSent(turn.number, through, text, kind))
        self._send(text, last=True)

    def _apologise(self) -> None:
        self._say(self._agent.phrases.apology, PhraseKind.APOLOGY)
        self._listen()

    def _leave(self, reason: EndReason) -> None:
        """Say goodbye; the call is ended when that has been heard."""
        if self._is_replying():
            self._cancel()
        self._close_text()
        self._say(self._agent.phrases.goodbye, PhraseKind.GOODBYE)
        self._do(StopTimer(Timer.TURN))
        self._do(StopTimer(Timer.SILENCE))
        self.end_reason, self.state = reason, State.LEAVING
        left = self._voice.seconds_left(self._at)
        self._do(StartTimer(Timer.GOODBYE, left + GOODBYE_GRACE_SECONDS))

    def _listen(self) -> None:
        self.state = State.LISTENING
        self.end_reason = None
        self._do(StopTimer(Timer.WATCHDOG))
        self._do(StopTimer(Timer.TURN))
        self._do(StopTimer(Timer.GOODBYE))
        self._await_speech_end()

    # Speech and silence

    def _speech_reported(self, event: AgentSpeaking | TokensPlayed) -> None:
        match event:
            case TokensPlayed(text):
                self._voice.played(text, self._at)
            case AgentSpeaking(on):
                return self._agent_speaking(on)
        return self._speech_went_on()

    def _agent_speaking(self, on: bool) -> None:
        self._voice.is_heard = on
        if on:
            return self._do(StopTimer(Timer.SILENCE))
        if not self._is_replying():
            self._voice.finish(self._at)
        return self._speech_went_on()

    def _speech_went_on(self) -> None:
        self._note_spoken()
        if self.state is State.LEAVING and self._voice.is_silent(self._at):
            self._hang_up()
        else:
            self._await_speech_end()

    def _await_speech_end(self) -> None:
        """Wait for the end of the sentence, or count the silence if all has been spoken."""
        wait = self._voice.seconds_to_next_end(self._at)
        if wait is not None:
            self._do(StartTimer(Timer.SPEECH, wait))
        else:
            self._do(StopTimer(Timer.SPEECH))
            self._restart_silence()

    def _restart_silence(self) -> None:
        """Silence counts from the end of speech, and only while the caller is to say something."""
        is_quiet = self._voice.is_silent(self._at) and not self._caller_speaks
        if self.state is State.LISTENING and is_quiet:
            self._do(StartTimer(Timer.SILENCE, self._agent.silence.after_seconds))

    def _note_spoken(self) -> None:
        turn = self.story.turn
        through = self._voice.sentences_spoken_of(turn.text, self._at)
        if through > turn.said and not turn.interrupted:
            self._append(Spoken(turn.number, through))

    # Time

    def _timer_fired(self, timer: Timer) -> None:
        match timer:
            case Timer.WATCHDOG if self._is_replying():
                self._watchdog_fired()
            case Timer.TURN if self._is_replying():
                self._cancel()
                self._apologise()
            case Timer.SPEECH:
                self._speech_time_passed()
            case Timer.SILENCE if self.state is State.LISTENING:
                self._silence_lasted()
            case Timer.CALL if self.state is State.LEAVING:
                self._hang_up()
            case Timer.CALL:
                self._leave(EndReason.TOO_LONG)
            case Timer.GOODBYE if self.state is State.LEAVING:
                self._hang_up()

    def _watchdog_fired(self) -> None:
        """Without an answer from the bus it is the bus that is slow, not the worker."""
        if self._settled < self._written or not self._is_asked:
            self._do(StartTimer(Timer.WATCHDOG, START_SECONDS))
        else:
            self._retry()

    def _speech_time_passed(self) -> None:
        self._voice.time_passed(self._at)
        self._speech_went_on()

    def _silence_lasted(self) -> None:
        reprompts = self._agent.silence.reprompts
        if self._reprompts < len(reprompts):
            self._say(reprompts[self._reprompts], PhraseKind.REPROMPT)
            self._reprompts += 1
            self._await_speech_end()
        else:
            self._leave(EndReason.SILENCE)

    # The end

    def _hang_up(self) -> None:
        self._do(SendEnd())
        self._end(self.end_reason or EndReason.AGENT_ENDED)

    def _socket_closed(self, code: int) -> None:
        if self._is_replying():
            self._cancel()
        self._note_spoken()
        if code == NORMAL_CLOSE:
            self._end(EndReason.CALLER_HUNG_UP)
        else:
            self.end_reason = None  # also in the middle of a goodbye: the call may go on
            self._append(Detached(code))
            self._stop()

    def _leave_to_newer(self) -> None:
        """Publish nothing more: what happens to the call is another's to say."""
        self._stop()
        self._do(DropUnsent())
        self._do(CloseSocket(GOING_AWAY))

    def _end(self, reason: EndReason) -> None:
        self.end_reason = reason
        self._append(Ended(reason))
        self._stop()

    def _stop(self) -> None:
        self.state = State.ENDED
        for timer in Timer:
            self._do(StopTimer(timer))

    # Effects

    def _is_replying(self) -> bool:
        return self.state in (State.THINKING, State.SPEAKING)

    def _append(self, event: GatewayEvent) -> None:
        """Let something have happened, and write it to the log if the call has one."""
        record = self._me.record(self._written + 1, event)
        self.story.apply(record)
        if self._me.has_log:
            self._written = record.n
            self._do(Append(record))

    def _do(self, effect: Effect) -> None:
        self._effects.append(effect)

    def _take_effects(self) -> list[Effect]:
        effects, self._effects = self._effects, []
        return effects
