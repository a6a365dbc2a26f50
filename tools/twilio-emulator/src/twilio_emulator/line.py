"""The WebSocket of one ConversationRelay session: the shell around `RelaySession`."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.frames import CloseCode

from twilio_emulator import protocol, signature
from twilio_emulator.events import Event, Noted, SessionClosed, SessionOpened, SessionStatus
from twilio_emulator.ledger import CallLedger
from twilio_emulator.plan import CallPlan, new_sid
from twilio_emulator.relay import ConversationRelay
from twilio_emulator.session import INVALID_VALUE, Close, Output, RelaySession
from twilio_emulator.webhooks import tls

CONNECT_SECONDS = 10.0  # Twilio's own limit is not documented
CLOSE_SECONDS = 2.0
SEND_SECONDS = 5.0
UNABLE_TO_CONNECT = 64102
WEBSOCKET_ENDED = 64105
MAX_FRAME_BYTES = 1024 * 1024  # Twilio's own limit is not documented; a larger frame ends it all


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
        return self._socket is not None and self._closing is None

    async def run(self, connected: Callable[[], bool]) -> SessionClosed:
        """Live through the session; `connected` is called once the caller can be heard, and tells
        whether there still is one.
        """
        began = time.monotonic()
        if refusal := self._relay.refusal():
            return self._closed(began, "failed", INVALID_VALUE, refusal)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._socket = await self._upgrade()
        except (OSError, TimeoutError, WebSocketException) as problem:
            reason = f"unable to connect to the WebSocket: {problem or type(problem).__name__}"
            return self._closed(began, "failed", UNABLE_TO_CONNECT, reason)
        try:
            await self._open()
            if not connected():
                await self.close()
            async with asyncio.TaskGroup() as tasks:
                voice = tasks.create_task(self._speak_on(), name="voice")
                await self._read(self._socket)
                voice.cancel()
        finally:
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
            await self._write(self._socket, frame)

    async def close(self) -> None:
        """The caller hung up."""
        await self._put([Close(1000, protocol.CLOSE_REASON)], "completed")

    def reset(self) -> None:
        """Lose the connection in the rudest way: a TCP reset, no close frame."""
        if self._socket is None:
            return
        raw = self._socket.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._closing = "failed"
        self._socket.transport.abort()

    async def _upgrade(self) -> ClientConnection:
        url = self._relay.url
        signed, params = url, dict[str, str]()
        if self._plan.quirks.query_as_params:
            parts = urlsplit(url)
            signed, params = parts._replace(query="").geturl(), dict(parse_qsl(parts.query))
        return await connect(
            url,
            additional_headers={
                signature.HEADER: signature.sign(self._plan.auth_token, signed, params)
            },
            ssl=tls() if url.startswith("wss:") else None,
            proxy=None,
            compression=None,
            max_size=MAX_FRAME_BYTES,
            ping_interval=None,  # nothing is known of pings of Twilio's; ours would hide a dead LB
            open_timeout=CONNECT_SECONDS,
            close_timeout=CLOSE_SECONDS,
            user_agent_header="TwilioProxy/1.1",
        )

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
        connection = self._socket
        if connection is None or self._closing is not None:
            return
        for item in out:
            if isinstance(item, Close):
                self._closing = closing
                await connection.close(item.code, item.reason)
            else:
                await self._write(connection, protocol.encode(item))

    async def _write(self, connection: ClientConnection, frame: str) -> None:
        """Send a frame. A server that reads nothing for seconds is as good as gone."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await connection.send(frame)
        except TimeoutError:
            connection.transport.abort()
        except ConnectionClosed:
            pass  # the reader sees it too and ends the session

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
