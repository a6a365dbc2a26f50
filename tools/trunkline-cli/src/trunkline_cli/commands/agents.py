"""`trunkline agents check`: the agents of a folder, or all that is wrong with them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from trunkline.agents import Agent
from trunkline.agents.file import schema_text
from trunkline.agents.load import AgentError, Mistake, agent_files, load_files

agents_app = typer.Typer(help="Check the files that say what agents are.", no_args_is_help=True)

SCHEMA_FILE = "schema.json"


@agents_app.callback()
def _agents() -> None:
    """Keep `check` a command of its own: Typer merges a single command into its parent."""


@agents_app.command()
def check(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Agent files, or folders of them.", show_default="agents"),
    ] = None,
    write_schema: Annotated[
        bool, typer.Option("--write-schema", help=f"Write {SCHEMA_FILE} into each folder first.")
    ] = False,
) -> None:
    """Show the agents, or each mistake with its file and line; exit 1 on mistakes."""
    console = Console(soft_wrap=True)
    chosen = paths or [Path("agents")]
    if write_schema:
        for folder in filter(Path.is_dir, chosen):
            (folder / SCHEMA_FILE).write_text(schema_text())
    try:
        agents = load_files([file for path in chosen for file in _files(path)])
    except AgentError as error:
        _show_mistakes(console, error.mistakes)
        raise typer.Exit(1) from None
    console.print(_table(agents))
    for line in _needs(agents):
        console.print(line, style="dim", markup=False)


def _needs(agents: Iterable[Agent]) -> Iterator[str]:
    """What the worker must be given so that it can use the agents' tools."""
    requests = [tool.http for agent in agents for tool in agent.tools if tool.http]
    if hosts := {request.host for request in requests}:
        yield f"TOOL_HOSTS must name: {', '.join(sorted(hosts))}"
    if secrets := {name for request in requests for name in request.secrets}:
        yield f"TOOL_SECRETS_DIR must hold: {', '.join(sorted(secrets))}"


def _files(path: Path) -> list[Path]:
    return agent_files(path) if path.is_dir() else [path]


def _table(agents: Iterable[Agent]) -> Table:
    table = Table(title="Agents", title_justify="left")
    for name in ("Agent", "Version", "Numbers"):
        table.add_column(name, no_wrap=True)
    for name in ("Languages", "Models"):
        table.add_column(name)
    table.add_column("Docs", justify="right")
    for agent in agents:
        table.add_row(
            agent.id,
            agent.version,
            "\n".join(agent.numbers) or "-",
            ", ".join(language.code for language in agent.languages),
            "\n".join(f"{model.provider} {model.name}".strip() for model in agent.models),
            str(len(agent.knowledge)),
        )
    return table


def _show_mistakes(console: Console, mistakes: Sequence[Mistake]) -> None:
    for mistake in mistakes:
        where = Text(f"{mistake.file}:{mistake.line}: ", style="bold")
        console.print(where + Text(mistake.message))
    total = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    console.print(Text(total, style="red"))
