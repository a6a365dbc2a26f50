"""Telling people what the stack does."""

from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class Narrator(Protocol):
    """Who tells."""

    def say(self, text: str) -> None:
        """Something has happened."""

    def downloading(self, done: int, total: int) -> None:
        """So many of Kafka's jars are there. Called from another thread."""

    def downloaded(self) -> None:
        """No more jars come, be it that all are there or that it failed."""


class Silent:
    """Tells nobody."""

    def say(self, text: str) -> None: ...

    def downloading(self, done: int, total: int) -> None: ...

    def downloaded(self) -> None: ...


class OnScreen:
    """Tells whoever looks at the terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None

    def say(self, text: str) -> None:
        """Print a line; it may hold anything, so no markup is read from it."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def downloading(self, done: int, total: int) -> None:
        """Move the bar, which appears with the first call."""
        if self._progress is None:
            self._progress = _bar(self._console)
            self._progress.start()
            self._progress.add_task("Downloading Apache Kafka, once per machine (43 MiB)")
        self._progress.update(self._progress.task_ids[0], completed=done, total=total)

    def downloaded(self) -> None:
        """Let the bar stand as it is, and give the cursor back."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


class InShort(OnScreen):
    """Tells what happens in one line each; the rest stands in the logs."""

    def say(self, text: str) -> None:
        super().say(text.partition("\n")[0])


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TextColumn("jars"), TimeElapsedColumn(), console=console)
