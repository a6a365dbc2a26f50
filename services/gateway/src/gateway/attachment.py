"""One gateway's hold of a call: what all that it writes and publishes about the call carries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.beginning import is_outbound
from gateway.effects import AskWorker, CancelTurn, WarmUp
from gateway.history import history, remembered
from gateway.story import Story, TurnStory
from trunkline.agents import Agent
from trunkline.events.call import NO_EPOCH, CallRecord, EndReason, GatewayEvent
from trunkline.events.lifecycle import CallEnded, CallResumed, CallStarted, OptOutRequested
from trunkline.events.turn import CallOpened, ToolCall, TurnCancelled, TurnRef, TurnRequested
from trunkline.outbound import OnMachine


@dataclass(frozen=True, slots=True)
class Attachment:
    """Who a session is, and how its replies come back."""

    tenant_id: str
    call_sid: str
    attachment_id: str
    reply_topic: str
    home_partition: int
    partitions: int
    unix_offset: float
    """Unix time minus the session's clock, in seconds."""
    epoch: int = NO_EPOCH
    """NO_EPOCH if the call has no topic of its own: then nothing is appended."""
    is_resumed: bool = False
    """Whether the call had a session before: then nothing is being spoken as this one begins."""
    came_back: bool = False
    """Whether it was passed on since, and nobody has taken it."""
    session_id: str = ""
    """Twilio's name of the session."""
    direction: str = ""
    """As Twilio says it."""
    from_: str = ""
    to: str = ""
    attempt_id: str = ""
    """The dialer's attempt; empty for calls that nobody dialed."""
    on_machine: OnMachine = OnMachine.MESSAGE
    detects_machines: bool = False
    """Whether Twilio was asked to tell who has answered."""
    opt_out_key: str = ""
    """Key with which the person asks not to be called any more; empty: none."""
    is_recorded: bool = False
    """Whether the call is recorded, which the greeting says."""
    language: str = ""
    """The language that Twilio was told to begin this session in."""
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_outbound(self) -> bool:
        """Whether we have placed the call."""
        return is_outbound(self.direction)

    @property
    def other_number(self) -> str:
        """Number or address of the person the agent speaks with."""
        return self.to if self.is_outbound else self.from_

    @property
    def has_log(self) -> bool:
        """Whether the call has a topic of its own."""
        return self.epoch != NO_EPOCH

    def owns(self, record: CallRecord) -> bool:
        """Whether the record is of this attachment, or answers it."""
        return (record.attachment_id, record.epoch) == (self.attachment_id, self.epoch)

    def record(self, n: int, event: GatewayEvent) -> CallRecord:
        """Our record number `n`."""
        me = self.attachment_id
        return CallRecord(self.tenant_id, self.call_sid, me, n, me, self.epoch, event)

    def started(self, agent: Agent, at: float) -> CallStarted:
        """Nobody has had the call before."""
        return CallStarted(
            *(self.tenant_id, self.call_sid, self.epoch, self.attempt_id, self.session_id),
            *(agent.id, agent.version, self.direction, self.from_, self.to),
            at_ms=self.unix_ms(at),
        )

    def resumed(self, at: float) -> CallResumed:
        """The call is taken up again."""
        return CallResumed(
            *(self.tenant_id, self.call_sid, self.epoch, self.attempt_id, self.session_id),
            at_ms=self.unix_ms(at),
        )

    def ended(self, reason: EndReason, to: str, turns: int, began: float, at: float) -> CallEnded:
        """The call is over, passed on to this destination if that is how it ended."""
        return CallEnded(
            *(self.tenant_id, self.call_sid, self.epoch, self.attempt_id, reason.name.lower()),
            *(to, turns, round((at - began) * 1000), self.unix_ms(at)),
        )

    def opt_out(self, agent: Agent, turn: int) -> OptOutRequested:
        """The person does not want to be called any more."""
        return OptOutRequested(
            *(self.tenant_id, self.call_sid, self.epoch, self.other_number, agent.id, turn),
            attempt_id=self.attempt_id,
        )

    def seconds_since(self, story: Story, at: float) -> float:
        """How long the call has lasted, by its log."""
        began = story.began_ms
        return max(0.0, (self.unix_ms(at) - began) / 1000) if began else 0.0

    def unix_ms(self, at: float) -> int:
        """Unix time of a time of the session's clock, in milliseconds."""
        return round((at + self.unix_offset) * 1000)

    def warm_up(self, agent: Agent) -> WarmUp:
        """Tell the worker at home that a call with this agent has begun."""
        opened = CallOpened(
            self.tenant_id, self.call_sid, agent.id, agent.version, self.reply_topic
        )
        return WarmUp(opened, self.home_partition)

    def ask(
        self,
        agent: Agent,
        story: Story,
        language: str,
        ends_at: float,
        calls: Sequence[ToolCall] = (),
    ) -> AskWorker:
        """Ask for a reply to the last turn; each attempt goes to another partition."""
        turn, limits, uses = story.turn, agent.limits, story.uses.values()
        messages = history(story.turns, limits.history_turns, limits.history_characters, uses)
        request = TurnRequested(
            ref=self._ref(turn),
            reply_topic=self.reply_topic,
            deadline_ms=self.unix_ms(ends_at),
            agent_id=agent.id,
            agent_version=agent.version,
            language=language,
            variables=self.variables,
            history=messages,
            spoken_prefix=turn.text,
            uses=remembered(uses, messages),
            calls=tuple(calls),
        )
        return AskWorker(request, (self.home_partition + turn.attempt) % self.partitions)

    def _ref(self, turn: TurnStory) -> TurnRef:
        number, attempt = turn.number, turn.attempt
        return TurnRef(
            self.tenant_id, self.call_sid, self.attachment_id, self.epoch, number, attempt
        )

    def cancel(self, turn: TurnStory) -> CancelTurn:
        """Say that the turn's reply is wanted no more."""
        return CancelTurn(
            TurnCancelled(
                self.tenant_id, self.call_sid, self.attachment_id, turn.number, turn.attempt
            )
        )
