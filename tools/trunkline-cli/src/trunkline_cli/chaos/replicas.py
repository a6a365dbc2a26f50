"""The dialer's replicas: killed, stopped, continued, and started again when they die."""

import asyncio
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from trunkline_cli.chaos.until import until
from trunkline_cli.stack.child import Child
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.ports import free_port

READY_SECONDS = 90.0  # a busy machine takes its time
STOP_SECONDS = 40.0  # above the 30 s in which a dialer is to drain
AGAIN_SECONDS = 0.5
ASK_SECONDS = 2.0
MEGABYTE = 1024 * 1024


@dataclass(slots=True)
class Replica:
    """One process of the dialer; `wanted` ones are started again when they die."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    log: Path
    port: int
    child: Child | None = None
    wanted: bool = False
    deaths: int = 0

    @property
    def alive(self) -> bool:
        """Whether the process runs, stopped or not."""
        return self.child is not None and self.child.returncode is None

    @property
    def frozen(self) -> bool:
        """Whether the process stands still."""
        if self.child is None or not self.alive:
            return False
        return bool(psutil.Process(self.child.pid).status() == psutil.STATUS_STOPPED)

    def launch(self, extra: Mapping[str, str]) -> None:
        """Start the process, without waiting for anything."""
        own = {
            "DIALER_ID": self.name,
            "DIALER_INTERNAL_HOST": "127.0.0.1",
            "DIALER_INTERNAL_PORT": str(self.port),
            "DIALER_HOST": "127.0.0.1",
            "DIALER_PORT": str(free_port()),
        }
        environment = {**self.environment, **own, **extra}
        self.child = Child.launch(self.command, log=self.log, environment=environment)

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it runs."""
        if self.child is not None:
            self.child.send_signal(number)


class Replicas:
    """All of them. `keep` runs beside everything else."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        logs: Path,
        client: httpx.AsyncClient,
        count: int,
    ) -> None:
        self._client = client
        self._extra: dict[str, str] = {}
        self.all = [
            Replica(name, command, environment, logs / f"{name}.log", free_port())
            for name in (f"dialer-{number}" for number in range(1, count + 1))
        ]

    @property
    def deaths(self) -> int:
        """How often one of them died unasked."""
        return sum(replica.deaths for replica in self.all)

    async def start(self, **extra: str) -> None:
        """Start those that do not run, with these settings besides; returns when all are ready."""
        self._extra = extra
        for replica in self.all:
            if not replica.alive:
                replica.launch(extra)
            replica.wanted = True
        await self.ready()

    async def ready(self) -> None:
        """Wait until all of them are ready."""

        async def are_ready() -> bool:
            return all([await self._is_ready(replica) for replica in self.all])

        try:
            await until(are_ready, within=READY_SECONDS)
        except TimeoutError:
            raise StackError(self._not_ready()) from None

    async def stop(self) -> None:
        """Ask all of them to end, and wait for it."""
        for replica in self.all:
            replica.wanted = False
            replica.send(signal.SIGCONT)
        async with asyncio.TaskGroup() as tasks:
            for replica in self.all:
                if replica.child is not None:
                    tasks.create_task(replica.child.stop(STOP_SECONDS), name=replica.name)

    async def again(self, **extra: str) -> None:
        """Stop all and start all, with other settings."""
        await self.stop()
        await self.start(**extra)

    def kill(self, replica: Replica, *, for_good: bool = False) -> None:
        """End one at once (SIGKILL); it comes back unless it is `for_good`."""
        replica.wanted = not for_good
        if replica.child is not None:
            replica.child.kill()

    def kill_all(self) -> None:
        """End all of them at once, and let them be dead."""
        for replica in self.all:
            self.kill(replica, for_good=True)

    async def keep(self) -> None:
        """Start again whatever dies, as a cluster would, until cancelled."""
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            for replica in self.all:
                if replica.wanted and not replica.alive:
                    replica.deaths += 1
                    replica.launch(self._extra)

    def megabytes(self) -> float:
        """Resident memory of all of them."""
        alive = [psutil.Process(each.child.pid) for each in self.all if each.child and each.alive]
        return sum(process.memory_info().rss for process in alive) / MEGABYTE

    async def total(self, metric: str) -> int:
        """A counter, summed over those that answer."""
        return sum([await self._counter(replica, metric) for replica in self.all])

    async def _counter(self, replica: Replica, metric: str) -> int:
        try:
            answer = await self._client.get(self._url(replica, "metrics"), timeout=ASK_SECONDS)
        except httpx.HTTPError:
            return 0
        return read_counter(answer.text, metric)

    async def _is_ready(self, replica: Replica) -> bool:
        try:
            answer = await self._client.get(self._url(replica, "readyz"), timeout=ASK_SECONDS)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    def _url(self, replica: Replica, path: str) -> str:
        return f"http://127.0.0.1:{replica.port}/{path}"

    def _not_ready(self) -> str:
        tails = (
            f"{replica.name} ({replica.log}):\n" + "\n".join(replica.child.last_lines())
            for replica in self.all
            if replica.child is not None
        )
        return f"Not all dialers were ready within {READY_SECONDS:.0f} s.\n" + "\n".join(tails)


def read_counter(exposition: str, metric: str) -> int:
    """A metric's value in Prometheus' text format, summed over its labels; 0 if it is not there."""
    values = (
        line.rpartition(" ")[2]
        for line in exposition.splitlines()
        if line.partition("{")[0].partition(" ")[0] == metric
    )
    return round(sum(float(value) for value in values))


def python_module(name: str) -> list[str]:
    """The command that runs a Python package."""
    return [sys.executable, "-m", name]
