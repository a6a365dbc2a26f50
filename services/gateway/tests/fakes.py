"""Stand-ins for Twilio and the workers, and a gateway's calls on the bus in memory."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

from gateway.budget import Budget
from gateway.calls import Calls, Identity
from gateway.capacity import Room
from gateway.endwatch import EndWatch
from gateway.follow import follow
from gateway.framelog import FrameLog
from gateway.metrics import GatewayMetrics
from gateway.news import NewsDesk
from gateway.replies import read_replies
from gateway.slots import Slots
from gateway.tickets import CallTickets, Ticket
from gateway.twilio_socket import ABNORMAL_CLOSE, SocketGone
from trunkline.agents import Agent, Language, ModelChoice, Phrases, Provider, Silence
from trunkline.agents.catalog import Agents
from trunkline.bus import Start
from trunkline.bus.memory import MemoryBus
from trunkline.events.call import (
    Action,
    ActionRequested,
    CallEvent,
    CallRecord,
    ReplyChunk,
    ReplyFinished,
    TurnStarted,
    WorkerEvent,
)
from trunkline.events.lifecycle import Lifecycle
from trunkline.events.topics import (
    CALLBACKS,
    COMMANDS,
    INTERRUPTS,
    LIFECYCLE,
    PROMPTS,
    TOPICS,
    TURNS,
    call_topic,
    replies_topic,
)
from trunkline.events.turn import TurnCancelled, TurnFinished, TurnRequested
from trunkline.events.twilio import Callback
from trunkline.events.wire import (
    decode_callback,
    decode_command,
    decode_interrupt,
    decode_lifecycle,
    decode_prompt,
    decode_record,
    decode_turn,
    encode_record,
)
from trunkline.metrics import Registry
from trunkline.testing.virtual_time import unix_now

CALL = "CA00000000000000000000000000000001"
GATEWAY = "gateway-1"
TICKET_KEY = "LS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0="
NUMBER, PERSON = "+15005550001", "+15005550006"
ATTEMPT = "0190f3f2-5b7e-7c3a-8000-000000000001"
APOLOGY = "Sorry, say that again?"
GOODBYE = "Goodbye."
AGENT = Agent(
    id="desk",
    tenant_id="acme",
    numbers=(NUMBER,),
    greeting="Hello.",
    instructions="Be brief.",
    languages=(Language(code="en-US"),),
    models=(ModelChoice(provider=Provider.OFFLINE),),
    silence=Silence(after_seconds=60),
    phrases=Phrases(apology=APOLOGY, goodbye=GOODBYE),
    version="v1",
)

PLACED = Ticket(
    *(CALL, "acme", AGENT.id, AGENT.version, 2**31), attempt_id=ATTEMPT, campaign_id="campaign-1"
)

# What `FakeWorker.answer` says in a call's first turn, as it reaches the socket.
FIRST = [{"type": "text", "token": "Answer 1 ", "last": False}]
REST = [
    {"type": "text", "token": "is this.", "last": False},
    {"type": "text", "token": "", "last": True},
]


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something has come true; virtual time makes looking often cheap."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # of many parties, none of which rings
            await asyncio.sleep(0.01)


class FakeSocket:
    """A socket whose other end is the test: it says what Twilio would, and sees what was sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.closed_with: int | None = None
        self._incoming: asyncio.Queue[str | bytes | int] = asyncio.Queue()
        self._takes = asyncio.Event()
        self._takes.set()

    def says(self, frame: dict[str, Any] | str) -> None:
        """Twilio sends a frame."""
        self._incoming.put_nowait(frame if isinstance(frame, str) else json.dumps(frame))

    def ends(self, code: int = 1000) -> None:
        """Twilio closes the socket, or it breaks."""
        self._incoming.put_nowait(code)

    def stops_taking(self) -> None:
        """From now on the transport's buffer is full."""
        self._takes.clear()

    def takes_again(self) -> None:
        """There is room in the transport's buffer."""
        self._takes.set()

    @property
    def text(self) -> str:
        """All words sent so far."""
        return "".join(frame["token"] for frame in self.sent if frame["type"] == "text")

    @property
    def ended(self) -> bool:
        """Whether the gateway has ended the session."""
        return any(frame["type"] == "end" for frame in self.sent)

    async def receive(self) -> str | bytes:
        frame = await self._incoming.get()
        if isinstance(frame, int):
            self._incoming.put_nowait(frame)
            raise SocketGone(frame)
        return frame

    async def send(self, data: bytes) -> None:
        await self._takes.wait()
        if self.closed_with is not None:
            raise SocketGone(ABNORMAL_CLOSE)
        self.sent.append(json.loads(data))

    async def close(self, code: int) -> None:
        if self.closed_with is None:
            self.closed_with = code
            self.ends(code)


class FakeWorker:
    """Reads prompts and writes what the test wants to be answered."""

    def __init__(self, bus: MemoryBus, name: str = "worker-1") -> None:
        self.asked: list[TurnRequested] = []
        self._bus = bus
        self._name = name
        self._n = count(1)
        self._chunks: dict[tuple[str, int, int], int] = {}

    async def run(self, answer: Callable[[TurnRequested], Awaitable[None]] | None = None) -> None:
        """Read prompts until cancelled, and answer each, unless the test does."""
        async with self._bus.read(PROMPTS.name, Start.BEGINNING) as reader:
            while True:
                for record in await reader.fetch():
                    prompt = decode_prompt(record.value)
                    if isinstance(prompt, TurnRequested):
                        self.asked.append(prompt)
                        if answer is not None:
                            await answer(prompt)

    async def answer(self, request: TurnRequested) -> None:
        """A whole reply, in two parts."""
        await self.start(request)
        await self.say(request, f"Answer {request.ref.turn} ")
        await self.say(request, "is this.")
        await self.finish(request)

    async def next(self, number: int = 1) -> TurnRequested:
        """The n-th turn that was asked, attempts counted, once it was."""
        await until(lambda: len(self.asked) >= number)
        return self.asked[number - 1]

    async def start(self, request: TurnRequested) -> None:
        ref = request.ref
        await self.write(request, TurnStarted(ref.turn, ref.attempt, self._name, 0))

    async def say(self, request: TurnRequested, text: str) -> None:
        ref = request.ref
        place = (ref.call_sid, ref.turn, ref.attempt)
        seq = self._chunks.get(place, 0)
        self._chunks[place] = seq + 1
        await self.write(request, ReplyChunk(ref.turn, ref.attempt, seq, text))

    async def asks_for(self, request: TurnRequested, action: Action, use_id: str = "use-1") -> None:
        ref = request.ref
        await self.write(request, ActionRequested(ref.turn, ref.attempt, use_id, action))

    async def finish(self, request: TurnRequested) -> None:
        ref = request.ref
        chunks = self._chunks.get((ref.call_sid, ref.turn, ref.attempt), 0)
        await self.write(request, ReplyFinished(ref.turn, ref.attempt, chunks))

    async def write(self, request: TurnRequested, event: WorkerEvent) -> None:
        """Put a record where the answers to this prompt go."""
        ref = request.ref
        writer = f"{self._name}/{ref.turn}.{ref.attempt}"
        record = CallRecord(
            *(ref.tenant_id, ref.call_sid, writer, next(self._n), ref.attachment_id, ref.epoch),
            event,
        )
        await self._bus.calls.send(request.reply_topic, encode_record(record), key=ref.call_sid)


@asynccontextmanager
async def open_exchange(
    *, creates: float = 10.0, slots: int = 3, reserve: int = 0, agent: Agent = AGENT
) -> AsyncIterator["Exchange"]:
    """An exchange whose topics exist; what its calls still run as is stopped at the end."""
    exchange = Exchange(creates=creates, slots=slots, reserve=reserve, agent=agent)
    await exchange.open()
    async with asyncio.TaskGroup() as tasks:
        exchange.tasks = tasks
        running = [
            tasks.create_task(exchange.read_replies(), name="replies"),
            tasks.create_task(exchange.read_commands(), name="commands"),
            tasks.create_task(exchange.desk.run(), name="news"),
        ]
        yield exchange
        for task in [*running, *exchange.holding]:
            task.cancel()


class Exchange:
    """A gateway's calls, with everything around them in memory."""

    def __init__(
        self,
        *,
        slots: int = 3,
        reserve: int = 0,
        creates: float = 10.0,
        gateway: str = GATEWAY,
        agent: Agent = AGENT,
    ) -> None:
        self.bus = MemoryBus(clock=unix_now)
        self.registry = Registry()
        self.metrics = GatewayMetrics(self.registry)
        self.slots = Slots(slots, reserve)
        self.tickets = CallTickets([TICKET_KEY], unix_now)
        self.agents = Agents([agent])
        self.desk = NewsDesk(self.bus.bulk, self.metrics)
        self.ends = EndWatch(self.desk, unix_now)
        self.room = Room(gateway, self.slots, unix_now)
        self.worker = FakeWorker(self.bus)
        self.replies = replies_topic(gateway).name
        self.tasks = asyncio.TaskGroup()
        self.holding: list[asyncio.Task[None]] = []
        self._ids = count(1)
        self.calls = Calls(
            self.bus,
            self.agents,
            self.tickets,
            Identity(gateway, self.replies, unix_now, lambda: f"{gateway}/{next(self._ids)}"),
            self.slots,
            Budget(creates, burst=creates),
            self.desk,
            self.ends,
            self.metrics,
            FrameLog(None, unix_now),
        )

    async def open(self) -> None:
        """Create the topics that exist as long as the cluster and the gateway do."""
        shared = [topic.new() for topic in TOPICS]
        await self.bus.create_topics([*shared, replies_topic(GATEWAY)])

    def answers(self) -> None:
        """From now on a worker answers whatever is asked."""
        self._start(self.worker.run(self.worker.answer), "worker")

    def listens(self) -> None:
        """From now on a worker reads prompts; the test answers them."""
        self._start(self.worker.run(), "worker")

    def accept(self, socket: FakeSocket) -> asyncio.Task[None]:
        """Hold a call, as the server does after an upgrade."""
        slot = self.slots.take()
        assert slot is not None
        return self._start(self.calls.hold(socket, slot), "call")

    async def call(self, call_sid: str = CALL, *, tries: int = 0) -> FakeSocket:
        """A call that has begun, with or without a topic."""
        before = self._begun
        socket = self.ring(call_sid, tries=tries)
        await until(lambda: self._begun > before)
        return socket

    @property
    def _begun(self) -> float:
        with_topic = self.value("trunkline_gateway_attach_seconds_count")
        return with_topic + self.value("trunkline_gateway_calls_without_topic_total")

    async def placed(self, ticket: Ticket | None = None) -> FakeSocket:
        """A call that we have placed, once it has begun, or was not let in."""
        before, socket = self._begun, FakeSocket()
        frame = setup(CALL, self.tickets.issue(ticket or PLACED))
        socket.says({**frame, "from": NUMBER, "to": PERSON, "direction": "outbound-api"})
        self.accept(socket)
        await until(lambda: self._begun > before or socket.closed_with is not None)
        return socket

    def ring(self, call_sid: str = CALL, *, tries: int = 0) -> FakeSocket:
        """A call that is about to begin."""
        socket = FakeSocket()
        socket.says(self.setup(call_sid, tries=tries))
        self.accept(socket)
        return socket

    async def read_replies(self) -> None:
        """Read the gateway's own topic of replies."""
        async with self.bus.read(self.replies, Start.END) as reader:
            await read_replies(reader, self.calls.deliver, self.metrics)

    async def watch_ends(self) -> None:
        """Tell the ends that nobody else tells."""
        heard = follow(self.bus, LIFECYCLE.name, decode_lifecycle, self.ends.hear, self.metrics)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(heard, name="lifecycle")
            tasks.create_task(self.ends.run(), name="ends")

    async def read_commands(self) -> None:
        """Read what is told to every gateway."""
        await follow(self.bus, COMMANDS.name, decode_command, self.calls.obey, self.metrics)

    def _start(self, running: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = self.tasks.create_task(running, name=name)
        self.holding.append(task)
        return task

    def ticket(self, call_sid: str = CALL, *, tries: int = 0) -> str:
        """A ticket as the TwiML carries it."""
        expires_at = round(unix_now()) + 7200
        return self.tickets.issue(
            Ticket(call_sid, AGENT.tenant_id, AGENT.id, AGENT.version, expires_at, tries)
        )

    def setup(self, call_sid: str = CALL, *, tries: int = 0) -> dict[str, Any]:
        """The first frame of a session with a ticket of ours."""
        return setup(call_sid, self.ticket(call_sid, tries=tries))

    def log(self, call_sid: str = CALL) -> list[CallRecord]:
        """All records of a call's topic; none where there is no topic."""
        with suppress(KeyError):
            return records(self.bus, call_topic(call_sid).name)
        return []

    def events(self, call_sid: str = CALL) -> list[CallEvent]:
        """What happened in a call, by its topic."""
        return [record.event for record in self.log(call_sid)]

    def count(self, kind: type[CallEvent]) -> int:
        """How many records of this kind the call's log has."""
        return sum(isinstance(event, kind) for event in self.events())

    def has(self, kind: type[CallEvent]) -> bool:
        """Whether the call's log has a record of this kind."""
        return self.count(kind) > 0

    def cancels(self) -> list[TurnCancelled]:
        """All cancels published."""
        return [decode_interrupt(record.value) for record in self.bus.records(INTERRUPTS.name)]

    def turns(self, call_sid: str = CALL) -> list[TurnFinished]:
        """The turns that were told to those who keep the books."""
        told = [decode_turn(one.value) for one in self.bus.records(TURNS.name)]
        return [one for one in told if one.call_sid == call_sid]

    def lifecycle(self, call_sid: str = CALL) -> list[Lifecycle]:
        """What those who keep the books were told of a call."""
        told = [decode_lifecycle(one.value) for one in self.bus.records(LIFECYCLE.name)]
        return [event for event in told if event.call_sid == call_sid]

    def callbacks(self) -> list[Callback]:
        """What the dialer was told."""
        return [decode_callback(one.value) for one in self.bus.records(CALLBACKS.name)]

    def value(self, sample: str) -> float:
        """The value of a metric, labels included as they are exposed; 0 if it has none."""
        for line in self.registry.exposition().decode().splitlines():
            name, _, number = line.rpartition(" ")
            if name == sample:
                return float(number)
        return 0.0


def records(bus: MemoryBus, topic: str) -> list[CallRecord]:
    """All records of one topic of replies."""
    return [decode_record(record.value) for record in bus.records(topic)]


def setup(call_sid: str, ticket: str) -> dict[str, Any]:
    """Twilio's first frame."""
    return {
        "type": "setup",
        "sessionId": "VX1",
        "callSid": call_sid,
        "from": PERSON,
        "to": NUMBER,
        "direction": "inbound",
        "customParameters": {"ticket": ticket},
    }


def prompt(text: str, *, last: bool = True) -> dict[str, Any]:
    """The caller has said something."""
    return {"type": "prompt", "voicePrompt": text, "lang": "en-US", "last": last}


def interrupt(heard: str) -> dict[str, Any]:
    """The caller has cut the agent short."""
    return {
        "type": "interrupt",
        "utteranceUntilInterrupt": heard,
        "durationUntilInterruptMs": 460,
    }
