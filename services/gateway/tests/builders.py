"""What the gateway's tests share: agents, sessions in time moved by hand, workers' records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from gateway.attachment import Attachment
from gateway.effects import (
    Announce,
    Append,
    Appended,
    Asked,
    AskWorker,
    CancelTurn,
    Effect,
    Event,
    KeyPressed,
    Prompted,
    SendText,
    StartTimer,
    StopTimer,
    Timer,
    TimerFired,
    WorkerWrote,
)
from gateway.session import CallSession
from gateway.story import Story, tell
from trunkline.agents import Agent, Language, Limits, ModelChoice, Phrases, Provider, Silence
from trunkline.events.call import (
    NO_EPOCH,
    Action,
    ActionRequested,
    Attached,
    CallEvent,
    CallRecord,
    FailureReason,
    GatewayEvent,
    Heartbeat,
    ReplyChunk,
    ReplyFailed,
    ReplyFinished,
    ToolIntended,
    ToolReturned,
    ToolStatus,
    TurnStarted,
    WorkerEvent,
)
from trunkline.events.lifecycle import Lifecycle
from trunkline.events.turn import TurnCancelled, TurnRef, TurnRequested
from trunkline.outbound import OnMachine

TENANT = "acme"
CALL_SID = "CA00000000000000000000000000000001"
ATTACHMENT = "attachment-1"
EPOCH = 7
ATTEMPT = "0190f3f2-5b7e-7c3a-8000-000000000001"
OUR_NUMBER, THEIR_NUMBER = "+15005550001", "+15005550006"
HOME_PARTITION = 3
PARTITIONS = 4
GREETING = "Welcome to the clinic."
APOLOGY = "I am sorry."
GOODBYE = "Goodbye."
REPROMPTS = ("Are you there?", "Can you hear me?")
SILENCE_SECONDS = 5.0
RATE = 10.0  # characters per second: 1 s is ten characters

T = TypeVar("T")


def agent(
    *,
    history_turns: int = 40,
    history_characters: int = 24_000,
    turn_seconds: float = 20.0,
    call_seconds: float = 600.0,
    **more: object,
) -> Agent:
    """An agent with phrases and limits that tests can tell apart; `more` are other parts."""
    usual = Agent(
        id="receptionist",
        tenant_id=TENANT,
        version="v1",
        greeting=GREETING,
        instructions="Help.",
        languages=(Language(code="en-US"),),
        models=(ModelChoice(provider=Provider.SCRIPTED),),
        silence=Silence(after_seconds=SILENCE_SECONDS, reprompts=REPROMPTS),
        limits=Limits(
            turn_seconds=turn_seconds,
            call_seconds=call_seconds,
            history_turns=history_turns,
            history_characters=history_characters,
        ),
        phrases=Phrases(apology=APOLOGY, goodbye=GOODBYE),
        speaking_rate=RATE,
    )
    return Agent.model_validate({**{name: value for name, value in usual}, **more})


def attachment(
    attachment_id: str = ATTACHMENT,
    epoch: int = EPOCH,
    *,
    is_resumed: bool = False,
    came_back: bool = False,
    is_outbound: bool = False,
    on_machine: OnMachine = OnMachine.MESSAGE,
    detects_machines: bool = False,
    opt_out_key: str = "",
    is_recorded: bool = False,
    language: str = "en-US",
) -> Attachment:
    """One gateway's hold of the call; without a topic of its own where `epoch` is NO_EPOCH."""
    return Attachment(
        tenant_id=TENANT,
        call_sid=CALL_SID,
        attachment_id=attachment_id,
        reply_topic=f"call.{CALL_SID}" if epoch != NO_EPOCH else "replies.gateway-1",
        home_partition=HOME_PARTITION,
        partitions=PARTITIONS,
        unix_offset=1_000_000.0,
        epoch=epoch,
        is_resumed=is_resumed,
        came_back=came_back,
        session_id="VX1",
        direction="outbound-api" if is_outbound else "inbound",
        from_=OUR_NUMBER if is_outbound else THEIR_NUMBER,
        to=THEIR_NUMBER if is_outbound else OUR_NUMBER,
        attempt_id=ATTEMPT if is_outbound else "",
        on_machine=on_machine,
        detects_machines=detects_machines,
        opt_out_key=opt_out_key,
        is_recorded=is_recorded,
        language=language,
    )


def attached(greeting: str = GREETING, tries: int = 0, language: str = "en-US") -> Attached:
    """The event with which a gateway takes the call."""
    return Attached("gateway-1", tries, "receptionist", "v1", language, greeting=greeting)


def record(
    event: CallEvent,
    n: int = 1,
    *,
    writer: str = ATTACHMENT,
    attachment_id: str = ATTACHMENT,
    epoch: int = EPOCH,
) -> CallRecord:
    """A record of the call's log."""
    return CallRecord(TENANT, CALL_SID, writer, n, attachment_id, epoch, event)


@dataclass
class Run:
    """One worker's answer to a prompt, record by record."""

    ref: TurnRef
    name: str = "run-1"
    written: int = 0
    chunks: int = 0

    def started(self) -> CallRecord:
        return self._record(TurnStarted(self.ref.turn, self.ref.attempt, "worker-1", 3))

    def heartbeat(self) -> CallRecord:
        return self._record(Heartbeat(self.ref.turn, self.ref.attempt))

    def chunk(self, text: str) -> CallRecord:
        self.chunks += 1
        return self._record(ReplyChunk(self.ref.turn, self.ref.attempt, self.chunks - 1, text))

    def finished(self) -> CallRecord:
        return self._record(ReplyFinished(self.ref.turn, self.ref.attempt, self.chunks))

    def intends(self, tool: str, use_id: str = "use-1", arguments: str = "{}") -> CallRecord:
        ref = self.ref
        return self._record(ToolIntended(ref.turn, ref.attempt, use_id, 0, tool, arguments))

    def returned(self, result: str, use_id: str = "use-1") -> CallRecord:
        status = ToolStatus.SUCCEEDED
        return self._record(ToolReturned(self.ref.turn, self.ref.attempt, use_id, status, result))

    def requests(self, action: Action, use_id: str = "act-1") -> CallRecord:
        return self._record(ActionRequested(self.ref.turn, self.ref.attempt, use_id, action))

    def failed(self, reason: FailureReason) -> CallRecord:
        return self._record(ReplyFailed(self.ref.turn, self.ref.attempt, reason))

    def _record(self, event: WorkerEvent) -> CallRecord:
        self.written += 1
        return record(
            event,
            self.written,
            writer=self.name,
            attachment_id=self.ref.attachment_id,
            epoch=self.ref.epoch,
        )


@dataclass
class Call:
    """A session in time that is moved by hand, on a bus that confirms when it is told to."""

    session: CallSession
    at: float = 100.0
    timers: dict[Timer, float] = field(default_factory=dict)
    unconfirmed: list[Append | AskWorker] = field(default_factory=list)

    def start(self) -> list[Effect]:
        return self._note(self.session.start(self.at))

    def happens(self, event: Event) -> list[Effect]:
        """Let one event happen now."""
        return self._note(self.session.handle(event, self.at))

    def passes(self, seconds: float) -> list[Effect]:
        """Let time pass, and the timers fire that run out in it."""
        effects: list[Effect] = []
        until = self.at + seconds
        while due := [timer for timer, at in self.timers.items() if at <= until]:
            timer = min(due, key=lambda timer: self.timers[timer])
            self.at = max(self.at, self.timers.pop(timer))
            effects += self.happens(TimerFired(timer))
        self.at = until
        return effects

    def confirm(self, kind: type[Append | AskWorker] | None = None) -> list[Effect]:
        """Let the bus acknowledge all that it was given, or all of one kind."""
        confirmed = [one for one in self.unconfirmed if kind is None or isinstance(one, kind)]
        self.unconfirmed = [one for one in self.unconfirmed if one not in confirmed]
        return [effect for one in confirmed for effect in self.happens(confirmation(one))]

    def writes(self, *records: CallRecord) -> list[Effect]:
        """Read these worker's records from the log."""
        return [effect for one in records for effect in self.happens(WorkerWrote(one))]

    def presses(self, digits: str) -> list[Effect]:
        """Press keys, one directly after the other."""
        return [effect for digit in digits for effect in self.happens(KeyPressed(digit))]

    def prompted(self, text: str = "When are you open?", run: str = "run-1") -> Run:
        """Ask, and let the bus confirm; returns a run that will answer."""
        run_ref = only(asked(self.happens(Prompted(text)))).ref
        self.confirm()
        return Run(run_ref, run)

    def asked_again(self, run: str = "run-2") -> Run:
        """Let the worker be silent for too long; returns a run that answers the next attempt."""
        request, *_ = asked(self.passes(0.6) + self.confirm() + self.passes(0.6))
        self.confirm()
        return Run(request.ref, run)

    def answered(self, *texts: str) -> Run:
        """Ask, and get a complete reply of these chunks."""
        run = self.prompted()
        self.writes(run.started(), *map(run.chunk, texts), run.finished())
        return run

    def _note(self, effects: list[Effect]) -> list[Effect]:
        for effect in effects:
            match effect:
                case StartTimer(timer, seconds):
                    self.timers[timer] = self.at + seconds
                case StopTimer(timer):
                    self.timers.pop(timer, None)
                case Append() | AskWorker():
                    self.unconfirmed.append(effect)
        return effects


def confirmation(publication: Append | AskWorker, *, failed: bool = False) -> Event:
    """What the bus says about something published."""
    match publication:
        case Append(appended):
            return Appended(appended.n, failed)
        case AskWorker(request):
            return Asked(request.ref.turn, request.ref.attempt, failed)


def new_call(
    model: Agent | None = None,
    *,
    has_log: bool = True,
    greeting: str = GREETING,
    is_outbound: bool = False,
    on_machine: OnMachine = OnMachine.MESSAGE,
    detects_machines: bool = False,
    opt_out_key: str = "",
) -> Call:
    """A call whose greeting has just begun."""
    whom = model or agent()
    epoch = EPOCH if has_log else NO_EPOCH
    me = attachment(
        epoch=epoch,
        is_outbound=is_outbound,
        on_machine=on_machine,
        detects_machines=detects_machines,
        opt_out_key=opt_out_key,
        language=whom.language,
    )
    story = tell([record(attached(greeting, language=whom.language))])
    call = Call(CallSession(me, whom, story, written=1))
    call.start()
    return call


def listening_call(model: Agent | None = None, *, has_log: bool = True) -> Call:
    """A call whose greeting has been spoken."""
    call = new_call(model, has_log=has_log)
    call.passes(len(GREETING) / RATE + 0.1)
    call.confirm()
    return call


def resumed_call(
    story: Story, model: Agent | None = None, *, came_back: bool = False
) -> tuple[Call, list[Effect]]:
    """A call that a second attachment has taken up, and what it did first."""
    whom = model or agent()
    me = attachment(
        "attachment-2", EPOCH + 20, is_resumed=True, came_back=came_back, language=whom.language
    )
    call = Call(CallSession(me, whom, story, written=1))
    return call, call.start()


def only(items: Sequence[T]) -> T:
    """The one item there is."""
    assert len(items) == 1, items
    return items[0]


def appended(effects: Sequence[Effect]) -> list[CallEvent]:
    """What was written to the log."""
    return [effect.record.event for effect in effects if isinstance(effect, Append)]


def announced(effects: Sequence[Effect]) -> list[Lifecycle]:
    """What was published for those who keep the books."""
    return [effect.event for effect in effects if isinstance(effect, Announce)]


def asked(effects: Sequence[Effect]) -> list[TurnRequested]:
    """The prompts that were published."""
    return [effect.request for effect in effects if isinstance(effect, AskWorker)]


def partitions(effects: Sequence[Effect]) -> list[int]:
    """The partitions that prompts were published to."""
    return [effect.partition for effect in effects if isinstance(effect, AskWorker)]


def cancelled(effects: Sequence[Effect]) -> list[TurnCancelled]:
    """The cancels that were published."""
    return [effect.cancelled for effect in effects if isinstance(effect, CancelTurn)]


def frames(effects: Sequence[Effect]) -> list[SendText]:
    """The text frames for Twilio."""
    return [effect for effect in effects if isinstance(effect, SendText)]


def words(effects: Sequence[Effect]) -> str:
    """The words for the caller, over all frames."""
    return "".join(frame.token for frame in frames(effects))


def written_events(call: Call) -> list[GatewayEvent]:
    """Our own events whose records the bus has not confirmed yet, oldest first."""
    records = [one.record for one in call.unconfirmed if isinstance(one, Append)]
    return [one.event for one in records if not isinstance(one.event, WorkerEvent)]
