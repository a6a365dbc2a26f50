"""What Twilio is answered at each step of a call. None of it waits for anything."""

from collections.abc import Callable
from dataclasses import replace

from gateway.after import (
    AfterSession,
    AfterTransfer,
    after_session,
    after_transfer,
    is_gone,
)
from gateway.beginning import announced, is_outbound, language_of
from gateway.callers import Callers
from gateway.capacity import Room
from gateway.endwatch import EndWatch
from gateway.gate import as_websocket
from gateway.handoff import CANNOT_GO_ON, MAX_REASON, Handoff, decode_handoff
from gateway.metrics import GatewayMetrics, Refusal
from gateway.substitutes import substituted
from gateway.tickets import CallTickets, Ticket
from gateway.twiml import RelayUrls, filled, relay_answer
from gateway.verbs import (
    hang_up,
    nothing,
    say_and_hang_up,
    task_attributes,
    transfer_answer,
)
from trunkline.agents import Agent
from trunkline.agents.catalog import Agents
from trunkline.errors import Invalid
from trunkline.logs import get_logger

RELAY_PATH = "/twilio/relay"
ACTION_PATH = "/twilio/voice/connect-action/"
DIAL_ACTION_PATH = "/twilio/voice/dial-action/"
TICKET_MARGIN_SECONDS = 3600  # beyond the longest call: queues and ringing come before it
TRANSFER_SECONDS = 24 * 3600  # Twilio lets no call last longer
NOT_IN_SERVICE = "This number is not in service."
DEFAULT_LANGUAGE = "en-US"

Form = dict[str, str]

logger = get_logger()


class Front:
    """Answers webhooks that have been let in: TwiML for a form."""

    def __init__(
        self,
        public_url: str,
        tickets: CallTickets,
        agents: Agents,
        room: Room,
        callers: Callers,
        ends: EndWatch,
        metrics: GatewayMetrics,
        clock: Callable[[], float],
    ) -> None:
        self._public = public_url
        self._tickets = tickets
        self._agents = agents
        self._room = room
        self._callers = callers
        self._ends = ends
        self._metrics = metrics
        self._clock = clock

    def incoming(self, form: Form) -> str:
        """TwiML for a call of one of our numbers, which chooses the agent; who was called lately
        reaches the agent who wanted to talk with them."""
        direction = form.get("Direction", "")
        outbound = is_outbound(direction)
        found = (None if outbound else self._called_back(form)) or self._answering(form, outbound)
        if found is None:
            return say_and_hang_up(NOT_IN_SERVICE, DEFAULT_LANGUAGE)
        agent, ticket = found
        if not self._room.is_left(outbound=outbound):
            return self._busy(agent)
        return self.connect(agent, ticket, direction)

    def _called_back(self, form: Form) -> tuple[Agent, Ticket] | None:
        called = self._callers.find(form)
        agent = self._agents.current(called.agent_id) if called is not None else None
        if called is None or agent is None:
            return None
        self._metrics.called_back.inc()
        ticket = replace(
            _ticket(agent, form),
            tenant_id=called.tenant_id,
            variables=called.variables,
            language=called.language,
            attempt_id=called.attempt_id,
            campaign_id=called.campaign_id,
            opt_out_key=called.opt_out_key,
        )
        return agent, ticket

    def _answering(self, form: Form, outbound: bool) -> tuple[Agent, Ticket] | None:
        number = form.get("From" if outbound else "To", "")
        agent = self._agents.answering(number)
        if agent is None:
            logger.warning("number_without_agent", **{"pii.number": number})
            return None
        return agent, _ticket(agent, form)

    def connect_action(self, token: str, form: Form) -> str:
        """TwiML for a call whose session is over, however that came."""
        try:
            ticket, agent = self._read(token, form)
        except Invalid:
            return self._refuse()
        status, error_code = form.get("SessionStatus", ""), form.get("ErrorCode", "")
        handoff = decode_handoff(form.get("HandoffData", ""))
        is_handed_over = handoff is not None and handoff.destination in agent.transfers
        step = after_session(
            *(status, form.get("CallStatus", ""), ticket.tries),
            is_handed_over=is_handed_over,
            has_fallback=agent.fallback in agent.transfers and not ticket.meets_machine,
        )
        log = logger.bind(call_id=ticket.call_sid, tries=ticket.tries, next=step.name.lower())
        log.info("session_over", status=status, error_code=error_code)
        self._see_to_the_end(ticket, step, status)
        match step:
            case AfterSession.TRANSFER if handoff is not None:
                return self._transfer(agent, ticket, handoff)
            case AfterSession.RECONNECT:
                return self.connect(agent, ticket.after_failure(error_code))
            case AfterSession.FALL_BACK:
                return self._fall_back(agent, ticket)
            case AfterSession.GIVE_UP:
                return self._give_up(agent, ticket)
            case AfterSession.NOTHING:
                return nothing()
        return hang_up()

    def dial_action(self, token: str, form: Form) -> str:
        """TwiML for a call that was passed on, when that is over or nobody took it."""
        try:
            ticket, agent = self._read(token, form)
        except Invalid:
            return self._refuse()
        outcome = form.get("DialCallStatus") or form.get("QueueResult", "")
        step = after_transfer(outcome, form.get("CallStatus", ""), ticket.returns)
        log = logger.bind(call_id=ticket.call_sid, returns=ticket.returns, next=step.name.lower())
        log.info("transfer_over", outcome=outcome)
        match step:
            case AfterTransfer.TAKE_BACK:
                return self.connect(agent, ticket.after_return())
            case AfterTransfer.GIVE_UP:
                return self._give_up(agent, ticket)
            case AfterTransfer.NOTHING:
                return nothing()
            case AfterTransfer.HANG_UP:
                return hang_up()

    def _read(self, token: str, form: Form) -> tuple[Ticket, Agent]:
        ticket = self._tickets.read_of_call(token, form.get("CallSid"))
        agent = self._agents.current(ticket.agent_id)
        if agent is None:
            raise Invalid("The ticket's agent is not known here.")
        return ticket, agent

    def _refuse(self) -> str:
        self._metrics.refused(Refusal.TICKET)
        logger.warning("request_refused", reason=Refusal.TICKET.value)
        return hang_up()

    def connect(self, agent: Agent, ticket: Ticket, direction: str = "") -> str:
        """TwiML for a session with an agent."""
        token = self._issue(ticket, agent.limits.call_seconds + TICKET_MARGIN_SECONDS)
        urls = RelayUrls(
            as_websocket(self._public) + RELAY_PATH, self._public + ACTION_PATH + token
        )
        greeting = ticket.greeting(agent, direction)
        told = substituted(agent, ticket.voice_faults, ticket.hearing_faults)
        return relay_answer(
            filled(told, ticket.variables),
            urls,
            token,
            greeting=greeting,
            language=ticket.language,
            records=ticket.is_recorded and bool(greeting),
        )

    def _busy(self, agent: Agent) -> str:
        self._metrics.busy.inc()
        logger.warning("caller_found_no_room", agent_id=agent.id)
        words = agent.words(agent.language).busy or agent.phrases.busy
        return say_and_hang_up(agent.render(words, {}), agent.language)

    def _see_to_the_end(self, ticket: Ticket, step: AfterSession, status: str) -> None:
        """The gateway that had the call may be dead: nobody else would say that it is over."""
        call = ticket.tenant_id, ticket.call_sid, ticket.attempt_id
        if is_gone(step, status):
            self._ends.gone(*call)
        elif step is AfterSession.RECONNECT:
            self._ends.goes_on(*call)
        else:
            self._ends.over(*call)

    def _fall_back(self, agent: Agent, ticket: Ticket) -> str:
        language = language_of(agent, ticket.language).code
        words = _announced(agent, ticket, agent.words(language).transfer)
        handoff = Handoff(agent.fallback, CANNOT_GO_ON, language)
        return self._transfer(agent, ticket.for_the_last_time(), handoff, words)

    def _transfer(self, agent: Agent, ticket: Ticket, handoff: Handoff, words: str = "") -> str:
        spoken = agent.find_language(handoff.language)
        language = spoken.code if spoken else ticket.language
        token = self._issue(replace(ticket, language=language), TRANSFER_SECONDS)
        to = agent.transfers[handoff.destination]
        call = {
            "call_sid": ticket.call_sid,
            "language": language_of(agent, language).code,
            "reason": handoff.reason[:MAX_REASON],
        }
        written = to.enqueue.attributes if to.enqueue else {}
        task = {name: agent.render(text, ticket.variables) for name, text in written.items()}
        url = self._public + DIAL_ACTION_PATH + token
        return transfer_answer(
            to, task_attributes(call, task), url, words=words, language=call["language"]
        )

    def _give_up(self, agent: Agent, ticket: Ticket) -> str:
        language = language_of(agent, ticket.language).code
        return say_and_hang_up(_announced(agent, ticket, agent.words(language).failed), language)

    def _issue(self, ticket: Ticket, seconds: float) -> str:
        """A ticket for as long as what comes now may last."""
        expires_at = round(self._clock() + seconds)
        return self._tickets.issue(replace(ticket, expires_at=expires_at))


def _announced(agent: Agent, ticket: Ticket, phrase: str | None) -> str:
    """A phrase for a person of whom nobody knows what they have heard."""
    words = agent.words(language_of(agent, ticket.language).code)
    text = announced(words, phrase, is_recorded=ticket.is_recorded)
    return agent.render(text, ticket.variables)


def _ticket(agent: Agent, form: Form) -> Ticket:
    """Of a call that begins with this agent."""
    return Ticket(
        call_sid=form.get("CallSid", ""),
        tenant_id=agent.tenant_id,
        agent_id=agent.id,
        agent_version=agent.version,
        expires_at=0,
    )
