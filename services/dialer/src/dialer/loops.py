"""Work that is done again and again, and outlasts a database or a bus that is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

from trunkline.errors import Transient
from trunkline.logs import get_logger

log = get_logger()

MAX_PAUSE_SECONDS = 5.0

Work = Callable[[], Awaitable[bool]]
"""Does a portion, and says whether there may be more at once."""


async def repeat(name: str, seconds: float, work: Work) -> NoReturn:
    """Work until cancelled: again at once while there is more, else after so many seconds.

    What may work later is tried later, less and less often; what is a bug ends the process.
    """
    pause = seconds
    while True:
        try:
            more = await work()
        except Transient as error:
            pause = min(max(pause * 2, seconds), MAX_PAUSE_SECONDS)
            log.warning("work_postponed", work=name, reason=type(error).__name__)
            await asyncio.sleep(pause)
            continue
        pause = seconds
        await asyncio.sleep(0 if more else seconds)
