"""Who may call back, and whom they reach then: what the dialer tells and the gateways look up.

A person is known by a keyed hash of the account, our number and theirs: it is the same for whoever
places the call and for whoever answers it, and says nothing to anybody else. Its keys are derived
from those of the tickets, which both have: who drops an old one forgets whom it knew people by.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from trunkline.protect import NumberVault, derived_key
from trunkline.tickets import TicketOffice

REMEMBER_SECONDS = 30 * 24 * 3600  # that a person may take to call back


@dataclass(frozen=True, slots=True)
class CallerTicket:
    """The latest attempt to call a person, for whoever answers when they call back."""

    tenant_id: str
    attempt_id: str
    campaign_id: str
    agent_id: str
    expires_at: int
    """Unix time in seconds; after it they are a caller like any other."""
    language: str = ""
    """The language to begin in; empty: the agent's first."""
    variables: Mapping[str, str] = field(default_factory=dict)
    opt_out_key: str = ""
    """Key with which the person asks not to be called any more; empty: none."""


def caller_office(keys: Sequence[str], clock: Callable[[], float]) -> TicketOffice[CallerTicket]:
    """Issues and reads the tickets of people who may call back. `clock` is Unix time in seconds."""
    return TicketOffice(CallerTicket, keys, clock, marker="caller ")


class PersonIndex:
    """Knows people by a hash. The first key is used for new ones, all of them for looking up."""

    def __init__(self, ticket_keys: Sequence[str]) -> None:
        peppers = {
            f"{n}": derived_key(key, b"trunkline callers") for n, key in enumerate(ticket_keys)
        }
        self._vault = NumberVault(peppers, ticket_keys)

    def of(self, account_sid: str, ours: str, theirs: str) -> str:
        """A person whom this number of the account calls; both numbers are E.164."""
        return self.any_of(account_sid, ours, theirs)[0]

    def any_of(self, account_sid: str, ours: str, theirs: str) -> tuple[str, ...]:
        """What they may be known by, under any key."""
        indexes = self._vault.indexes(account_sid, f"{ours}\0{theirs}")
        return tuple(index.hmac.hex() for index in indexes)
