"""The stop signal as something to wait for; what happens then is the service's own order."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@asynccontextmanager
async def stop_on_signal(
    signals: Sequence[signal.Signals] = STOP_SIGNALS,
) -> AsyncIterator[asyncio.Event]:
    """Yield an event that the first SIGTERM or Ctrl-C sets; a further one changes nothing.

    Enter it before anything else: a signal that arrives while the service is still starting is
    then kept, and not lost.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
