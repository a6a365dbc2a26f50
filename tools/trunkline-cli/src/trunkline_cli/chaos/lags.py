"""How late this process is: the emulator runs in it, and sees what was sent when it comes to it."""

import asyncio
import time
from typing import NoReturn

from trunkline_cli.chaos.evidence import Lag

EVERY_SECONDS = 0.02
LATE_SECONDS = 0.05
MOST = 100_000


class LagMeter:
    """Notes whenever the event loop stood still."""

    def __init__(self) -> None:
        self.lags: list[Lag] = []

    async def run(self) -> NoReturn:
        """Watch until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            await asyncio.sleep(EVERY_SECONDS)
            late = clock() - began - EVERY_SECONDS
            if late >= LATE_SECONDS and len(self.lags) < MOST:
                self.lags.append(Lag(at=time.time(), seconds=late))
