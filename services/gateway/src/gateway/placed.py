"""What Twilio is answered when a call that we placed is answered. None of it waits for anything."""

from collections.abc import Callable

from gateway.beginning import language_of
from gateway.capacity import Room
from gateway.front import DEFAULT_LANGUAGE, Form, Front
from gateway.metrics import GatewayMetrics, Placed, Refusal
from gateway.news import NewsDesk, callback_news
from gateway.tickets import Ticket
from gateway.verbs import say_and_hang_up
from trunkline.agents import Agent
from trunkline.agents.catalog import Agents
from trunkline.agents.manners import Phrases
from trunkline.errors import Invalid
from trunkline.events.twilio import Callback, OutboundAnswered
from trunkline.logs import get_logger
from trunkline.outbound import OutboundTicket
from trunkline.tickets import TicketOffice

OUTBOUND = "outbound-api"

logger = get_logger()


class PlacedCalls:
    """Connects a person who has answered with the agent that wants to talk, or says who called.

    `clock` is Unix time in seconds.
    """

    def __init__(
        self,
        front: Front,
        tickets: TicketOffice[OutboundTicket],
        agents: Agents,
        room: Room,
        desk: NewsDesk,
        metrics: GatewayMetrics,
        clock: Callable[[], float],
    ) -> None:
        self._front = front
        self._tickets = tickets
        self._agents = agents
        self._room = room
        self._desk = desk
        self._metrics = metrics
        self._clock = clock

    def answered(self, token: str, form: Form) -> str:
        """TwiML for a person who has answered; the dialer hears of it behind the answer."""
        try:
            ticket = self._read(token, form)
        except Invalid:
            return self._refuse(form)
        agent = self._agents.asked_for(ticket.agent_id, ticket.agent_version)
        outcome = self._outcome(ticket, agent)
        self._metrics.placed(outcome)
        self._tell(ticket, form, outcome)
        log = logger.bind(call_id=form.get("CallSid", ""), attempt_id=ticket.attempt_id)
        log.info("outbound_answered", outcome=outcome.value)
        if agent is None:
            return say_and_hang_up(Phrases().failed, DEFAULT_LANGUAGE)
        if outcome is Placed.CONNECTED:
            return self._connect(agent, ticket, form)
        return _say_who_called(agent, ticket, is_busy=outcome is Placed.NO_ROOM)

    def _read(self, token: str, form: Form) -> OutboundTicket:
        """Whose call it is must be known also when it is too late for it."""
        ticket = self._tickets.read_expired(token)
        if ticket.account_sid != form.get("AccountSid"):
            raise Invalid("The ticket is another account's.")
        return ticket

    def _outcome(self, ticket: OutboundTicket, agent: Agent | None) -> Placed:
        if ticket.expires_at < self._clock():
            return Placed.EXPIRED
        if agent is None:
            return Placed.NO_AGENT
        return Placed.CONNECTED if self._room.is_left(outbound=True) else Placed.NO_ROOM

    def _tell(self, ticket: OutboundTicket, form: Form, outcome: Placed) -> None:
        answered = OutboundAnswered(outcome is Placed.CONNECTED, form.get("AnsweredBy", ""))
        callback = Callback(
            ticket.tenant_id,
            ticket.attempt_id,
            ticket.account_sid,
            form.get("CallSid", ""),
            round(self._clock() * 1000),
            answered,
        )
        self._desk.put(callback_news(callback))

    def _connect(self, agent: Agent, placed: OutboundTicket, form: Form) -> str:
        ticket = Ticket(
            call_sid=form.get("CallSid", ""),
            tenant_id=placed.tenant_id,
            agent_id=agent.id,
            agent_version=agent.version,
            expires_at=0,
            variables=placed.variables,
            language=placed.language,
            attempt_id=placed.attempt_id,
            campaign_id=placed.campaign_id,
            on_machine=placed.on_machine,
            detects_machines=placed.detects_machines,
            opt_out_key=placed.opt_out_key,
            is_recorded=placed.is_recorded,
            answered_by=form.get("AnsweredBy", ""),
        )
        return self._front.connect(agent, ticket, OUTBOUND)

    def _refuse(self, form: Form) -> str:
        """Of the call nothing is known but the number it was placed from."""
        self._metrics.refused(Refusal.TICKET)
        logger.warning("request_refused", reason=Refusal.TICKET.value)
        agent = self._agents.answering(form.get("From", ""))
        if agent is None:
            return say_and_hang_up(Phrases().opt_out_notice, DEFAULT_LANGUAGE)
        return _say_who_called(agent)


def _say_who_called(
    agent: Agent, ticket: OutboundTicket | None = None, *, is_busy: bool = False
) -> str:
    """The greeting says who calls; then how to be called no more."""
    variables = ticket.variables if ticket else {}
    language = language_of(agent, ticket.language if ticket else "").code
    words = agent.words(language)
    parts = words.greeting, words.disclosure, words.busy if is_busy else "", words.opt_out_notice
    text = " ".join(filter(None, parts))
    return say_and_hang_up(agent.render(text, variables), language)
