"""People who are being called may call back: what is told of them, for whoever answers then."""

from collections.abc import Sequence
from datetime import datetime

from dialer.store.claim import Reserved
from trunkline.callers import REMEMBER_SECONDS, CallerTicket, PersonIndex, caller_office
from trunkline.events.dial import PersonCalled
from trunkline.protect import NumberVault
from trunkline.tickets import no_clock


class Invitations:
    """Makes what is told of a person with each attempt to call them. Numbers are in none of it."""

    def __init__(self, ticket_keys: Sequence[str], vault: NumberVault) -> None:
        self._index = PersonIndex(ticket_keys)
        self._office = caller_office(ticket_keys, no_clock)
        self._vault = vault

    def of(self, reserved: Reserved, at: datetime) -> PersonCalled:
        """The person reaches the agent of this attempt if they call its number back."""
        account_sid = reserved.campaign.account_sid
        ours = self._vault.decrypt(reserved.sender.num_enc)
        until = int(at.timestamp()) + REMEMBER_SECONDS
        return PersonCalled(
            person=self._index.of(account_sid, ours, reserved.e164),
            ticket=self._office.issue(self._ticket(reserved, until)),
            until_ms=until * 1000,
            placed_ms=round(at.timestamp() * 1000),
        )

    def _ticket(self, reserved: Reserved, until: int) -> CallerTicket:
        campaign, contact = reserved.campaign, reserved.contact
        return CallerTicket(
            tenant_id=contact.tenant_id,
            attempt_id=str(reserved.attempt_id),
            campaign_id=str(campaign.id),
            agent_id=campaign.agent_id,
            expires_at=until,
            language=contact.overrides.get("language", ""),
            variables=reserved.variables(self._vault),
            opt_out_key=reserved.policy.opt_out_key,
        )
