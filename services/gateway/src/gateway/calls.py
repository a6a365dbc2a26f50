"""The live calls of this process: the boundary around each, and the drain."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

from structlog.contextvars import bound_contextvars

from gateway.attach import LiveLog, attach, tell_elsewhere
from gateway.attachment import Attachment
from gateway.budget import Budget
from gateway.connection import Connection
from gateway.early import EarlySocket
from gateway.effects import MachineFound, WorkerWrote
from gateway.endwatch import EndWatch
from gateway.framelog import FrameLog
from gateway.metrics import GatewayMetrics, Refusal
from gateway.news import NewsDesk, lifecycle_news
from gateway.reception import Opening, receive
from gateway.session import CallSession
from gateway.slots import Slot, Slots, Tally
from gateway.story import tell
from gateway.tickets import CallTickets
from gateway.twilio_socket import Socket, SocketGone
from gateway.unless import unless
from gateway.verdicts import Verdicts
from gateway.watch import Watch
from trunkline.agents import TransferTo
from trunkline.agents.catalog import Agents
from trunkline.bus import Bus
from trunkline.errors import Invalid, Transient
from trunkline.events.call import NO_EPOCH, Attached, CallRecord, EndReason
from trunkline.events.commands import Command
from trunkline.events.topics import PROMPTS, call_topic
from trunkline.logs import get_logger

# The greeting is being spoken meanwhile; after that the call goes on without a topic.
ATTACH_SECONDS = 2.0
PATIENCE_SECONDS = 1.5  # to wait for the budget of new topics
END_SECONDS = 5.0  # for Twilio to close the socket after our `end`
# A topic outlives its call by this: workers stop writing to it (their longest turn is cancelled at
# once, their publish deadline is 2 s), and a session that failed is taken up again within it. One
# that was passed on may come back when nobody answers: so much longer it is kept.
LINGER_SECONDS = 60.0
NORMAL = 1000
POLICY_VIOLATION = 1008
INTERNAL_ERROR = 1011
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013

logger = get_logger()


@dataclass(frozen=True, slots=True)
class Identity:
    """Which process this is. `clock` is Unix time in seconds; no two attachment ids are alike."""

    gateway_id: str
    replies_topic: str
    clock: Callable[[], float]
    new_attachment_id: Callable[[], str]


class Calls:
    """Holds one call per accepted socket."""

    def __init__(
        self,
        bus: Bus,
        agents: Agents,
        tickets: CallTickets,
        identity: Identity,
        slots: Slots,
        creates: Budget,
        desk: NewsDesk,
        ends: EndWatch,
        metrics: GatewayMetrics,
        frame_log: FrameLog,
    ) -> None:
        self._bus = bus
        self._agents = agents
        self._tickets = tickets
        self._me = identity
        self._slots = slots
        self._creates = creates
        self._desk = desk
        self._ends = ends
        self._metrics = metrics
        self._frame_log = frame_log
        self._live: dict[str, Connection] = {}
        self._verdicts = Verdicts()
        self._topics = Tally()  # that we still hold: a call's outlives its socket
        self._stopped = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def hold(self, socket: Socket, slot: Slot) -> None:
        """One call, from its accepted socket to the end of its topic."""
        try:
            opening = await receive(socket, self._tickets, self._agents)
        except SocketGone:
            return
        except (Invalid, TimeoutError) as error:
            reason = Refusal.SETUP if isinstance(error, TimeoutError) else Refusal.TICKET
            self._metrics.refused(reason)
            logger.warning("session_refused", reason=reason.value)
            await socket.close(POLICY_VIOLATION)
        else:
            with bound_contextvars(**_named(opening)):
                await self._admit(opening, socket, slot)
        finally:
            slot.release()

    async def _admit(self, opening: Opening, socket: Socket, slot: Slot) -> None:
        """An outbound call that has met a slot kept for inbound ones is sent on, but only once.

        The upgrade does not say what comes. Twilio asks the action URL then, and is led here or to
        another gateway; whoever has answered our call is not turned away a second time.
        """
        if opening.is_outbound and not opening.ticket.is_resumed and self._slots.has_lent:
            self._metrics.refused(Refusal.RESERVED)
            logger.warning("session_refused", reason=Refusal.RESERVED.value)
            await socket.close(TRY_AGAIN_LATER)
        else:
            await self._contain(opening, socket, slot)

    async def _contain(self, opening: Opening, socket: Socket, slot: Slot) -> None:
        """The boundary of one call: whatever goes wrong inside, the others never notice."""
        try:
            await self._converse(opening, socket, slot)
        except* Exception:
            self._metrics.call_ended("internal_error")
            logger.exception("call_broken")
            await socket.close(INTERNAL_ERROR)

    async def _converse(self, opening: Opening, socket: Socket, slot: Slot) -> None:
        began = self._loop.time()
        attached = self._attached(opening)
        async with AsyncExitStack() as stack:
            stack.enter_context(self._topics.one())
            early = EarlySocket(socket)
            log = await self._attach(stack, opening, attached, early)
            connection = self._connect(opening, attached, log, early)
            logger.info("call_opened", tries=opening.ticket.tries, has_topic=log is not None)
            await self._run(connection, attached, log, early)
            slot.release()
            ended_at = self._loop.time()
            self._note_end(connection.session, log, began)
            has_ended = connection.session.end_reason is not None
            passed_to = opening.agent.transfers.get(connection.session.passed_to)
            is_ours = await self._outlasts(log, passed_to) if log else has_ended
            if self._ends.has_resumed(opening.setup.call_sid, ended_at):
                is_ours = False  # whoever has it by now could not write so into its log, perhaps
        if is_ours and not has_ended:
            self._metrics.call_ended(EndReason.LOST)
            self._desk.put(lifecycle_news(connection.session.lost(ended_at)))
            logger.warning("call_lost")
        if is_ours and not may_wait_long(passed_to):
            await self._delete_topic(opening.setup.call_sid)

    def _attached(self, opening: Opening) -> CallRecord:
        setup, ticket, attachment_id = opening.setup, opening.ticket, self._me.new_attachment_id()
        event = Attached(
            gateway=self._me.gateway_id,
            tries=ticket.tries,
            agent_id=opening.agent.id,
            agent_version=opening.agent.version,
            language=opening.language,
            variables=ticket.variables,
            greeting=opening.greeting,
            from_=setup.from_,
            to=setup.to,
            direction=setup.direction,
            at_ms=round(self._me.clock() * 1000),
        )
        return CallRecord(
            ticket.tenant_id, setup.call_sid, attachment_id, 1, attachment_id, NO_EPOCH, event
        )

    async def _attach(
        self, stack: AsyncExitStack, opening: Opening, attached: CallRecord, early: EarlySocket
    ) -> LiveLog | None:
        """The call's log; none if its topic is not to be had by the caller's first words.

        A call that is resumed waits for its story, whatever is said meanwhile.
        """
        began = self._loop.time()
        wait = self._creates.take(began, PATIENCE_SECONDS)
        hurry = asyncio.Event().wait if opening.ticket.is_resumed else early.prompted
        try:
            async with unless(hurry):
                if wait is not None:
                    await asyncio.sleep(wait)
                    opened = attach(self._bus, attached, self._metrics, seconds=ATTACH_SECONDS)
                    log = await stack.enter_async_context(opened)
                    self._metrics.attach_seconds.observe(self._loop.time() - began)
                    return log
        except* (Transient, TimeoutError):
            logger.warning("call_topic_late")
        self._metrics.without_topic.inc()
        return None

    def _connect(
        self, opening: Opening, attached: CallRecord, log: LiveLog | None, socket: Socket
    ) -> Connection:
        setup, ticket, call_sid = opening.setup, opening.ticket, opening.setup.call_sid
        attachment = Attachment(
            tenant_id=attached.tenant_id,
            call_sid=call_sid,
            attachment_id=attached.attachment_id,
            reply_topic=call_topic(call_sid).name if log else self._me.replies_topic,
            home_partition=zlib.crc32(call_sid.encode()) % PROMPTS.partitions,
            partitions=PROMPTS.partitions,
            unix_offset=self._me.clock() - self._loop.time(),
            epoch=log.ownership.epoch if log else NO_EPOCH,
            is_resumed=ticket.is_resumed,
            came_back=ticket.came_back,
            session_id=setup.session_id,
            direction=setup.direction,
            from_=setup.from_,
            to=setup.to,
            attempt_id=ticket.attempt_id,
            on_machine=ticket.on_machine,
            detects_machines=ticket.detects_machines,
            opt_out_key=ticket.opt_out_key,
            is_recorded=ticket.is_recorded,
            language=opening.language,
            variables=ticket.variables,
        )
        story = log.story if log else tell([attached])
        session = CallSession(attachment, opening.agent, story, written=1)
        watch, frames = Watch(self._metrics), self._frame_log.of_call(call_sid)
        connection = Connection(session, socket, self._bus.calls, self._desk, watch, frames)
        verdict = self._verdicts.of(call_sid, self._loop.time()) or ticket.answered_by
        if verdict:
            connection.tell(MachineFound(verdict))
        return connection

    async def _run(
        self, connection: Connection, attached: CallRecord, log: LiveLog | None, socket: Socket
    ) -> None:
        self._live[attached.attachment_id] = connection
        try:
            async with asyncio.TaskGroup() as tasks:
                aside = tasks.create_task(self._tell_elsewhere(attached, log), name="elsewhere")
                await connection.run(log)
                aside.cancel()
        finally:
            del self._live[attached.attachment_id]
        if connection.session.end_reason is None:
            await socket.close(SERVICE_RESTART)  # not over: Twilio asks the action URL what now
        else:
            await _wait_for_close(socket)

    async def _tell_elsewhere(self, attached: CallRecord, log: LiveLog | None) -> None:
        if log is None:
            await tell_elsewhere(self._bus, attached, self._me.replies_topic)

    def _note_end(self, session: CallSession, log: LiveLog | None, began: float) -> None:
        reason = session.end_reason.name.lower() if session.end_reason else "detached"
        if log and log.ownership.is_lost:
            reason = "taken_over"
        self._metrics.call_ended(reason)
        logger.info(
            "call_closed",
            reason=reason,
            turns=session.story.turn.number,
            duration_ms=round((self._loop.time() - began) * 1000),
        )

    async def _outlasts(self, log: LiveLog, passed_to: TransferTo | None) -> bool:
        """Whether the topic was kept for its time and no newer attachment has come."""
        rings = passed_to.dial.timeout_seconds if passed_to and passed_to.dial else 0
        linger = LINGER_SECONDS + rings
        try:
            async with asyncio.timeout(linger), unless(self._stopped.wait):
                await log.taken_over()
        except TimeoutError:
            return not self._stopped.is_set()  # the janitor finds what a stop leaves behind
        return False

    async def _delete_topic(self, call_sid: str) -> None:
        with suppress(Transient, TimeoutError):  # the janitor finds what is left
            await self._bus.delete_topics([call_topic(call_sid).name])

    def deliver(self, record: CallRecord) -> None:
        """Hand a reply of the gateway's own topic to its call, if that is still here."""
        if connection := self._live.get(record.attachment_id):
            connection.tell(WorkerWrote(record))

    def obey(self, command: Command) -> None:
        """Act on what was told to every gateway, for a call that is here or may still come."""
        self._verdicts.keep(command.call_sid, command.answered_by, self._loop.time())
        for connection in self._live.values():
            if connection.call_sid == command.call_sid:
                connection.tell(MachineFound(command.answered_by))

    async def drain(self, seconds: float) -> None:
        """Take no more calls and let the live ones end; close those that have not by then."""
        self._slots.is_draining = True
        logger.info("gateway_draining", calls=len(self._live))
        await _within(seconds, self._slots.wait_until_free())
        for connection in list(self._live.values()):
            connection.leave(SERVICE_RESTART)
        await _within(END_SECONDS, self._slots.wait_until_free())
        self._stopped.set()
        await _within(END_SECONDS, self._topics.none_left())


def _named(opening: Opening) -> dict[str, str]:
    """What every line of a call's log carries."""
    ticket = opening.ticket
    names = {
        "call_id": opening.setup.call_sid,
        "agent_id": opening.agent.id,
        "campaign_id": ticket.campaign_id,
        "attempt_id": ticket.attempt_id,
    }
    return {name: value for name, value in names.items() if value}


def may_wait_long(passed_to: TransferTo | None) -> bool:
    """Whether the call waits in a queue that may give it back at any time: the janitor's, then."""
    return passed_to is not None and passed_to.enqueue is not None


async def _within(seconds: float, event: Awaitable[None]) -> None:
    """Wait for something, but not for ever."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event


async def _wait_for_close(socket: Socket) -> None:
    """Twilio closes the socket after our `end`: a close of ours could overtake it."""
    with suppress(SocketGone, TimeoutError):
        async with asyncio.timeout(END_SECONDS):
            while True:
                await socket.receive()
    await socket.close(NORMAL)
