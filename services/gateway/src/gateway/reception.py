"""Who is calling whom: the session's first frame, and the ticket that proves it is ours."""

import asyncio
from dataclasses import dataclass

from gateway.beginning import is_outbound, language_of
from gateway.tickets import CallTickets, Ticket
from gateway.twilio_socket import Socket
from gateway.wire import Setup, parse_frame
from trunkline.agents import Agent
from trunkline.agents.catalog import Agents
from trunkline.agents.relay import TICKET_PARAMETER
from trunkline.errors import Invalid

SETUP_SECONDS = 5.0  # Twilio sends it at once


@dataclass(frozen=True, slots=True)
class Opening:
    """A session that may begin."""

    setup: Setup
    ticket: Ticket
    agent: Agent

    @property
    def language(self) -> str:
        """The language the session begins in."""
        return language_of(self.agent, self.ticket.language).code

    @property
    def is_outbound(self) -> bool:
        """Whether we have placed the call."""
        return is_outbound(self.setup.direction)

    @property
    def greeting(self) -> str:
        """What Twilio greets the caller with."""
        return self.ticket.greeting(self.agent, self.setup.direction)


async def receive(socket: Socket, tickets: CallTickets, agents: Agents) -> Opening:
    """Read the session's `setup`.

    Raises `Invalid` if the ticket in it is not this call's, `TimeoutError` if none comes, and
    `SocketGone` if the socket ends before.
    """
    async with asyncio.timeout(SETUP_SECONDS):
        frame = parse_frame(await socket.receive())
    if not isinstance(frame, Setup):
        raise Invalid("The first frame is not a setup.")
    ticket = tickets.read_of_call(frame.parameters.get(TICKET_PARAMETER, ""), frame.call_sid)
    agent = agents.current(ticket.agent_id)  # also where its file has changed since
    if agent is None:
        raise Invalid("The ticket's agent is not known here.")
    return Opening(frame, ticket, agent)
