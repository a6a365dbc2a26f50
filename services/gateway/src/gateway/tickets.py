"""The ticket of a call: which agent and language, and how often its session has failed or nobody
took the call. Whoever answers Twilio's next request needs no memory of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trunkline.errors import Invalid
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
    came_back: bool = False
    """Whether the session is the first since the call came back: nobody has spoken of it yet."""

    @property
    def is_resumed(self) -> bool:
        """Whether the call had a session before: it is not greeted again."""
        return self.tries > 0 or self.returns > 0

    def after_failure(self, *, had_begun: bool = True) -> "Ticket":
        """The ticket of the next session of the same call."""
        came_back = self.came_back and not had_begun
        return replace(self, tries=self.tries + 1, came_back=came_back)

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
