"""`trunkline demo`: real conversations over real Kafka, on this machine."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from trunkline.settings import load_settings
from trunkline_cli.demo.show import show
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.options import StackOptions


def demo(
    report: Annotated[Path, typer.Option(help="File for the figures, as JSON.")] = Path(
        "build/demo-report.json"
    ),
    agents: Annotated[Path | None, typer.Option(help="Folder of the agent files.")] = None,
) -> None:
    """Show real conversations; the exit status is 0 only if every expectation held."""
    options, settings = StackOptions(agents_dir=agents), load_settings(CliSettings)
    try:
        all_held = asyncio.run(show(options, settings, report, Console()))
    except StackError as error:
        raise SystemExit(str(error)) from None
    raise typer.Exit(0 if all_held else 1)
