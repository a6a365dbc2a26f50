"""A process of ours: started, watched and stopped, from synchronous and asynchronous code alike."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from trunkline_cli.stack import guard


def guarded(command: Sequence[str], *, user_namespace: bool = False) -> list[str]:
    """The command line that runs `command` so that it dies with the calling thread.

    With `user_namespace` it is not root inside, even if we are.
    """
    options = ["--userns"] if user_namespace else []
    return [sys.executable, "-I", "-S", guard.__file__, str(os.getpid()), *options, *command]


class Child:
    """A running process, which is killed when this process ends, however that comes about."""

    def __init__(self, popen: "subprocess.Popen[bytes]", log: Path) -> None:
        self._popen = popen
        self.log = log
        self.pid = popen.pid
        self._ended = threading.Event()
        self._waiters: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._watch, name=f"wait-{self.pid}", daemon=True).start()

    @classmethod
    def launch(
        cls,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user_namespace: bool = False,
    ) -> "Child":
        """Start the command, its output appended to `log`. The calling thread must live on.

        Linux kills the child when the *thread* that started it ends, so this is never called in a
        worker thread.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            popen = subprocess.Popen(
                guarded(command, user_namespace=user_namespace),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=None if environment is None else dict(environment),
                cwd=cwd,
                start_new_session=True,  # Ctrl-C is ours to handle: the terminal must not tell it
            )
        return cls(popen, log)

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while the process runs."""
        return self._popen.returncode if self._ended.is_set() else None

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, if the process still runs."""
        self._popen.send_signal(number)

    def kill(self) -> None:
        """Kill the process, if it still runs, and return when it has ended."""
        self._popen.kill()
        self._ended.wait()

    async def wait(self) -> int:
        """Wait until the process has ended; return its exit status."""
        event = asyncio.Event()
        with self._lock:
            if self._ended.is_set():
                event.set()
            self._waiters.append((asyncio.get_running_loop(), event))
        await event.wait()
        return self._popen.returncode

    async def stop(self, grace_seconds: float, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask the process to end, kill it after the grace, return when it has ended."""
        self._popen.send_signal(number)
        try:
            async with asyncio.timeout(grace_seconds):
                await self.wait()
        except TimeoutError:
            self._popen.kill()
            await self.wait()

    def stop_sync(self, grace_seconds: float, number: signal.Signals = signal.SIGTERM) -> None:
        """Like `stop`, for code without an event loop."""
        self._popen.send_signal(number)
        if not self._ended.wait(grace_seconds):
            self.kill()

    def last_lines(self, count: int = 10) -> list[str]:
        """The end of its output."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 64 * 1024))
            return file.read().decode(errors="replace").splitlines()[-count:]

    def _watch(self) -> None:
        self._popen.wait()
        with self._lock:
            self._ended.set()
            waiters, self._waiters = self._waiters, []
        for loop, event in waiters:
            try:
                loop.call_soon_threadsafe(event.set)
            except RuntimeError:  # that loop is closed: nobody waits any more
                continue
