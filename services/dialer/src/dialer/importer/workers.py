"""Who makes rows ready: processes, so that the one that calls people is not kept busy by lists."""

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, MultiFernet

from dialer.importer.intake import Intake
from dialer.importer.prepare import Preparer, prepare, start
from dialer.importer.prepared import Batch, Prepared
from trunkline.protect import NumberVault

Workers = Callable[[Batch], "asyncio.Future[Prepared]"]


class Died(Exception):
    """A process that made rows ready is gone."""

    code = "process_died"


@dataclass(frozen=True, slots=True)
class Keys:
    """What hides numbers and lists; see `protect.py`. As text, because processes are handed it."""

    peppers: dict[str, bytes] = field(repr=False)
    fernet_keys: tuple[str, ...] = field(repr=False)

    def vault(self) -> NumberVault:
        """Hides numbers and texts."""
        return NumberVault(self.peppers, self.fernet_keys)

    def fernet(self) -> MultiFernet:
        """Hides bytes."""
        return MultiFernet([Fernet(key) for key in self.fernet_keys])


@contextmanager
def open_workers(processes: int, keys: Keys, tenant_id: str, intake: Intake) -> Iterator[Workers]:
    """Yield what makes a batch ready, in so many processes; without any, in a thread."""
    loop = asyncio.get_running_loop()
    if not processes:
        preparer = Preparer(tenant_id, keys.vault(), intake)
        with ThreadPoolExecutor(1, "import") as thread:
            yield lambda batch: loop.run_in_executor(thread, preparer.batch, batch)
        return
    pool = ProcessPoolExecutor(
        processes,
        multiprocessing.get_context("spawn"),  # a fork would inherit sockets and locks
        start,
        (keys.peppers, keys.fernet_keys, tenant_id, intake),
    )
    try:
        yield lambda batch: loop.run_in_executor(pool, prepare, batch)
    except BrokenProcessPool:
        raise Died from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
