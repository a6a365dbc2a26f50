"""Shows what is written to a log file, as it is written."""

import asyncio
from collections.abc import Callable
from pathlib import Path

_LOOK_EVERY_SECONDS = 0.25


async def follow(path: Path, name: str, say: Callable[[str], None]) -> None:
    """Say each line of the file, old and new, under a name, until cancelled."""
    with path.open(errors="replace") as file:
        unfinished = ""
        while True:
            *lines, unfinished = (unfinished + file.read()).split("\n")
            for line in lines:
                say(f"{name} | {line}")
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
