"""Whatever happens, replaying a call's log tells the story that the live session has lived."""

from dataclasses import dataclass, field

import hypothesis.strategies as st
from builders import Call, Run, agent, attached, attachment, confirmation, record
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gateway.calllog import Ownership, Replay, Verdict, replay
from gateway.effects import (
    AgentSpeaking,
    Announced,
    Append,
    AskWorker,
    CallerSpeaking,
    CancelTurn,
    Effect,
    Event,
    Interrupted,
    KeyPressed,
    MachineFound,
    Prompted,
    SendText,
    SocketClosed,
    TakenOver,
    TokensPlayed,
    WarmUp,
    WorkerWrote,
)
from gateway.session import CallSession, State
from gateway.story import Story
from trunkline.agents import Filler, Language, OptOutRule, Phrases, Switch
from trunkline.events.call import (
    Action,
    CallerInterrupted,
    CallerSpoke,
    CallRecord,
    CollectDigits,
    EndCall,
    FailureReason,
    OptOut,
    PhraseSent,
    SendDigits,
    SwitchLanguage,
)
from trunkline.events.turn import ToolUse, TurnRequested

WORDS = ("Yes", "no.", " We open", " at nine. ", "Monday\n", "!", " and so on,")
WHOM = agent(
    history_turns=3,
    languages=(
        Language(code="en-US", switch=Switch(phrases=("english",), key="1")),
        Language(code="es-US", switch=Switch(phrases=("español",), key="2")),
    ),
    opt_out=OptOutRule(phrases=("stop",)),
    phrases=Phrases(voicemail="We called."),
    filler=Filler(after_seconds=0.5, phrases=("One moment.", "Still here.")),
)
UTTERANCES = ("Hello?", "When?", "", "No, español", "Stop!")
MANY_RUNS = 12  # enough for several workers per turn; more would only dilute the script


ACTIONS: tuple[Action, ...] = (
    SwitchLanguage("es-US"),
    CollectDigits(2, "#", 2000),
    SendDigits("1"),
    EndCall("done"),
    OptOut(),
)


def told(story: Story) -> list[object]:
    """What both must agree about: what was asked, heard, pressed and done."""
    story.turn  # noqa: B018  # a story without records has its turn 0 once it is looked at
    turns = [
        (turn.number, turn.asked, turn.entered, turn.heard, turn.keys, turn.fillers)
        for turn in story.turns
    ]
    return [*turns, story.language, story.pending_keys, story.collecting]


def used(story: Story) -> list[ToolUse]:
    """What tools did, in whatever order it became known."""
    return sorted(story.uses.values(), key=lambda use: use.use_id)


@dataclass
class Gateway:
    """One attachment: a live session, its reading of the log, its writes on their way."""

    call: Call
    ownership: Ownership
    next_offset: int
    leaving: list[Append] = field(default_factory=list)
    entered: list[Append] = field(default_factory=list)
    prompts: list[AskWorker] = field(default_factory=list)
    in_log: set[int] = field(default_factory=set)
    """Turns whose `CallerSpoke` the bus has acknowledged."""
    silenced: set[int] = field(default_factory=set)
    """Turns whose reply the caller has cut off."""
    sent: str = ""
    """Words sent of the open turn, by this attachment."""

    @property
    def is_over(self) -> bool:
        return self.call.session.state is State.ENDED


class Calls(RuleBasedStateMachine):
    """One call on gateways that come and go, workers that answer as they like, and a slow bus."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[CallRecord] = []
        self.gateways: list[Gateway] = []
        self.prompts: list[TurnRequested] = []
        self.runs: list[Run] = []

    @initialize()
    def call_begins(self) -> None:
        self.attach()

    @rule(sure=st.integers(0, 3))
    def gateway_attaches(self, sure: int) -> None:
        if sure == 3 and len(self.gateways) < 4:  # most scripts are about one or two attachments
            self.attach()

    def attach(self) -> None:
        number = len(self.gateways) + 1
        name = f"attachment-{number}"
        greeting = "Hello. How can I help?" if number == 1 else ""
        mine = record(attached(greeting, number - 1), 1, writer=name, attachment_id=name, epoch=-1)
        self.log.append(mine)
        taking_over = Replay(Ownership(name))
        assert any(taking_over.read(*item) for item in enumerate(self.log))
        epoch = taking_over.ownership.epoch
        assert epoch == len(self.log) - 1
        me = attachment(name, epoch, is_resumed=number > 1, is_outbound=True, opt_out_key="9")
        session = CallSession(me, WHOM, taking_over.story, written=1)
        gateway = Gateway(Call(session), taking_over.ownership, len(self.log))
        self.gateways.append(gateway)
        self.take(gateway, gateway.call.start())

    # The caller

    @rule(which=st.integers(0, 9), text=st.sampled_from(UTTERANCES))
    def caller_asks(self, which: int, text: str) -> None:
        self.happens(which, Prompted(text))

    @rule(which=st.integers(0, 9), share=st.floats(0, 1), muffled=st.booleans())
    def caller_interrupts(self, which: int, share: float, muffled: bool) -> None:
        turn = self.pick(which).call.session.story.turn
        heard = turn.text[: round(len(turn.text) * share)]
        self.happens(which, Interrupted(heard.upper() if muffled else heard))

    @rule(
        which=st.integers(0, 9),
        event=st.sampled_from(
            [
                KeyPressed("1"),
                KeyPressed("7"),
                KeyPressed("9"),
                MachineFound("machine_start"),
                KeyPressed("#"),
                Announced(),
                Announced(failed=True),
                AgentSpeaking(on=True),
                AgentSpeaking(on=False),
                CallerSpeaking(on=True),
                CallerSpeaking(on=False),
                TokensPlayed("We open"),
                TokensPlayed("Yes"),
            ]
        ),
    )
    def something_is_heard(self, which: int, event: Event) -> None:
        self.happens(which, event)

    @rule(which=st.integers(0, 9), seconds=st.sampled_from([0.05, 0.7, 1.1, 4.0]))
    def time_passes(self, which: int, seconds: float) -> None:
        gateway = self.pick(which)
        self.take(gateway, gateway.call.passes(seconds))

    @rule(which=st.integers(0, 9), code=st.sampled_from([1000, 1006]), sure=st.integers(0, 9))
    def socket_closes(self, which: int, code: int, sure: int) -> None:
        if sure == 7:  # nothing but an heir can be tested after it
            self.happens(which, SocketClosed(code))

    # The bus

    @rule(which=st.integers(0, 9), count=st.integers(1, 4), twice=st.booleans())
    def records_enter_the_log(self, which: int, count: int, twice: bool) -> None:
        gateway = self.pick(which)
        entering, gateway.leaving = gateway.leaving[:count], gateway.leaving[count:]
        self.log += [append.record for append in entering] * (1 + twice)
        gateway.entered += entering

    @rule(which=st.integers(0, 9))
    def records_are_acknowledged(self, which: int) -> None:
        gateway = self.pick(which)
        confirmed, gateway.entered = gateway.entered, []
        for append in confirmed:
            if isinstance(append.record.event, CallerSpoke):
                gateway.in_log.add(append.record.event.turn)
            self.take(gateway, gateway.call.happens(confirmation(append)))

    @rule(which=st.integers(0, 9), outcome=st.sampled_from(["taken", "taken", "lost", "unsure"]))
    def prompt_is_published(self, which: int, outcome: str) -> None:
        gateway = self.pick(which)
        if gateway.prompts:
            prompt = gateway.prompts.pop(0)
            if outcome != "lost":
                self.prompts.append(prompt.request)
            failed = outcome != "taken"
            self.take(gateway, gateway.call.happens(confirmation(prompt, failed=failed)))

    @rule(which=st.integers(0, 9), count=st.integers(1, 20))
    def log_is_read(self, which: int, count: int) -> None:
        gateway = self.pick(which)
        for offset in range(gateway.next_offset, min(len(self.log), gateway.next_offset + count)):
            gateway.next_offset = offset + 1
            verdict = gateway.ownership.judge(offset, self.log[offset])
            if verdict is Verdict.APPLIES:
                self.take(gateway, gateway.call.happens(WorkerWrote(self.log[offset])))
            elif verdict is Verdict.TAKEN_OVER:
                self.take(gateway, gateway.call.happens(TakenOver()))
                assert gateway.is_over

    @rule(which=st.integers(0, 9))
    def everything_arrives(self, which: int) -> None:
        self.records_enter_the_log(which, 100, twice=False)
        self.records_are_acknowledged(which)
        while self.pick(which).prompts:
            self.prompt_is_published(which, "taken")
        self.log_is_read(which, 1000)

    # The workers

    @rule(age=st.integers(0, 3))
    def worker_reads_a_prompt(self, age: int) -> None:
        if len(self.prompts) > age and len(self.runs) < MANY_RUNS:
            run = Run(self.prompts[-1 - age].ref, f"run-{len(self.runs)}")
            self.runs.append(run)
            self.log.append(run.started())

    @rule(texts=st.lists(st.sampled_from(WORDS), max_size=4), is_whole=st.booleans())
    def turn_goes_well(self, texts: list[str], is_whole: bool) -> None:
        self.happens(9, Prompted("What then?"))
        self.everything_arrives(9)
        self.worker_reads_a_prompt(0)
        if self.runs and texts:
            self.worker_speaks(0, texts, twice=False)
            if is_whole:
                self.worker_goes_on(0, "finished")
            self.log_is_read(9, 1000)

    @precondition(lambda self: self.runs)
    @rule(
        which=st.integers(0, 2),
        texts=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
        twice=st.booleans(),
    )
    def worker_speaks(self, which: int, texts: list[str], twice: bool) -> None:
        written = [self.run(which).chunk(text) for text in texts]
        self.log += written * (1 + twice)

    @precondition(lambda self: self.runs)
    @rule(which=st.integers(0, 2), end=st.sampled_from(["heartbeat", "finished", "skip", *"of"]))
    def worker_goes_on(self, which: int, end: str) -> None:
        run = self.run(which)
        match end:
            case "heartbeat":
                self.log.append(run.heartbeat())
            case "finished":
                self.log.append(run.finished())
            case "skip":
                run.chunk("a chunk that never reaches the log")
            case "o":
                self.log.append(run.failed(FailureReason.OVERLOADED))
            case _:
                self.log.append(run.failed(FailureReason.MODELS_FAILED))

    @precondition(lambda self: self.runs)
    @rule(which=st.integers(0, 2), action=st.sampled_from(ACTIONS))
    def worker_wants_something_done(self, which: int, action: Action) -> None:
        run = self.run(which)
        self.log.append(run.requests(action, f"act-{run.name}-{run.written}"))

    @precondition(lambda self: self.runs)
    @rule(which=st.integers(0, 11), twice=st.booleans(), returns=st.booleans())
    def worker_uses_a_tool(self, which: int, twice: bool, returns: bool) -> None:
        run = self.runs[-1 - which % len(self.runs)]  # a tool may answer long after
        use_id = f"use-{run.name}"
        if returns:
            self.log += [run.returned(f"result {run.written}", use_id)] * (1 + twice)
        else:
            self.log += [run.intends("book", use_id)] * (1 + twice)

    # What must hold

    @invariant()
    def replay_tells_what_the_live_session_lived(self) -> None:
        if not self.gateways or self.gateways[-1].leaving:
            return
        live = self.gateways[-1].call.session.story
        heir = record(attached(""), writer="heir", attachment_id="heir", epoch=-1)
        replayed = replay(enumerate([*self.log, heir]), "heir")

        assert told(replayed) == told(live)
        if self.gateways[-1].next_offset == len(self.log) and not self.gateways[-1].is_over:
            assert used(replayed) == used(live)

    def take(self, gateway: Gateway, effects: list[Effect]) -> None:
        phrases = "".join(
            effect.record.event.text
            for effect in effects
            if isinstance(effect, Append) and isinstance(effect.record.event, PhraseSent)
        )
        for effect in effects:
            match effect:
                case Append(written):
                    gateway.leaving.append(effect)
                    self.note(gateway, written)
                case AskWorker(request):
                    gateway.prompts.append(effect)
                    assert request.spoken_prefix == gateway.sent
                case SendText(preemptible=True):
                    pass  # a filler is no part of what is said
                case SendText(turn, _, token) if token:
                    is_phrase = token in phrases
                    assert is_phrase or turn in gateway.in_log
                    assert is_phrase or turn not in gateway.silenced
                    gateway.sent += token
                case CancelTurn() | WarmUp():
                    pass

    def note(self, gateway: Gateway, written: CallRecord) -> None:
        match written.event:
            case CallerSpoke():
                gateway.sent = ""
            case CallerInterrupted(turn=turn):
                gateway.silenced.add(turn)

    def happens(self, which: int, event: Event) -> None:
        gateway = self.pick(which)
        self.take(gateway, gateway.call.happens(event))

    def pick(self, which: int) -> Gateway:
        """Mostly the gateway that has the call; sometimes one that has lost it."""
        return self.gateways[which % len(self.gateways)] if which < 2 else self.gateways[-1]

    def run(self, which: int) -> Run:
        """One of the latest runs: the older ones answer what nobody asks any more."""
        return self.runs[-1 - which % len(self.runs)]


def test_replay_tells_the_story_that_the_live_session_has_lived() -> None:
    run_state_machine_as_test(
        Calls,
        settings=settings(max_examples=300, stateful_step_count=60, derandomize=True),
    )
