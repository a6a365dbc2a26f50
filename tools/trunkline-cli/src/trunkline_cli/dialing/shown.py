"""Campaigns and lists on a terminal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

_COLOURS: Mapping[str, str] = {
    "running": "green",
    "completed": "green",
    "scheduled": "cyan",
    "draft": "dim",
    "pausing": "yellow",
    "paused": "yellow",
    "cancelling": "red",
    "cancelled": "red",
    "failed": "red",
}

_BAR_WIDTH = 50
_ON_THE_LINE = ("submitted", "ringing", "in_progress")
_WORDS = 38  # characters of what somebody says: both sides stand on one line

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Talk:
    """A call that goes on: the last words of either side."""

    number: str
    asked: str
    said: str


def coloured(state: str) -> Text:
    """A state, as its colour says it too."""
    return Text(state, style=_COLOURS.get(state, "default"))


def campaigns(found: Iterable[Json]) -> Table:
    """One line for each."""
    table = Table(title="Campaigns", title_justify="left")
    for name in ("Id", "Name", "State", "Agent", "Purpose", "Created"):
        table.add_column(name, no_wrap=name in ("Id", "State", "Created"))
    for each in found:
        table.add_row(
            each["id"],
            Text(each["name"]),
            coloured(each["state"]),
            each["agent_id"],
            each["purpose"],
            each["created_at"][:16].replace("T", " "),
        )
    return table


def campaign(found: Json, progress: Json, diagnostics: Json) -> Group:
    """Everything about one: what it is, how far, and what is in its way."""
    title = Text.assemble((found["name"], "bold"), "  ", coloured(found["state"]))
    facts = Table.grid(padding=(0, 2))
    for name in ("id", "agent_id", "purpose", "account_sid", "from_pool", "cps", "max_in_flight"):
        if found[name] is not None:
            facts.add_row(Text(name.replace("_", " "), style="dim"), Text(str(found[name])))
    return Group(title, facts, how_far(progress), obstacles(diagnostics))


def how_far(progress: Json) -> RenderableType:
    """A bar and what the contacts came to."""
    bar = Progress(TextColumn("contacts"), BarColumn(40), MofNCompleteColumn())
    bar.add_task("", total=progress["accepted"], completed=progress["finished"])
    counts = Table.grid(padding=(0, 3))
    open_ = {
        state: count
        for state, count in progress["contacts"].items()
        if state not in ("done", "exhausted", "expired", "suppressed", "cancelled")
    }
    for name, values in (("open", open_), ("ended", progress["dispositions"])):
        told = "  ".join(f"{count} {key}" for key, count in sorted(values.items()))
        counts.add_row(Text(name, style="dim"), Text(told or "-"))
    shares = "  ".join(
        f"{name} {progress[name]['share']:.1%} of {progress[name]['of']}"
        for name in ("answered", "machines", "abandoned", "reached")
        if progress[name]["share"] is not None
    )
    counts.add_row(Text("rates", style="dim"), Text(shares or "-"))
    counts.add_row(Text("in flight", style="dim"), Text(str(progress["in_flight"])))
    return Group(bar, counts)


def obstacles(diagnostics: Json) -> RenderableType:
    """Why nobody is called, if nobody is."""
    lines = [
        Text.assemble(
            ("! ", "yellow"),
            f"{each['gate']}: {each['reason']}",
            (f" until {each['until']}" if each["until"] else "", "dim"),
        )
        for each in diagnostics["blocked_by"]
    ]
    if not lines and diagnostics["next_at"] and "open" not in diagnostics["gates"]:
        lines = [Text(f"the next may be called at {diagnostics['next_at']}", style="dim")]
    return Group(*lines)


def imported(found: Json, errors: Iterable[Json]) -> Group:
    """What became of a list, and its first mistakes."""
    line = Text.assemble(
        coloured(found["state"]),
        f"  {found['accepted']} added",
        f"  {found['duplicates']} duplicates",
        f"  {found['suppressed']} suppressed",
        (f"  {found['rejected']} rejected", "red" if found["rejected"] else "default"),
    )
    if found["error_code"]:
        return Group(line, Text(f"The list could not be read: {found['error_code']}", style="red"))
    table = Table()
    for name in ("Row", "Column", "Code", "What is wrong", "Value"):
        table.add_column(name)
    for each in errors:
        cells = (each["column"], each["code"], each["message"], each["value_masked"] or "")
        table.add_row(str(each["row"]), *map(Text, cells))
    return Group(line, table) if table.row_count else Group(line)


def plan(found: Json) -> Group:
    """What would happen."""
    head = Text.assemble(
        (f"{found['callable_now']} now", "green"),
        f"  {found['callable_later']} later",
        (f"  {found['not_callable']} not", "red" if found["not_callable"] else "default"),
        ("" if found["complete"] else f"  (of the first {found['looked_at']})", "dim"),
    )
    table = Table()
    for name in ("Gate", "Reason", "Contacts", "Asked again"):
        table.add_column(name)
    for each in found["gates"]:
        again = "never" if each["for_good"] else each["next_at"] or "when that has changed"
        table.add_row(each["gate"], each["reason"], str(each["contacts"]), again)
    pace = found["pace"]
    eta = Text(
        f"{pace['calls_per_second']:g} calls a second"
        + (f", {pace['calls_at_once']} at once" if pace["calls_at_once"] is not None else "")
        + (f": {pace['eta_seconds']} s for those of now" if pace["eta_seconds"] else ""),
        style="dim",
    )
    missing = [Text(f"does not start: {each['detail']}", style="red") for each in found["missing"]]
    return Group(*missing, head, *([table] if found["gates"] else []), eta)


def live(state: str, progress: Json, seconds: float, talks: Iterable[Talk]) -> Group:
    """A campaign at this moment: how far it is, what came of it, who is talking."""
    bar = Progress(
        coloured_column(state), BarColumn(40), MofNCompleteColumn(), TextColumn(f"{seconds:.0f} s")
    )
    bar.add_task("", total=progress["accepted"], completed=progress["finished"])
    calls = sum(progress["attempts"].get(each, 0) for each in _ON_THE_LINE)
    on_the_line = Text(f"on the line: {calls}", style="dim")
    return Group(bar, dispositions(progress), on_the_line, *(_talk(each) for each in talks))


def coloured_column(state: str) -> TextColumn:
    """A state at the head of a bar."""
    return TextColumn(f"{state:<9}", style=_COLOURS.get(state, "default"))


def dispositions(progress: Json) -> Table:
    """What the contacts came to, as bars of their shares."""
    table = Table.grid(padding=(0, 1))
    total = max(1, progress["accepted"])
    counts = sorted(progress["dispositions"].items(), key=lambda each: (-each[1], each[0]))
    for name, count in counts:
        bar = Bar(size=total, begin=0, end=count, width=_BAR_WIDTH, color="cyan")
        table.add_row(Text(f"{name:>19}"), Text(f"{count:>4}"), bar)
    return table


def _talk(talk: Talk) -> Text:
    asked = Text(talk.asked, style="cyan")
    asked.truncate(_WORDS, overflow="ellipsis")
    said = Text(talk.said, style="green")
    said.truncate(_WORDS if talk.asked else 2 * _WORDS, overflow="ellipsis")
    return Text.assemble((f"  {talk.number}  ", "dim"), asked, "  " if talk.asked else "", said)
