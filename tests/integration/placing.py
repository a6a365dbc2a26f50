"""A gateway with an agent that calls people, and tickets as the dialer issues them."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from cryptography.fernet import Fernet

from trunkline.bus import Start
from trunkline.bus.kafka import KafkaBus
from trunkline.outbound import (
    OnMachine,
    OutboundTicket,
    OutboundUrls,
    callback_office,
    outbound_office,
    outbound_urls,
)
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.run import Stack, run_stack

TICKET_KEY = Fernet.generate_key().decode()
ATTEMPT = "0190f3f2-5b7e-7c3a-8000-{:012d}"
AGENT = """
id: caller
greeting: Hello {{name}}, this is Acme.
variables: {name: there}
instructions: Be brief.
languages: [{code: en-US}]
models: [{provider: scripted, name: 3x10ms}]
opt_out: {phrases: [do not call, stop calling, call me again]}
phrases: {voicemail: Acme called., opted_out: We will not call again.}
"""


@asynccontextmanager
async def running(folder: Path, servers: CliSettings, **environment: str) -> AsyncIterator[Stack]:
    """One gateway and one worker."""
    agents = folder / "agents"
    agents.mkdir()
    (agents / "caller.yaml").write_text(AGENT)
    options = StackOptions(
        workers=1,
        restart=False,
        agents_dir=agents,
        state_dir=folder / "state",
        environment={"TICKET_KEYS": TICKET_KEY, "LOG_FORMAT": "json", **environment},
    )
    async with run_stack(options, servers) as stack:
        yield stack


def urls_of(
    public_url: str,
    account_sid: str,
    number: int = 1,
    *,
    variables: Mapping[str, str] | None = None,
    on_machine: OnMachine = OnMachine.MESSAGE,
    is_recorded: bool = False,
) -> OutboundUrls:
    """The URLs of attempt number so and so."""
    ticket = OutboundTicket(
        *(ATTEMPT.format(number), "epoch", "acme", account_sid, "campaign", "caller"),
        expires_at=round(time.time()) + 120,
        variables=variables or {},
        on_machine=on_machine,
        detects_machines=True,
        opt_out_key="9",
        is_recorded=is_recorded,
    )
    offices = outbound_office([TICKET_KEY], time.time), callback_office([TICKET_KEY], time.time)
    return outbound_urls(
        public_url, *offices, ticket, callbacks_expire_at=round(time.time()) + 3600
    )


async def values(bootstrap: str, topic: str) -> AsyncGenerator[bytes, None]:
    """All that is in a topic and comes into it."""
    async with (
        KafkaBus.open(bootstrap, client_id="test") as bus,
        bus.read(topic, Start.BEGINNING) as reader,
    ):
        while True:
            for record in await reader.fetch():
                yield record.value
