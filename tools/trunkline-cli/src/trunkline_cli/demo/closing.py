"""The demo's end: what was shown, what was measured, and the report for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from trunkline_cli.demo.acts import Act
from trunkline_cli.demo.dialed import Dialed
from trunkline_cli.demo.speaker import Speaker
from trunkline_cli.demo.story import Told
from trunkline_cli.dialing.shown import dispositions
from twilio_emulator import CallLedger, report
from twilio_emulator.display import calls_table, report_table

MOSTLY = 0.9  # of the turns: in some no model is asked, in others twice


@dataclass(frozen=True, slots=True)
class Played:
    """An act that is over, and what went wrong in it."""

    act: Act
    ledgers: Sequence[CallLedger]
    problems: Sequence[str]


@dataclass(frozen=True, slots=True)
class Finale:
    """The campaign, the call that came meanwhile, and its story."""

    dialed: Dialed
    caller: CallLedger
    told: Told


@dataclass(frozen=True, slots=True)
class _Line:
    """What one act was to show, and what spoke against it."""

    title: str
    shows: str
    problems: Sequence[str]


def close(
    played: Sequence[Played],
    speaker: Speaker | None,
    failures: int,
    console: Console,
    finale: Finale | None = None,
) -> dict[str, object]:
    """Show the tables and what went wrong; return the report.

    `failures` are the replies that the speaker has failed to give.
    """
    ledgers = [ledger for one in played for ledger in one.ledgers]
    figures = report(ledgers)
    lines = list(_lines(played, finale))
    problems = [problem for line in lines for problem in line.problems]
    if figures.turns_lost or figures.stale_tokens:
        problems.append("A turn was lost, or a stale word was spoken.")
    if speaker is not None:
        problems += _judge(speaker, failures, figures.turns, console)
    console.print(calls_table(ledgers))
    console.print(report_table(figures))
    if finale is not None:
        console.print(_campaign(finale.dialed))
    console.print(_shown(lines))
    for problem in problems:
        console.print(problem, style="red", markup=False)
    acts = [{"title": line.title, "held": not line.problems} for line in lines]
    model = {"model": speaker.name if speaker else "", "model_failures": failures}
    more = _figures(finale) if finale else {}
    return {**figures.as_dict(), **model, **more, "acts": acts, "held": not problems}


def _judge(speaker: Speaker, failures: int, turns: int, console: Console) -> list[str]:
    """Say how often others had to answer for the speaker: a demo of them shows nothing of it."""
    console.print(f"{speaker.name} failed {failures} times, and the agent's next model answered.")
    if failures < MOSTLY * turns:
        return []
    return [f"{speaker.name} hardly ever answered: `trunkline doctor` looks at its key and name."]


def _lines(played: Sequence[Played], finale: Finale | None) -> Iterator[_Line]:
    for one in played:
        yield _Line(one.act.title, one.act.shows, one.problems)
    if finale is not None:
        shows = "A dialer is killed" if not finale.dialed.given_up else "Agents cannot keep up"
        shows += ", and nobody is dialed twice or lost."
        yield _Line("A campaign", shows, finale.dialed.problems())
        shows = "Every call is stored, with what Twilio and our own operators found in it."
        yield _Line("One call's story", shows, finale.told.problems())


def _campaign(dialed: Dialed) -> Group:
    """What became of everybody on the list."""
    figures = dialed.figures()
    line = Text.assemble(
        f"{figures['rows']} rows, {figures['accepted']} taken; {figures['calls']} calls in "
        f"{dialed.seconds:.0f} s; dialed twice ",
        _good_if_zero(dialed.dialed_twice),
        ", lost ",
        _good_if_zero(dialed.lost),
        ", placed while paused ",
        _good_if_zero(dialed.while_paused),
    )
    looked_for = Text(
        f"Of {len(dialed.looked_for)} it is not certain yet whether the killed dialer has called: "
        "Twilio is asked for some minutes, and before that nobody calls.",
        style="yellow",
    )
    title = Text("The campaign", style="italic")
    table = dispositions(dialed.progress)
    return Group(title, "", table, "", line, *([looked_for] if dialed.looked_for else []), "")


def _good_if_zero(count: int) -> tuple[str, str]:
    return str(count), "bold red" if count else "bold green"


def _figures(finale: Finale) -> dict[str, object]:
    return {"campaign": finale.dialed.figures(), "story": finale.told.figures()}


def _shown(lines: Sequence[_Line]) -> Table:
    table = Table(title="What was shown", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("", "act", "shows"):
        table.add_column(name)
    for line in lines:
        sign = "[red]✗" if line.problems else "[green]✓"
        table.add_row(sign, line.title, line.shows)
    return table
