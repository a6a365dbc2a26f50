"""What a request carries: the attempt in its tickets, and nothing in clear."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from desk import ACCOUNT, FROM, TENANT, VAULT, Desk, at_desk

from dialer.call_form import CallRequest, form_of
from dialer.call_writer import CallWriter
from dialer.store.write_ahead import Ahead
from trunkline.outbound import OnMachine, callback_office, outbound_office

NUMBER = "+12125550101"
KEY = Fernet.generate_key().decode()


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


async def written(desk: Desk, policy: str = "{}", **contact: object) -> tuple[CallRequest, Ahead]:
    campaign = await desk.campaign(policy=policy, agent_version="v7")
    await desk.contact(campaign, NUMBER, **contact)
    reserved = (await desk.claim(campaign)).reserved[0]
    ahead = await desk.write_ahead(reserved)
    assert isinstance(ahead, Ahead)
    writer = CallWriter("https://voice.example", [KEY], VAULT)
    return writer.write(reserved, ahead, desk.epoch), ahead


async def test_the_agent_knows_the_campaigns_opt_out_number_whatever_the_list_says(
    desk: Desk,
) -> None:
    listed = VAULT.encrypt('{"name": "Ada", "opt_out_number": "none"}')
    number = '{"opt_out_number": "+18005550199"}'
    request, _ = await written(desk, number, variables_enc=listed)
    token = request.urls.twiml.rpartition("/")[2].partition("#")[0]

    ticket = outbound_office([KEY], time.time).read(token)

    assert ticket.variables == {"name": "Ada", "opt_out_number": "+18005550199"}


async def test_the_ticket_says_all_that_a_gateway_needs(desk: Desk) -> None:
    variables = VAULT.encrypt('{"name": "Ada"}')
    request, ahead = await written(
        desk, variables_enc=variables, overrides='{"language": "es-MX", "ring_seconds": 40}'
    )
    assert request.urls.twiml.startswith("https://voice.example/twilio/voice/outbound/")
    token = request.urls.twiml.rpartition("/")[2].partition("#")[0]
    ticket = outbound_office([KEY], time.time).read(token)

    assert (ticket.tenant_id, ticket.account_sid, ticket.agent_version) == (TENANT, ACCOUNT, "v7")
    assert (ticket.variables, ticket.language) == ({"name": "Ada"}, "es-MX")
    assert (ticket.on_machine, ticket.detects_machines, ticket.opt_out_key) == (
        *(OnMachine.HANGUP, True),
        "9",
    )
    assert ticket.expires_at == int(ahead.token_expires_at.timestamp())
    assert ticket.worker_epoch == str(desk.epoch)
    assert (request.to, request.from_, request.ring_seconds) == (NUMBER, FROM, 40)


async def test_callbacks_are_known_until_long_after_the_call(desk: Desk) -> None:
    request, ahead = await written(desk)
    token = request.urls.status.rpartition("/")[2].partition("#")[0]
    ticket = callback_office([KEY], time.time).read(token)

    latest = ahead.token_expires_at + timedelta(seconds=600)
    assert ticket.expires_at > latest.timestamp() + 3600


async def test_no_number_and_no_variable_is_in_clear_in_a_url(desk: Desk) -> None:
    request, _ = await written(desk, variables_enc=VAULT.encrypt('{"name": "Ada"}'))
    urls = (request.urls.twiml, request.urls.status, request.urls.amd)

    assert not [url for url in urls if "5550101" in url or "Ada" in url]


async def test_a_message_on_a_machine_waits_for_the_beep(desk: Desk) -> None:
    request, _ = await written(desk, '{"answering_machines": {"then": "message"}}')

    assert (request.detects_machines, request.awaits_beep) == (True, True)


@pytest.mark.parametrize(("policy", "recorded"), [("{}", False), ('{"recording": true}', True)])
async def test_a_call_is_recorded_only_where_the_campaign_wants_it(
    desk: Desk, policy: str, recorded: bool
) -> None:
    """Twilio is asked by the gateway that announces it, and not in the request."""
    request, _ = await written(desk, policy)
    ticket = outbound_office([KEY], time.time).read(
        request.urls.twiml.rpartition("/")[2].partition("#")[0]
    )

    assert ticket.is_recorded is recorded
    assert "Record" not in form_of(request)
