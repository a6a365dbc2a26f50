"""What happens to the disk of the rig's PostgreSQL: it is full, or an older one takes its place."""

import asyncio
import errno
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.postgres import PostgresServer

PROMOTE_SECONDS = 60.0
DISK_MEGABYTES = 160  # a new database takes 40, its log up to 80
DATA = "data"  # where the server's folder has them
MEGABYTE = bytes(1024 * 1024)


@contextmanager
def small_disk(folder: Path, *, wanted: bool) -> Iterator[None]:
    """Let the folder be a disk of its own, which is soon full. Raises `StackError` unless root."""
    if not wanted:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "none", str(folder))
    try:
        yield
    finally:
        _run("umount", "--lazy", str(folder))


def fill(filler: Path) -> None:
    """Write a file until nothing fits beside it any more."""
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(MEGABYTE)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


async def copied(server: PostgresServer, folder: Path) -> Path:
    """A copy of the data directory, taken while the server stands still for a moment."""
    backup = folder.with_name("postgres-backup")
    await server.stop()
    await asyncio.to_thread(shutil.copytree, folder / DATA, backup)
    await server.start()
    return backup


async def promoted(server: PostgresServer, folder: Path, backup: Path) -> None:
    """Lose the server; start the copy as a standby that becomes the server, on a new timeline."""
    await _exchanged(server, folder, backup)
    (folder / DATA / "standby.signal").touch()
    await server.start()
    connection = await asyncpg.connect(server.url, timeout=10)
    try:
        await connection.execute("SELECT pg_promote(true, 60)", timeout=PROMOTE_SECONDS)
    finally:
        await connection.close()


async def started(server: PostgresServer, folder: Path, backup: Path) -> None:
    """Lose the server; start the copy as it is: the same system on the same timeline, and older."""
    await _exchanged(server, folder, backup)
    await server.start()


async def _exchanged(server: PostgresServer, folder: Path, backup: Path) -> None:
    server.kill()
    await asyncio.to_thread(shutil.rmtree, folder / DATA)
    await asyncio.to_thread(shutil.copytree, backup, folder / DATA)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    if done.returncode != 0:
        raise StackError(f"{command[0]} failed, as it does unless one is root: {done.stderr}")
