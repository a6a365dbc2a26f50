"""The WebSocket of one ConversationRelay session: the shell around `RelaySession`."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Mapping

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.frames import CloseCode

from twilio_emulator import protocol
from twilio_emulator.events import (
    Event,
    Noted,
    Reconnected,
    SessionClosed,
    SessionOpened,
    SessionStatus,
)
from twilio_emulator.ledger import CallLedger
from twilio_emulator.plan import CallPlan, new_sid
from twilio_emulator.relay import ConversationRelay
from twilio_emulator.session import INVALID_VALUE, Close, Output, RelaySession
from twilio_emulator.upgrade import MAX_FRAME_BYTES, upgrade, write

UNABLE_TO_CONNECT = 64102
WEBSOCKET_ENDED = 64105
KEPT_EVENTS = 500  # what Twilio says it buffers for a socket that it connects again
RECONNECT_SECONDS = 10.0  # how long and how often Twilio tries is not documented
RECONNECT_PAUSE_SECONDS = 0.2
UNREACHABLE = (OSError, TimeoutError, WebSocketException)


class Line:
    """One session from the upgrade to the close. `run` reads; the other methods are deeds."""

    def __init__(
        self,
        plan: CallPlan,
        relay: ConversationRelay,
        ledger: CallLedger,
        note: Callable[[Event], None],
        resumed: bool,
        sounds: Mapping[str, float],
    ) -> None:
        self._plan = plan
        self._relay = relay
        self._note = note
        self._resumed = resumed
        self._socket: ClientConnection | None = None
        self._kept: deque[str] = deque(maxlen=KEPT_EVENTS)  # the latest frames
        self._unsent = 0  # how many of them came up while there was no socket
        self._connected = False
        self._wake = asyncio.Event()
        self._closing: SessionStatus | None = None
        self.session = RelaySession(
            new_sid("VX"),
            relay,
            ledger,
            note,
            plan.script.speaking_cps or plan.speaking_cps,
            plan.tts_latency_ms / 1000,
            plan.quirks,
            sounds,
        )

    @property
    def open(self) -> bool:
        return self._connected and self._closing is None

    async def run(self, connected: Callable[[], bool]) -> SessionClosed:
        """Live through the session; `connected` is called once the caller can be heard, and tells
        whether there still is one.
        """
        began = time.monotonic()
        if refusal := self._relay.refusal(self._plan.quirks.blocked_voices):
            return self._closed(began, "failed", INVALID_VALUE, refusal)
        try:
            self._socket = await upgrade(self._plan, self._relay.url)
        except UNREACHABLE as problem:
            reason = f"unable to connect to the WebSocket: {problem or type(problem).__name__}"
            return self._closed(began, "failed", UNABLE_TO_CONNECT, reason)
        self._connected = True
        try:
            await self._open()
            if not connected():
                await self.close()
            async with asyncio.TaskGroup() as tasks:
                voice = tasks.create_task(self._speak_on(), name="voice")
                await self._read_to_the_end()
                voice.cancel()
        finally:
            if self._socket is not None:
                self._socket.transport.abort()  # already closed, unless the call was cut off
        self.session.hang_up(time.monotonic())
        if self._closing in (None, "failed"):
            code, reason = self.session.failure or (WEBSOCKET_ENDED, "the WebSocket ended")
            return self._closed(began, "failed", code, reason)
        return self._closed(began, self._closing or "failed")

    async def cut_in(self) -> bool:
        """Begin to speak; True if that interrupted the agent."""
        now = time.monotonic()
        out = self.session.cut_in(now)
        await self._put([*out, *self.session.caller_audible(True, now)])
        return any(isinstance(message, protocol.Interrupt) for message in out)

    async def say(self, text: str, lang: str | None, clear: bool) -> None:
        """The words that were spoken, now that they are complete."""
        now = time.monotonic()
        out = self.session.caller_audible(False, now)
        await self._put(out + self.session.say(text, now, lang, clear))

    async def murmur(self, text: str, lang: str | None, clear: bool) -> None:
        """The part of the words that has been spoken by now."""
        await self._put(self.session.murmur(text, time.monotonic(), lang, clear))

    async def break_off(self, text: str, lang: str | None) -> None:
        """Hang up in the middle of a sentence, of which this has been spoken."""
        await self._put(self.session.break_off(text, time.monotonic(), lang))
        await self.close()

    async def press(self, digit: str) -> None:
        await self._put(self.session.press(digit, time.monotonic()))

    async def send_raw(self, frame: str) -> None:
        if self._socket is not None:
            await write(self._socket, frame)

    async def close(self) -> None:
        """The caller hung up."""
        await self._put([Close(1000, protocol.CLOSE_REASON)], "completed")

    def reset(self) -> None:
        """Lose the connection in the rudest way: a TCP reset, no close frame."""
        if self._socket is None:
            return
        raw = self._socket.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.transport.abort()
        self._lose()

    def _lose(self) -> None:
        """The socket is gone: for good, unless the TwiML has it connected again."""
        if not self._relay.flag("applicationReconnect"):
            self._closing = self._closing or "failed"
        elif self._closing is None:
            self._socket = None

    async def _open(self) -> None:
        now = time.monotonic()
        session = self.session
        greeting = self._relay.welcome_greeting
        self._note(SessionOpened(now, session.session_id, self._relay.url, greeting))
        await self._put(session.open(self._setup(), now))

    def _setup(self) -> protocol.Setup:
        plan = self._plan
        absent = None if plan.quirks.nulls_in_setup else ""
        return protocol.Setup(
            session_id=self.session.session_id,
            account_sid=plan.account_sid,
            call_sid=plan.call_sid,
            from_number=plan.from_number,
            to_number=plan.to_number,
            call_status=self._call_status(),
            direction=plan.direction,
            custom_parameters=dict(self._relay.parameters),
            parent_call_sid=absent,
            forwarded_from=absent,
            caller_name=absent,
        )

    def _call_status(self) -> str:
        ringing = self._plan.direction == "inbound" and not self._resumed
        return "RINGING" if ringing else "IN_PROGRESS"

    async def _read_to_the_end(self) -> None:
        """Read one socket, and where the TwiML wants that, those that take its place."""
        while (source := self._socket) is not None:
            await self._read(source)
            self._lose()
            if self._closing is not None:
                return
            await self._reconnect()

    async def _reconnect(self) -> None:
        """Connect again and tell what was missed; without success the socket stays lost."""
        try:
            async with asyncio.timeout(RECONNECT_SECONDS):
                connection = await self._try_again()
        except TimeoutError:
            return
        if connection is not None:
            await self._catch_up(connection)

    async def _try_again(self) -> ClientConnection | None:
        """A new socket; None if the caller hung up before there was one."""
        while self._closing is None:
            await asyncio.sleep(RECONNECT_PAUSE_SECONDS)
            try:
                return await upgrade(self._plan, self._relay.url)
            except UNREACHABLE:
                continue
        return None

    async def _catch_up(self, connection: ClientConnection) -> None:
        quirks, self._resumed = self._plan.quirks, True
        if quirks.new_session_on_reconnect:
            self.session.session_id = new_sid("VX")
        if quirks.setup_on_reconnect:
            setup = self.session.resume(self._setup(), time.monotonic())
            await write(connection, protocol.encode(setup))
        repeated = quirks.repeated_on_reconnect
        while missed := self._missed(repeated):  # more may come up while these are written
            for frame in missed:
                await write(connection, frame)
            repeated = 0
        self._socket = connection
        self._note(Reconnected(time.monotonic(), self.session.session_id))
        if self._closing is not None:  # the caller hung up meanwhile
            await connection.close(1000, protocol.CLOSE_REASON)

    def _missed(self, repeated: int) -> list[str]:
        """The frames that no socket has taken, after some that one had."""
        count = min(self._unsent + repeated, len(self._kept))
        self._unsent = 0
        return list(self._kept)[len(self._kept) - count :]

    async def _read(self, source: ClientConnection) -> None:
        """Take frames until the socket is closed. Silence is no fault: the call has a limit."""
        try:
            while True:
                raw = await source.recv()
                if self._closing is not None:
                    continue  # what arrives after the hang-up, nobody hears
                out = self.session.receive(raw, time.monotonic())
                self._wake.set()
                await self._put(out, "ended" if self.session.end else "failed")
        except ConnectionClosed as closed:
            if closed.sent is not None and closed.sent.code == CloseCode.MESSAGE_TOO_BIG:
                text = f"the server sent a frame of more than {MAX_FRAME_BYTES} bytes"
                self._note(Noted(time.monotonic(), text))

    async def _speak_on(self) -> None:
        """Let the voice move on whenever it has something to report."""
        while True:
            due = self.session.speaker.next_change()
            seconds = None if due is None else max(0.0, due - time.monotonic())
            try:
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            if self._closing is None:
                await self._put(self.session.advance(time.monotonic()))

    async def _put(self, out: list[Output], closing: SessionStatus = "failed") -> None:
        """Write messages; a `Close` among them ends the session with that status."""
        if not self.open:
            return
        for item in out:
            if isinstance(item, Close):
                self._closing = closing
                if self._socket is not None:
                    await self._socket.close(item.code, item.reason)
            else:
                await self._emit(protocol.encode(item))

    async def _emit(self, frame: str) -> None:
        """Send a frame; one that finds no socket waits for the next."""
        self._kept.append(frame)
        if self._socket is None or not await write(self._socket, frame):
            self._unsent += 1

    def _closed(
        self,
        began: float,
        status: SessionStatus,
        error: int | None = None,
        reason: str | None = None,
    ) -> SessionClosed:
        now = time.monotonic()
        code = self._socket.close_code if self._socket is not None else None
        data = self.session.end.handoff_data if self.session.end and status == "ended" else None
        return SessionClosed(
            now, self.session.session_id, status, now - began, error, reason, data, code
        )
