"""The ticket of a call: which agent and language, and how often its session has failed or nobody
took the call. Whoever answers Twilio's next request needs no memory of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.after import MAX_RETURNS, NEVER_BEGAN
from gateway.beginning import greeting_of, language_of
from gateway.substitutes import HEARING_FAULTS, VOICE_FAULTS
from gateway.verdicts import is_machine
from trunkline.agents import Agent
from trunkline.errors import Invalid
from trunkline.outbound import OnMachine
from trunkline.tickets import TicketOffice


@dataclass(frozen=True, slots=True)
class Ticket:
    """One call's way through the gateways. `tries` counts sessions of it that have failed."""

    call_sid: str
    tenant_id: str
    agent_id: str
    agent_version: str
    expires_at: int
    """Unix time in seconds; later than the longest call may end."""
    tries: int = 0
    variables: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    """The language the session begins in; empty: the agent's first."""
    returns: int = 0
    """How often the call was passed on and nobody took it."""
    voice_faults: int = 0
    """How many of those sessions failed by their voice: each gets another one."""
    hearing_faults: int = 0
    """How many failed by speech recognition."""
    came_back: bool = False
    """Whether the session is the first since the call came back: nobody has spoken of it yet."""
    attempt_id: str = ""
    """The dialer's attempt; empty for calls that nobody dialed."""
    campaign_id: str = ""
    on_machine: OnMachine = OnMachine.MESSAGE
    detects_machines: bool = False
    """Whether Twilio was asked to tell who has answered."""
    opt_out_key: str = ""
    """Key with which the person asks not to be called any more; empty: none."""
    is_recorded: bool = False
    """Whether the call is recorded, from the greeting on, which says so before anything else."""
    answered_by: str = ""
    """Twilio's verdict about who has answered, where it was known before the session."""

    @property
    def is_resumed(self) -> bool:
        """Whether the call had a session before: it is not greeted again."""
        return self.tries > 0 or self.returns > 0

    @property
    def meets_machine(self) -> bool:
        """Whether nobody but a machine is there, as far as is known, and it is not talked to."""
        return is_machine(self.answered_by) and self.on_machine is not OnMachine.TALK

    def greeting(self, agent: Agent, direction: str) -> str:
        """What Twilio greets the other side with: nobody twice, and no machine."""
        if self.is_resumed or self.meets_machine:
            return ""
        language = language_of(agent, self.language).code
        return greeting_of(agent, language, self.variables, direction, is_recorded=self.is_recorded)

    def after_failure(self, error_code: str = "") -> "Ticket":
        """The ticket of the next session of the same call, after this error of Twilio's."""
        return replace(
            self,
            tries=self.tries + 1,
            voice_faults=self.voice_faults + (error_code in VOICE_FAULTS),
            hearing_faults=self.hearing_faults + (error_code in HEARING_FAULTS),
            came_back=self.came_back and error_code == NEVER_BEGAN,
        )

    def for_the_last_time(self) -> "Ticket":
        """The ticket of a call that the agent does not take back: it cannot go on there."""
        return replace(self, returns=MAX_RETURNS)

    def after_return(self) -> "Ticket":
        """The ticket of the session that takes the call back from whom it was passed on to."""
        return replace(self, returns=self.returns + 1, came_back=True)


class CallTickets(TicketOffice[Ticket]):
    """Issues and reads the tickets of calls."""

    def __init__(self, keys: Sequence[str], clock: Callable[[], float]) -> None:
        super().__init__(Ticket, keys, clock)

    def read_of_call(self, text: str, call_sid: str | None) -> Ticket:
        """Read a ticket that must be this call's; raises `Invalid` if it is another's, too."""
        ticket = self.read(text)
        if ticket.call_sid != call_sid:
            raise Invalid("The ticket is another call's.")
        return ticket
