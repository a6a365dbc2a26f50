"""One call's socket: frames and records become events, effects become frames and records."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import NoReturn

from gateway.attach import LiveLog
from gateway.calllog import Verdict
from gateway.effects import (
    Announce,
    Announced,
    Append,
    Appended,
    Asked,
    AskWorker,
    CancelTurn,
    CloseSocket,
    DropUnsent,
    Effect,
    Event,
    FrameEffect,
    PressDigits,
    SendEnd,
    SendLanguage,
    SendText,
    SocketClosed,
    StartSound,
    StartTimer,
    StopTimer,
    TakenOver,
    TellTurn,
    TimerFired,
    WarmUp,
    WorkerWrote,
)
from gateway.framelog import CallFrameLog
from gateway.news import NewsDesk, lifecycle_news, turn_news
from gateway.outbox import Outbox, Overflow
from gateway.publications import Publication, publish
from gateway.session import CallSession, State
from gateway.timers import Timers
from gateway.twilio_socket import ABNORMAL_CLOSE, Socket, SocketGone
from gateway.watch import Watch
from gateway.wire import Unused, frame_of, parse_frame, text_frame
from trunkline.bus import Position, Producer
from trunkline.errors import Invalid, PublishFailed
from trunkline.events.lifecycle import Lifecycle, OptOutRequested

MAX_MALFORMED = 10  # frames in a row; Twilio, too, closes a socket after ten
MALFORMED_CLOSE = 1007
_TYPES = {
    SendLanguage: "language",
    StartSound: "play",
    PressDigits: "sendDigits",
    SendEnd: "end",
}
SEND_SECONDS = 10.0  # a socket that takes nothing for so long is dead


class Connection:
    """A session with its socket and its log, for as long as both last."""

    def __init__(
        self,
        session: CallSession,
        socket: Socket,
        producer: Producer,
        desk: NewsDesk,
        watch: Watch,
        frame_log: CallFrameLog,
    ) -> None:
        self.session = session
        self._socket = socket
        self._producer = producer
        self._desk = desk
        self._watch = watch
        self._frame_log = frame_log
        self._loop = asyncio.get_running_loop()
        self._frames: Outbox[FrameEffect] = Outbox()
        self._records: Outbox[Publication] = Outbox()
        self._told: Outbox[Event] = Outbox()
        self._wishes: Outbox[asyncio.Future[bool]] = Outbox()
        self._timers = Timers()
        self._saying: asyncio.Task[object] | None = None
        self._is_dropped = False

    @property
    def call_sid(self) -> str:
        """Twilio's CallSid."""
        return self.session.call_sid

    async def run(self, log: LiveLog | None) -> None:
        """Converse until the session has ended and everything it wanted is written."""
        self._perform(self.session.start(self._loop.time()))
        async with asyncio.TaskGroup() as tasks:
            sources = [
                tasks.create_task(self._read_frames(), name="frames"),
                tasks.create_task(self._listen(), name="told"),
                tasks.create_task(self._run_timers(), name="timers"),
                tasks.create_task(self._await_wishes(), name="wishes"),
            ]
            if log is not None:
                sources.append(tasks.create_task(self._read_log(log), name="log"))
            writing = tasks.create_task(self._write_records(tasks), name="records")
            await self._write_frames()
            await writing
            for source in sources:
                source.cancel()

    def feed(self, event: Event) -> None:
        """Let an event happen, in the step that read it: nothing overtakes it."""
        now = self._loop.time()
        effects = self.session.handle(event, now)
        self._watch.noticed(event, effects, now)
        self._perform(effects)

    def tell(self, event: Event) -> None:
        """Take an event that came by a topic of all calls, to be acted on in the call's group.

        One too many is dropped: of a reply the session misses words, and asks another worker.
        """
        with suppress(Overflow):
            self._told.put(event)

    def leave(self, code: int) -> None:
        """Give the call up, for another gateway to take it up."""
        self._frames.put(CloseSocket(code))
        self.feed(SocketClosed(code))

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Append() | AskWorker() | CancelTurn() | WarmUp():
                    self._records.put(effect)
                case Announce(event):
                    self._announce(event)
                case TellTurn(turn):
                    self._desk.put(turn_news(turn))
                case DropUnsent():
                    self._drop_unsent()
                case StartTimer(timer, seconds):
                    self._timers.start(timer, seconds)
                case StopTimer(timer):
                    self._timers.stop(timer)
                case _:
                    self._frames.put(effect)
        if self.session.state is State.ENDED:
            self._timers.close()
            self._frames.close()
            self._records.close()
            self._told.close()
            self._wishes.close()

    async def _read_frames(self) -> None:
        malformed = 0
        try:
            while malformed < MAX_MALFORMED:
                malformed = 0 if self._read_frame(await self._socket.receive()) else malformed + 1
            await self._socket.close(MALFORMED_CLOSE)
            self.feed(SocketClosed(MALFORMED_CLOSE))
        except SocketGone as gone:
            self.feed(SocketClosed(gone.code))

    def _read_frame(self, data: str | bytes) -> bool:
        """Act on one frame; false if it was none."""
        try:
            frame = parse_frame(data)
        except Invalid:
            self._watch.malformed()
            return False
        turn = self.session.story.turn.number
        self._frame_log.read(frame, turn)
        if isinstance(frame, Unused):
            self._watch.unused(frame)
        else:
            self.feed(frame)
        return True

    async def _read_log(self, log: LiveLog) -> NoReturn:
        while True:
            for verdict, record in await log.read():
                if verdict is Verdict.APPLIES:
                    self.feed(WorkerWrote(record))
                elif verdict is Verdict.TAKEN_OVER:
                    self.feed(TakenOver())

    async def _listen(self) -> None:
        """Act on what came by a topic of all calls."""
        while (event := await self._told.take()) is not None:
            self.feed(event)

    def _announce(self, event: Lifecycle) -> None:
        told = self._desk.put(lifecycle_news(event))
        if isinstance(event, OptOutRequested):
            self._wishes.put(told)

    async def _await_wishes(self) -> None:
        """A wish may take longer than the call: it goes on its way without us."""
        while (told := await self._wishes.take()) is not None:
            self.feed(Announced(failed=not await asyncio.shield(told)))

    async def _run_timers(self) -> None:
        while (timer := await self._timers.next()) is not None:
            self.feed(TimerFired(timer))

    async def _write_frames(self) -> None:
        while (effect := await self._frames.take()) is not None:
            try:
                await self._write_frame(effect)
            except SocketGone as gone:
                self.feed(SocketClosed(gone.code))

    async def _write_frame(self, effect: FrameEffect) -> None:
        match effect:
            case SendText(turn, seq, ""):
                await self._send(text_frame(effect))
                self._frame_log.sent("text", turn, seq)
            case SendText(turn, seq, token):
                if await self._say(text_frame(effect)):
                    self._watch.sent(effect, self._loop.time())
                    self._frame_log.sent("text", turn, seq, len(token))
            case CloseSocket(code):
                await self._socket.close(code)
            case SendLanguage() | StartSound() | PressDigits() | SendEnd():
                await self._send(frame_of(effect))
                self._frame_log.sent(_TYPES[type(effect)])

    async def _say(self, frame: bytes) -> bool:
        """Hand words to the transport; false if an interrupt came while that was full."""
        self._saying = asyncio.current_task()
        try:
            await self._send(frame)
        except asyncio.CancelledError:
            if not self._is_dropped or self._saying is None or self._saying.uncancel():
                raise
            return False
        finally:
            self._saying, self._is_dropped = None, False
        return True

    async def _send(self, frame: bytes) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.send(frame)
        except TimeoutError:
            raise SocketGone(ABNORMAL_CLOSE) from None

    def _drop_unsent(self) -> None:
        """Drop all words, and keep what closes an utterance of which some are on their way.

        Words that wait for room in the transport are stopped by cancelling at once: a deadline
        that has passed would be noticed after the room, when both come in one pass of the loop.
        """
        self._frames.drop(_is_audible)
        if self._saying is not None and not self._is_dropped:
            self._is_dropped = True
            self._saying.cancel()

    async def _write_records(self, tasks: asyncio.TaskGroup) -> None:
        """Queue records in order, without waiting for one to be acknowledged before the next."""
        while (publication := await self._records.take()) is not None:
            try:
                pending = await publish(self._producer, publication)
            except (PublishFailed, Invalid):
                self._settle(publication, failed=True)
            else:
                tasks.create_task(self._confirm(publication, pending), name="confirm")

    async def _confirm(self, publication: Publication, pending: Awaitable[Position]) -> None:
        failed = False
        try:
            await pending
        except (PublishFailed, Invalid):  # the latter: larger than the cluster takes
            failed = True
        self._settle(publication, failed=failed)

    def _settle(self, publication: Publication, *, failed: bool) -> None:
        if failed:
            self._watch.publish_failed(publication)
        match publication:
            case Append(record):
                self.feed(Appended(record.n, failed))
            case AskWorker(request):
                self.feed(Asked(request.ref.turn, request.ref.attempt, failed))


def _is_audible(effect: FrameEffect) -> bool:
    """Whether the caller would hear it; what closes an utterance is silent."""
    return isinstance(effect, StartSound) or (isinstance(effect, SendText) and effect.token != "")
