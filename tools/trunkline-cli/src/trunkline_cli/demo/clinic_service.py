"""Serves the clinic on this machine, as well or as badly as one likes."""

import asyncio
import hmac
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from trunkline.health import plain_app, serve
from trunkline_cli.demo.clinic import Answer, Clinic
from trunkline_cli.files import write_private
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.options import StackOptions

HOST = "clinic.example"
SECRET = "clinic_token"
HOLD_SECONDS = 60.0  # the longest that an answer is held back
_KEPT = 1000  # requests that are remembered
_WAIT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that has come, whatever was answered."""

    path: str
    call: str
    key: str
    authorized: bool


class ClinicService:
    """The clinic's port. The effect of a request comes first, the answer when it may."""

    def __init__(self, clinic: Clinic, token: str) -> None:
        self.clinic = clinic
        self.port = 0
        self.requests: deque[Asked] = deque(maxlen=_KEPT)
        self.delay_seconds = 0.0
        """How long each answer takes."""
        self.broken = False
        """Answers with an error, and does nothing."""
        self._token = token
        self._may_answer = asyncio.Event()
        self._may_answer.set()
        self._changed = asyncio.Condition()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def served(self) -> str:
        """The entry of TOOL_HOSTS that leads here."""
        return f"{HOST}={self.url}"

    def hold(self) -> None:
        """Do what is asked, and answer nothing until `release`."""
        self._may_answer.clear()

    def release(self) -> None:
        """Give the answers that were held back."""
        self._may_answer.set()

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait for a condition on what has been asked and done. Raises `TimeoutError`."""
        async with asyncio.timeout(_WAIT_SECONDS), self._changed:
            await self._changed.wait_for(met)

    async def answer(self, request: Request, work: Callable[[str, str], Answer]) -> JSONResponse:
        """Do what `work` does for this call and key, and answer in time or not."""
        asked = self._read(request)
        self.requests.append(asked)
        answer = self._do(asked, work)
        async with self._changed:
            self._changed.notify_all()
        async with asyncio.timeout(HOLD_SECONDS):
            await asyncio.sleep(self.delay_seconds)
            await self._may_answer.wait()
        return JSONResponse(dict(answer.body), answer.status)

    def _read(self, request: Request) -> Asked:
        headers = request.headers
        wanted, given = f"Bearer {self._token}", headers.get("authorization", "")
        return Asked(
            request.url.path,
            headers.get("x-trunkline-call", ""),
            headers.get("idempotency-key", ""),
            hmac.compare_digest(wanted.encode(), given.encode()),
        )

    def _do(self, asked: Asked, work: Callable[[str, str], Answer]) -> Answer:
        if not asked.authorized:
            return Answer(401, {"error": "the token does not fit"})
        if self.broken:
            return Answer(503, {"error": "the calendar is out of order"})
        return work(asked.call, asked.key)


class Wish(BaseModel):
    """The body of a booking."""

    slot_id: str
    name: str
    phone: str = ""


def clinic_app(service: ClinicService) -> FastAPI:
    """The three requests that the sample receptionist's tools make."""
    app, clinic = plain_app(), service.clinic

    @app.get("/slots")
    async def slots(request: Request, day: str, doctor: str) -> JSONResponse:
        return await service.answer(request, lambda call, _: clinic.find(call, day, doctor))

    @app.post("/appointments")
    async def appointments(request: Request, wish: Wish) -> JSONResponse:
        def book(call: str, key: str) -> Answer:
            return clinic.book(call, key, wish.slot_id, wish.name)

        return await service.answer(request, book)

    @app.get("/referrals/{digits}")
    async def referrals(request: Request, digits: str) -> JSONResponse:
        return await service.answer(request, lambda call, key: clinic.refer(digits))

    return app


@asynccontextmanager
async def open_clinic(token: str, port: int = 0) -> AsyncIterator[ClinicService]:
    """Serve a new clinic on a port of this machine until the context ends."""
    service, listening = ClinicService(Clinic(), token), asyncio.Event()

    def listens(port: int) -> None:
        service.port = port
        listening.set()

    failure = None
    async with asyncio.TaskGroup() as tasks:
        serving = serve(clinic_app(service), "127.0.0.1", port, listening=listens)
        server = tasks.create_task(serving, name="clinic")
        await listening.wait()
        try:
            yield service
        except Exception as error:  # of the caller: raised again below, outside of the group
            failure = error
        finally:
            service.release()
            server.cancel()
    if failure is not None:
        raise failure


@asynccontextmanager
async def beside_stack(
    options: StackOptions, settings: CliSettings
) -> AsyncIterator[tuple[StackOptions, ClinicService]]:
    """Serve the clinic to a stack: yield it, and the options that tell the workers of it."""
    folder = (options.state_dir or settings.trunkline_state_dir).absolute() / "tool-secrets"
    token = secrets.token_hex(16)
    write_private(folder / SECRET, token)
    async with open_clinic(token) as clinic:
        told = {"TOOL_HOSTS": clinic.served, "TOOL_SECRETS_DIR": str(folder)}
        yield replace(options, environment={**told, **options.environment}), clinic
