"""The fault list on the screen, while it is played."""

import time
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table

from trunkline_cli.chaos.oracle import ABOUT
from trunkline_cli.chaos.result import Played
from trunkline_cli.chaos.rows import ROWS
from trunkline_cli.chaos.tables import Progress

REFRESH_PER_SECOND = 2


@dataclass(slots=True)
class _Line:
    state: str
    since: float
    progress: Progress | None = None
    result: Played | None = None


class Screen:
    """An audience: one line for each row that has begun."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines: dict[str, _Line] = {}
        self._live = Live(console=console, refresh_per_second=REFRESH_PER_SECOND)

    def __enter__(self) -> "Screen":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def begun(self, row: str) -> None:
        """A scenario breaks things from now on."""
        self._lines[row] = _Line("[yellow]breaking", time.monotonic())
        self._show()

    def acted(self, row: str) -> None:
        """It has broken everything it wanted to."""
        self._lines[row].state = "[cyan]settling"
        self._show()
        self._say(f"{row}: {ROWS[row].about}: done to it, now it settles")

    def progressed(self, row: str, progress: Progress) -> None:
        """So far are its campaigns."""
        self._lines[row].progress = progress
        self._show()

    def judged(self, result: Played) -> None:
        """The oracle has spoken."""
        line = self._lines[result.row]
        line.result = result
        line.state = "[green]held" if result.held else f"[red]{', '.join(result.broken)}"
        self._show()
        self._say(f"{result.row}: {'held' if result.held else ', '.join(result.broken)}")

    def _say(self, text: str) -> None:
        """For logs, which show no table before its end."""
        if not self._console.is_terminal:
            self._console.print(text, markup=False)

    def _show(self) -> None:
        table = Table(box=box.SIMPLE_HEAD, expand=True)
        for name in ("", "what goes wrong"):
            table.add_column(name, overflow="ellipsis", no_wrap=True)
        for name in ("contacts", "calls", "double", "lost", ""):
            table.add_column(name, justify="right", no_wrap=True)
        for row, line in self._lines.items():
            table.add_row(row, ROWS[row].about, *_figures(line), line.state)
        self._live.update(table)


def _figures(line: _Line) -> tuple[str, str, str, str]:
    if line.result is not None:
        result = line.result
        figures = (result.contacts, result.calls, result.double_dials, result.lost_contacts)
        contacts, calls, double, lost = map(str, figures)
        return contacts, calls, double, lost
    if line.progress is not None:
        return f"{line.progress.over}/{line.progress.contacts}", "", "", ""
    return "", "", "", ""


def explain(results: list[Played], console: Console) -> None:
    """Say which promises were broken, and how."""
    for result in results:
        for verdict in result.verdicts:
            for text in verdict.violations[:3]:
                about = f"{result.row}, {verdict.promise} ({ABOUT[verdict.promise]})"
                console.print(f"{about}: {text}", style="red", markup=False)
        for text in result.found:
            console.print(f"{result.row}: {text}", style="red", markup=False)
