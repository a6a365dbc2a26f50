"""`trunkline chaos`: break the dialer in every way there is, and see whether it keeps its word."""

import asyncio
import json
import os
import platform
import secrets
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from trunkline.settings import load_settings
from trunkline_cli.chaos.perform import Program, perform
from trunkline_cli.chaos.result import Played, Report, kept, report
from trunkline_cli.chaos.scenarios import SCENARIOS
from trunkline_cli.chaos.scenarios.acting import Scenario
from trunkline_cli.chaos.screen import Screen, explain
from trunkline_cli.paths import ROOT
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.errors import StackError

RESULTS = ROOT / "bench" / "results" / "dialer-chaos.json"


def chaos(
    seed: Annotated[
        int | None, typer.Option(help="The same seed brings the same faults; else a new one.")
    ] = None,
    rows: Annotated[
        str, typer.Option(help="Rows of the fault list, such as F4,F24; all of them if not given.")
    ] = "",
    brief: Annotated[bool, typer.Option("--brief", help="Only rows that take seconds.")] = False,
    scale: Annotated[
        float, typer.Option(min=0.0, help="How much of the long waits to wait; 1: all of them.")
    ] = 0.05,
    runs: Annotated[int, typer.Option(min=1, help="How often, each time with the next seed.")] = 1,
    out: Annotated[
        Path,
        typer.Option(help="File for the report.", show_default="bench/results/dialer-chaos.json"),
    ] = RESULTS,
) -> None:
    """Break the dialer on purpose; the exit status is 0 only if every promise was kept."""
    first = secrets.randbelow(1_000_000) if seed is None else seed
    console = Console()
    try:
        results = [
            result
            for number in range(runs)
            for result in _play(first + number, _chosen(rows, brief), scale, console)
        ]
    except StackError as error:
        raise SystemExit(str(error)) from None
    told = _written(out, report(results, **_run(first, runs, scale)))
    explain(results, console)
    console.print(f"Report: {out}")
    raise typer.Exit(0 if told["held"] else 1)


def _written(out: Path, told: Report) -> Report:
    """Write the report. Of rows that were not played now, what the file told before stays."""
    if out.exists():
        told = kept(json.loads(out.read_text()), told)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({**_about(), **told}, indent=2) + "\n")
    return told


def _play(seed: int, scenarios: list[Scenario], scale: float, console: Console) -> list[Played]:
    """Play them once, in a folder of their own, which stays where something was broken."""
    parent = load_settings(CliSettings).trunkline_state_dir / "chaos"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{seed}-", dir=parent))
    console.print(
        f"Seed {seed}, in {folder}. Starting Kafka, PostgreSQL, a gateway, three dialers."
    )
    with Screen(console) as screen:
        results = asyncio.run(perform(Program(scenarios, folder, seed, scale), screen))
    if all(result.held for result in results):
        shutil.rmtree(folder, ignore_errors=True)
    return results


def _chosen(rows: str, brief: bool) -> list[Scenario]:
    wanted = {row.strip() for row in rows.split(",") if row.strip()}
    unknown = wanted - {scenario.row for scenario in SCENARIOS}
    if unknown:
        raise StackError(f"No scenario plays {', '.join(sorted(unknown))}.")
    return [
        scenario
        for scenario in SCENARIOS
        if (not wanted or scenario.row in wanted) and (scenario.brief or not brief)
    ]


def _run(seed: int, runs: int, scale: float) -> dict[str, object]:
    """Of what commit, and by what chance; it stands with every row that was played."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False, timeout=10)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "seeds": list(range(seed, seed + runs)),
        "scale_of_long_waits": scale,
    }


def _about() -> dict[str, object]:
    """On what machine; not the machine's name."""
    return {
        "what": "The dialer under the fault list, judged by the promises I1 to I10",
        "machine": {
            "cpus": os.cpu_count(),
            "architecture": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
        },
    }
