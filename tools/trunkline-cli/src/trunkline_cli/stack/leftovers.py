"""The processes of a stack, on the disk: what a killed stack left is stopped by the next.

On Linux children die with the process that started them, so that there is little to find; elsewhere
this is what ends them.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from trunkline_cli.files import write_private
from trunkline_cli.stack.errors import StackError

_GRACE_SECONDS = 3.0
_SAME_START_SECONDS = 2.0  # a start time is computed from the boot time, which moves with the clock


class ProcessBook:
    """The processes of the stack whose state folder this is."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "processes.json"
        self._lock = folder / "lock"
        self._processes: dict[str, tuple[int, float]] = {}

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Own the folder for as long as the context lasts; refuse if another stack does."""
        self._lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # calls are in there
        with self._lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackError(
                    f"Another stack runs with its state in {self._lock.parent}. "
                    "Stop it, or set TRUNKLINE_STATE_DIR to another folder."
                ) from None
            try:
                yield
            finally:
                self._path.unlink(missing_ok=True)

    def add(self, name: str, pid: int) -> None:
        """Note a process that was started; it takes the place of an earlier one of that name."""
        try:
            self._processes[name] = (pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:  # it has ended already
            self._processes.pop(name, None)
        write_private(self._path, json.dumps(self._processes))

    def stop_leftovers(self) -> list[str]:
        """End what an earlier stack left running; return the names."""
        found = {name: process for name, process in self._read() if process is not None}
        for process in found.values():
            process.terminate()
        _gone, alive = psutil.wait_procs(found.values(), _GRACE_SECONDS)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, _GRACE_SECONDS)
        return sorted(found)

    def _read(self) -> Iterator[tuple[str, psutil.Process | None]]:
        if not self._path.exists():
            return
        for name, (pid, started) in json.loads(self._path.read_text()).items():
            yield name, _same_process(pid, started)


def _same_process(pid: int, started: float) -> psutil.Process | None:
    """The process with that pid, if it is the one meant and not a later one with the same pid."""
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < _SAME_START_SECONDS
    except psutil.NoSuchProcess:
        return None
    return process if same and process.status() != psutil.STATUS_ZOMBIE else None
