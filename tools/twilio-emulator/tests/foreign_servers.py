"""Servers by other hands: each its own style, none sharing a line with the others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count

from reference_server import ReferenceServer, say_nothing
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

Handler = Callable[[ServerConnection], Awaitable[None]]


@dataclass
class ForeignServer(ReferenceServer):
    """The webhooks of the reference server; its sockets are handled by somebody else."""

    handler: Handler = field(kw_only=True)

    async def on_socket(self, socket: ServerConnection) -> None:
        try:
            await self.handler(socket)
        except* ConnectionClosed:
            pass


def foreign(handler: Handler, **relay: str) -> ForeignServer:
    return ForeignServer(say_nothing, relay, handler=handler, again_on_failure=False)


async def whole_replies(socket: ServerConnection) -> None:
    """One token per reply, marked last; says goodbye and ends without a word of handoff."""
    async for frame in socket:
        event = json.loads(frame)
        if event["type"] != "prompt":
            continue
        words = event["voicePrompt"]
        await socket.send(json.dumps({"type": "text", "token": f"You said: {words}", "last": True}))
        if "goodbye" in words.lower():
            await socket.send('{"type":"end"}')
            return await socket.wait_closed()
    return None


async def never_last(socket: ServerConnection) -> None:
    """Streams letter by letter and never tells that it has finished."""
    async with asyncio.TaskGroup() as tasks:
        answering: asyncio.Task[None] | None = None

        async def spell(sentence: str) -> None:
            for letter in sentence:
                await socket.send(json.dumps(dict(token=letter, type="text")))
                await asyncio.sleep(0.002)

        try:
            while True:
                match json.loads(await socket.recv()):
                    case {"type": "prompt", "voicePrompt": asked}:
                        answering = tasks.create_task(spell(f"About {asked} I know nothing."))
                    case {"type": "interrupt"} if answering is not None:
                        answering.cancel()
        finally:
            if answering is not None:
                answering.cancel()


class HandsOver:
    """Objects and methods by the message's name; hands the caller over with data."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.caller = "unknown"

    async def run(self) -> None:
        while True:
            told = json.loads(await self.socket.recv())
            method = getattr(self, f"on_{told['type']}", None)
            if method is not None:
                await method(told)

    async def on_setup(self, told: dict[str, str]) -> None:
        self.caller = told["from"]

    async def on_prompt(self, told: dict[str, str]) -> None:
        data = {"reasonCode": "live-agent-handoff", "caller": self.caller, "asked": 1}
        await self._send(type="text", token="I will get somebody. ", last=False)
        await self._send(type="text", token="", last=True)
        await self._send(type="end", handoffData=json.dumps(data))

    async def _send(self, **message: object) -> None:
        await self.socket.send(json.dumps(message))


async def hands_over(socket: ServerConnection) -> None:
    await HandsOver(socket).run()


async def speaks_and_plays(socket: ServerConnection) -> None:
    """A table of what to send, turn by turn: languages, a filler, a sound, keys."""
    turns: list[list[dict[str, object]]] = [
        [
            {"type": "language", "ttsLanguage": "es-MX", "transcriptionLanguage": "es-MX"},
            {"type": "text", "token": "Un momento. ", "last": True, "preemptible": True},
            {"type": "text", "token": "Claro, ", "last": False},
            {"type": "text", "token": "en español.", "last": True},
        ],
        [
            {"type": "text", "token": "Listen. ", "lang": "en-US"},
            {"type": "play", "source": "https://sounds.example/jingle.mp3", "loop": 1},
            {"type": "sendDigits", "digits": "12w#"},
        ],
        [{"type": "play", "source": "https://sounds.example/hold.mp3", "loop": 0}],
    ]
    heard = count()
    async for frame in socket:
        if '"prompt"' in str(frame):
            for message in turns[next(heard) % len(turns)]:
                await socket.send(json.dumps(message))


def sends(*frames: str | bytes) -> Handler:
    """Answers every prompt with these frames, and then with one word."""

    async def nuisance(socket: ServerConnection) -> None:
        async for frame in socket:
            if json.loads(frame)["type"] == "prompt":
                for nonsense in frames:
                    await socket.send(nonsense)
                await socket.send('{"type":"text","token":"Done.","last":true}')

    return nuisance
