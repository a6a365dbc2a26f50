"""Parts that die come back: at once if they ran well, later and later if they do not."""

import asyncio
from collections.abc import Sequence

from trunkline.testing.virtual_time import in_virtual_time
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.supervise import LONGEST_DELAY_SECONDS, Backoff, Part, supervise


class Mortal:
    """A process that lives as long as it is told."""

    pid = 1

    def __init__(self, lives_seconds: float) -> None:
        self.lives_seconds = lives_seconds

    async def wait(self) -> int:
        await asyncio.sleep(self.lives_seconds)
        return 1

    def last_lines(self) -> list[str]:
        return ["alas"]


class FakePart:
    """A part whose n-th process lives as long as the n-th number; None does not even start."""

    name = "gateway-1"

    def __init__(self, lives: Sequence[float | None]) -> None:
        self._lives = list(lives)
        self.started_at: list[float] = []
        self.child = Mortal(self._lives.pop(0) or 0)

    async def start(self) -> None:
        self.started_at.append(asyncio.get_running_loop().time())
        lives = self._lives.pop(0)
        self.child = Mortal(lives or 0)
        if lives is None:
            raise StackError("not today")


class Diary:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.entries: list[str] = []

    def died(self, part: Part, status: int, last_lines: list[str]) -> None:
        self.entries.append(f"died {status} {last_lines}")

    def failed(self, part: Part, error: StackError) -> None:
        self.entries.append(f"failed {error}")

    def restarted(self, part: Part) -> None:
        self.entries.append("restarted")


async def watch(part: FakePart, seconds: float, *, restart: bool = True) -> Diary:
    diary = Diary()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(supervise(part, diary, restart=restart), name="part")
        await asyncio.sleep(seconds)
        task.cancel()
    return diary


@in_virtual_time
async def test_a_part_that_dies_is_started_again() -> None:
    part = FakePart([5, 1000])

    diary = await watch(part, 100)

    assert diary.entries == ["died 1 ['alas']", "restarted"]
    assert part.started_at == [5.2]


@in_virtual_time
async def test_a_part_that_does_not_come_up_is_tried_again() -> None:
    diary = await watch(FakePart([5, None, 1000]), 100)

    assert diary.entries == ["died 1 ['alas']", "failed not today", "restarted"]


@in_virtual_time
async def test_without_restart_nothing_is_started() -> None:
    part = FakePart([5, 1000])

    diary = await watch(part, 100, restart=False)

    assert diary.entries == ["died 1 ['alas']"]
    assert part.started_at == []


def test_the_delay_doubles_to_a_limit_and_is_short_again_after_a_good_run() -> None:
    backoff = Backoff()

    delays = [backoff.next(ran_seconds=1) for _ in range(8)]

    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, LONGEST_DELAY_SECONDS, LONGEST_DELAY_SECONDS]
    assert backoff.next(ran_seconds=60) == 0.2
