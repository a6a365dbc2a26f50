"""From a reserved attempt to the request that places its call: numbers, tickets, URLs."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from dialer.call_form import CallRequest
from dialer.store.claim import Reserved
from dialer.store.write_ahead import Ahead
from trunkline.outbound import (
    OnMachine,
    OutboundTicket,
    callback_office,
    outbound_office,
    outbound_urls,
)
from trunkline.protect import NumberVault
from trunkline.tickets import no_clock

CALLBACKS_LATE = timedelta(days=1)  # Twilio tells the end of a call that had waited in its queue


class CallWriter:
    """Writes requests. `public_url` is where Twilio reaches the gateways."""

    def __init__(self, public_url: str, ticket_keys: Sequence[str], vault: NumberVault) -> None:
        self._public_url = public_url
        self._vault = vault
        self._calls = outbound_office(ticket_keys, no_clock)
        self._callbacks = callback_office(ticket_keys, no_clock)

    def write(self, reserved: Reserved, ahead: Ahead, epoch: UUID) -> CallRequest:
        """Raises `Invalid` if the contact's variables are too long for a URL."""
        policy = reserved.policy
        over = ahead.token_expires_at + timedelta(seconds=policy.talk_seconds) + CALLBACKS_LATE
        urls = outbound_urls(
            self._public_url,
            self._calls,
            self._callbacks,
            self._ticket(reserved, ahead, epoch),
            callbacks_expire_at=int(over.timestamp()),
        )
        return CallRequest(
            to=reserved.e164,
            from_=self._vault.decrypt(reserved.sender.num_enc),
            urls=urls,
            ring_seconds=policy.ring_seconds,
            talk_seconds=policy.talk_seconds,
            detects_machines=policy.answering_machines.detect,
            awaits_beep=policy.answering_machines.then is OnMachine.MESSAGE,
        )

    def _ticket(self, reserved: Reserved, ahead: Ahead, epoch: UUID) -> OutboundTicket:
        campaign, contact, policy = reserved.campaign, reserved.contact, reserved.policy
        return OutboundTicket(
            attempt_id=str(reserved.attempt_id),
            worker_epoch=str(epoch),
            tenant_id=contact.tenant_id,
            account_sid=campaign.account_sid,
            campaign_id=str(campaign.id),
            agent_id=campaign.agent_id,
            expires_at=int(ahead.token_expires_at.timestamp()),
            agent_version=campaign.agent_version,
            language=contact.overrides.get("language", ""),
            variables=reserved.variables(self._vault),
            on_machine=policy.answering_machines.then,
            detects_machines=policy.answering_machines.detect,
            opt_out_key=policy.opt_out_key,
            is_recorded=policy.recording,
        )
