"""What the local Kafka and the local PostgreSQL have in common: start, stop, kill, start again."""

import asyncio
import signal
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from trunkline_cli.stack.child import Child
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.ports import free_port

_START_SECONDS = 60.0  # both need 1 to 3 s on two quiet cores; a busy machine takes its time
_STOP_SECONDS = 15.0  # Kafka 0.3 s (5 s with 5,000 topics), PostgreSQL 0.1 s
_POLL_SECONDS = 0.05


class LocalServer(ABC):
    """A server on 127.0.0.1 with a folder of its own.

    It may be stopped or killed and then started again, on the same data and port. `start` and
    `stop` each have a twin for code without an event loop.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self._folder = folder.resolve()
        self._port = port or free_port()
        self._port_is_settled = port is not None
        self._child: Child | None = None
        self._deadline = 0.0

    @property
    def port(self) -> int:
        """Where it listens; it may change until the first start has succeeded."""
        return self._port

    @property
    def child(self) -> Child:
        """The server's process: the one that runs, or ran last."""
        if self._child is None:
            raise StackError(f"{self.name} has not been started.")
        return self._child

    @property
    def pid(self) -> int:
        """Process id of the server that runs, or ran last."""
        return self.child.pid

    async def start(self) -> None:
        """Start the server and return when it serves; the first start prepares its folder."""
        await asyncio.to_thread(self._prepare)
        self._launch()
        while not self._has_started():  # noqa: ASYNC110  # a server announces nothing: one asks
            await asyncio.sleep(_POLL_SECONDS)

    def start_sync(self) -> None:
        """Start the server and return when it serves."""
        self._prepare()
        self._launch()
        while not self._has_started():
            time.sleep(_POLL_SECONDS)

    async def stop(self) -> None:
        """Stop the server in order, if it runs."""
        if self._child is not None:
            await self._child.stop(_STOP_SECONDS, self.stop_signal)

    def stop_sync(self) -> None:
        """Stop the server in order, if it runs."""
        if self._child is not None:
            self._child.stop_sync(_STOP_SECONDS, self.stop_signal)

    def kill(self) -> None:
        """End the server at once (SIGKILL), if it runs. What it has acknowledged survives that."""
        if self._child is not None:
            self._child.kill()

    @abstractmethod
    def _prepare(self) -> None:
        """Make the folder ready for a start on the present port. May block for some seconds."""

    @abstractmethod
    def _spawn(self) -> Child:
        """Start the process."""

    @abstractmethod
    def _serves(self) -> bool:
        """Whether the server answers."""

    def _move(self) -> None:
        """Choose other ports, as those chosen are taken."""
        self._port = free_port()

    def _launch(self) -> None:
        self._deadline = time.monotonic() + _START_SECONDS
        self._child = self._spawn()

    def _has_started(self) -> bool:
        if self.child.returncode is not None:
            self._start_elsewhere()
        if time.monotonic() > self._deadline:
            self.kill()
            raise self._failure(f"did not serve within {_START_SECONDS:.0f} s")
        if not self._serves():
            return False
        self._port_is_settled = True
        return True

    def _start_elsewhere(self) -> None:
        """Try other ports if the server ended because others took those it was to have."""
        lines = self.child.last_lines(100)
        if self._port_is_settled or not any("Address already in use" in line for line in lines):
            raise self._failure(f"ended with status {self.child.returncode}")
        self._move()
        self._prepare()
        self._child = self._spawn()

    def _failure(self, what: str) -> StackError:
        tail = "\n".join(self.child.last_lines())
        return StackError(f"{self.name} {what}. The end of {self.child.log}:\n{tail}")
