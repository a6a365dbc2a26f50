"""One process of ours with an internal port: started, asked whether it is ready, watched."""

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from trunkline_cli.stack.child import Child
from trunkline_cli.stack.errors import StackError

_START_SECONDS = 60.0  # about 2 s on two quiet cores; a busy machine takes its time
_STOP_SECONDS = 15.0  # above the 5 s in which a local service is told to finish its calls
_ASK_SECONDS = 1.0
_ASK_EVERY_SECONDS = 0.25
_HUNG_SECONDS = 3.0  # as a liveness probe would: one that answers nothing for so long is failed


@dataclass(frozen=True, slots=True)
class Program:
    """What a service runs as. `port` is None for one that nobody connects to from outside."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    internal_port: int
    port: int | None = None

    @classmethod
    def module(
        cls,
        module: str,
        name: str,
        environment: Mapping[str, str],
        *,
        internal_port: int,
        port: int | None = None,
    ) -> "Program":
        """A Python package that runs with `python -m`."""
        return cls(name, [sys.executable, "-m", module], environment, internal_port, port)


class Service:
    """A program that runs, and may be started again after its end, on the same ports."""

    def __init__(self, program: Program, log: Path, client: httpx.AsyncClient) -> None:
        self.name = program.name
        self.log = log
        self.ready = False
        self._program = program
        self._client = client
        self._child: Child | None = None
        self._has_answered = False

    @property
    def child(self) -> Child:
        """The process: the one that runs, or ran last."""
        if self._child is None:
            raise StackError(f"{self.name} has not been started.")
        return self._child

    @property
    def pid(self) -> int:
        """Process id of the process that runs, or ran last."""
        return self.child.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._child is not None and self._child.returncode is None

    @property
    def address(self) -> tuple[str, int]:
        """Where its public port is."""
        if self._program.port is None:
            raise StackError(f"{self.name} has no public port.")
        return "127.0.0.1", self._program.port

    @property
    def url(self) -> str:
        """Base URL that leads to this process alone."""
        return f"http://127.0.0.1:{self.address[1]}"

    @property
    def internal_url(self) -> str:
        """Base URL of its health, readiness and metrics."""
        return f"http://127.0.0.1:{self._program.internal_port}"

    async def start(self) -> None:
        """Start the process and return when it is ready."""
        program = self._program
        self._has_answered = False
        self._child = Child.launch(program.command, log=self.log, environment=program.environment)
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not await self._ask():
                    if not self.alive:
                        raise self._failure(f"ended with status {self.child.returncode}")
                    await asyncio.sleep(_ASK_EVERY_SECONDS)
        except TimeoutError:
            self.kill()
            raise self._failure(f"was not ready within {_START_SECONDS:.0f} s") from None

    async def watch(self, hung: Callable[["Service"], None]) -> None:
        """Keep `ready` current for ever; tell when a living process answers nothing at all."""
        clock = asyncio.get_running_loop().time
        heard = clock()
        while True:
            await asyncio.sleep(_ASK_EVERY_SECONDS)
            answered = await self._ask() is not None
            if answered or not self._has_answered or not self.alive:
                heard = clock()
            elif clock() - heard > _HUNG_SECONDS:
                self.ready = False
                hung(self)
                heard = clock()

    async def stop(self) -> None:
        """Ask the process to end; kill it when it takes too long."""
        self.ready = False
        if self._child is not None:
            await self._child.stop(_STOP_SECONDS)

    def kill(self) -> None:
        """End the process at once (SIGKILL), if it runs."""
        self.ready = False
        if self._child is not None:
            self._child.kill()

    async def _ask(self) -> bool | None:
        """Whether the service says that it is ready; None when it says nothing."""
        try:
            answer = await self._client.get(f"{self.internal_url}/readyz", timeout=_ASK_SECONDS)
        except httpx.TimeoutException:
            return None  # busy for a moment, or hung: one slow answer must not turn callers away
        except httpx.HTTPError:
            self.ready = False
            return None
        self._has_answered = True
        self.ready = answer.status_code == 200 and self.alive
        return self.ready

    def _failure(self, what: str) -> StackError:
        tail = "\n".join(self.child.last_lines())
        return StackError(f"{self.name} {what}. The end of {self.log}:\n{tail}")
