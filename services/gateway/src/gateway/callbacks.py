"""Twilio's news of calls that were placed: answered only once the bus has them."""

from collections.abc import Callable
from http import HTTPStatus

from gateway.endwatch import EndWatch
from gateway.metrics import CallbackOutcome, GatewayMetrics, Refusal
from gateway.news import NewsDesk, callback_news, command_news, publish_news
from gateway.reports import Form, Read
from trunkline.bus import Producer
from trunkline.errors import Invalid, PublishFailed
from trunkline.events.commands import MachineAnswered
from trunkline.events.twilio import Callback, MachineJudged, StatusReported
from trunkline.logs import get_logger
from trunkline.outbound import CallbackTicket
from trunkline.tickets import TicketOffice

MAX_WAITING = 2000  # requests that wait for the bus; more are told to come again at once

logger = get_logger()


class Callbacks:
    """Hands signed callbacks on. `clock` is Unix time in seconds."""

    def __init__(
        self,
        producer: Producer,
        desk: NewsDesk,
        ends: EndWatch,
        tickets: TicketOffice[CallbackTicket],
        metrics: GatewayMetrics,
        clock: Callable[[], float],
    ) -> None:
        self._producer = producer
        self._desk = desk
        self._ends = ends
        self._tickets = tickets
        self._metrics = metrics
        self._clock = clock
        self._waiting = 0

    async def take(self, read: Read, token: str, form: Form) -> HTTPStatus:
        """Publish one callback: 204 once the bus has it, 503 for Twilio to tell it again.

        A ticket that does not fit will not fit the next time either: 204, and it is counted.
        """
        try:
            callback = self._read(read, token, form)
        except Invalid:
            self._metrics.refused(Refusal.TICKET)
            logger.warning("request_refused", reason=Refusal.TICKET.value)
            return HTTPStatus.NO_CONTENT
        self._tell_the_call(callback)
        outcome = await self._publish(callback)
        self._metrics.callback(outcome)
        is_taken = outcome is CallbackOutcome.PUBLISHED
        return HTTPStatus.NO_CONTENT if is_taken else HTTPStatus.SERVICE_UNAVAILABLE

    def _read(self, read: Read, token: str, form: Form) -> Callback:
        ticket = self._tickets.read(token)
        if ticket.account_sid != form.get("AccountSid"):
            raise Invalid("The ticket is another account's.")
        return Callback(
            ticket.tenant_id,
            ticket.attempt_id,
            ticket.account_sid,
            form.get("CallSid", ""),
            round(self._clock() * 1000),
            read(form),
        )

    def _tell_the_call(self, callback: Callback) -> None:
        """Whichever gateway has the call must know at once, and nobody waits for that."""
        match callback.event:
            case MachineJudged(answered_by=answered_by):
                told = MachineAnswered(callback.tenant_id, callback.call_sid, answered_by)
                self._desk.put(command_news(told))
            case StatusReported(status="completed"):
                self._ends.over(callback.tenant_id, callback.call_sid, callback.attempt_id)

    async def _publish(self, callback: Callback) -> CallbackOutcome:
        if self._waiting >= MAX_WAITING:
            return CallbackOutcome.TOO_MANY
        self._waiting += 1
        try:
            await publish_news(self._producer, callback_news(callback))
        except PublishFailed:
            return CallbackOutcome.NOT_PUBLISHED
        finally:
            self._waiting -= 1
        return CallbackOutcome.PUBLISHED
