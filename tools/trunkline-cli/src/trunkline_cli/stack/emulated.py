"""An emulated Twilio beside a local stack: calls are placed at it, and transcripts read there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import httpx

from trunkline.twilio import NEWS_RETRIES
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.plan import credentials_of
from trunkline_cli.stack.report import StackReport
from twilio_emulator.rest import Account, EmulatedTwilio, serve

CPS = 5.0
FROM_NUMBER = "+12025550100"
SERVICE = "trunkline"
"""What an agent may have as `intelligence_service`."""
CONFIGURATION = "conv_configuration_trunkline"
"""What an agent may have as `conversation_configuration`."""

_ASK_SECONDS = 10.0
_TAKEN = 409  # of a number that an earlier start of this stack has told already


@asynccontextmanager
async def twilio_beside_stack(
    options: StackOptions, settings: CliSettings, *, speed: float = 1.0
) -> AsyncIterator[tuple[StackOptions, EmulatedTwilio]]:
    """Serve the stack's account: yield it, and the options that tell the services where it is.

    `speed` is how much faster telephones ring and people talk.
    """
    state_dir = options.state_dir or settings.trunkline_state_dir
    credentials = credentials_of(state_dir, settings)
    account = Account(sid=credentials.account_sid, auth_token=credentials.auth_tokens[0], cps=CPS)
    async with serve([account], speed=speed) as twilio:
        told = {"TWILIO_API_BASE_URL": twilio.url, "TWILIO_INTELLIGENCE_BASE_URL": twilio.url}
        yield replace(options, environment={**told, **options.environment}), twilio


async def introduce(twilio: EmulatedTwilio, stack: StackReport) -> None:
    """Tell Twilio where its webhooks go, and the dialer its account and a number to call from."""
    sid, webhook = stack.twilio.account_sid, f"{stack.public_url}/twilio/intelligence{NEWS_RETRIES}"
    twilio.intelligence.add_service(sid, SERVICE, webhook)
    twilio.accounts.by_sid[sid].configurations = {CONFIGURATION: webhook}
    if stack.dialers:
        await _tell_dialer(stack)


async def _tell_dialer(stack: StackReport) -> None:
    headers = {"Authorization": f"Bearer {stack.dialer_api_key}"}
    url, sid = stack.dialers[0].url, stack.twilio.account_sid
    async with httpx.AsyncClient(
        base_url=url, headers=headers, timeout=_ASK_SECONDS, trust_env=False
    ) as client:
        requests = (
            client.build_request("PUT", f"/v1/accounts/{sid}", json={"cps": CPS}),
            client.build_request("POST", "/v1/from-numbers", json={"number": FROM_NUMBER}),
        )
        for request in requests:
            request.headers["Idempotency-Key"] = str(uuid4())
            answer = await client.send(request)
            if answer.is_error and answer.status_code != _TAKEN:
                raise StackError(f"The dialer has refused its account: {answer.status_code}.")
