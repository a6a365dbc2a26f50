"""The demo's end: what was shown, what was measured, and the report for programs."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from trunkline_cli.demo.acts import Act
from trunkline_cli.demo.speaker import Speaker
from twilio_emulator import CallLedger, report
from twilio_emulator.display import calls_table, report_table

MOSTLY = 0.9  # of the turns: in some no model is asked, in others twice


@dataclass(frozen=True, slots=True)
class Played:
    """An act that is over, and what went wrong in it."""

    act: Act
    ledgers: Sequence[CallLedger]
    problems: Sequence[str]


def close(
    played: Sequence[Played], speaker: Speaker | None, failures: int, console: Console
) -> dict[str, object]:
    """Show the tables and what went wrong; return the report.

    `failures` are the replies that the speaker has failed to give.
    """
    ledgers = [ledger for one in played for ledger in one.ledgers]
    figures = report(ledgers)
    problems = [problem for one in played for problem in one.problems]
    if figures.turns_lost or figures.stale_tokens:
        problems.append("A turn was lost, or a stale word was spoken.")
    if speaker is not None:
        problems += _judge(speaker, failures, figures.turns, console)
    console.print(calls_table(ledgers))
    console.print(report_table(figures))
    console.print(_shown(played))
    for problem in problems:
        console.print(problem, style="red", markup=False)
    acts = [{"title": one.act.title, "held": not one.problems} for one in played]
    model = {"model": speaker.name if speaker else "", "model_failures": failures}
    return {**figures.as_dict(), **model, "acts": acts, "held": not problems}


def _judge(speaker: Speaker, failures: int, turns: int, console: Console) -> list[str]:
    """Say how often others had to answer for the speaker: a demo of them shows nothing of it."""
    console.print(f"{speaker.name} failed {failures} times, and the agent's next model answered.")
    if failures < MOSTLY * turns:
        return []
    return [f"{speaker.name} hardly ever answered: `trunkline doctor` looks at its key and name."]


def _shown(played: Sequence[Played]) -> Table:
    table = Table(title="What was shown", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("", "act", "shows"):
        table.add_column(name)
    for one in played:
        sign = "[red]✗" if one.problems else "[green]✓"
        table.add_row(sign, one.act.title, one.act.shows)
    return table
