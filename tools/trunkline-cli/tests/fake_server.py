"""A server on this machine that answers what it is told to, and remembers what it was asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import Request, Response

from trunkline.health import plain_app, serve


@dataclass
class FakeServer:
    """`answers` are given by path; to other paths there is a 404."""

    url: str = ""
    answers: dict[str, Response] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answers.get(request.url.path, Response(status_code=404))


@asynccontextmanager
async def fake_server() -> AsyncIterator[FakeServer]:
    server, app, listening = FakeServer(), plain_app(), asyncio.Event()

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def answer(request: Request) -> Response:
        return server.answer(request)

    def listens(port: int) -> None:
        server.url = f"http://127.0.0.1:{port}"
        listening.set()

    async with asyncio.TaskGroup() as tasks:
        serving = serve(app, "127.0.0.1", 0, listening=listens)
        task = tasks.create_task(serving, name="fake server")
        await listening.wait()
        yield server
        task.cancel()
