"""`trunkline doctor`: is everything there that a real number needs?"""

import asyncio
from collections.abc import Mapping

import typer
from rich.console import Console
from rich.text import Text

from trunkline.settings import load_settings
from trunkline_cli.doctor.finding import Finding, Level
from trunkline_cli.doctor.look import look
from trunkline_cli.settings import CliSettings

_SIGNS: Mapping[Level, tuple[str, str]] = {
    Level.FINE: ("✓", "green"),
    Level.WARNING: ("!", "yellow"),
    Level.WRONG: ("✗", "red"),
    Level.SKIPPED: ("–", "dim"),  # noqa: RUF001  # a dash, not a minus
}


def doctor() -> None:
    """Look at settings, agents, Twilio, the public address, Kafka, PostgreSQL and the models' keys.

    Reads the environment and .env, as the services do. Nothing is changed, apart from a topic that
    is made and removed at once. The exit status is 1 if anything is wrong.
    """
    settings, console = load_settings(CliSettings), Console(soft_wrap=True, highlight=False)
    findings = asyncio.run(_examine(settings, console))
    counts = {level: sum(one.level is level for one in findings) for level in Level}
    console.print(
        f"\n{counts[Level.FINE]} fine, {counts[Level.WARNING]} to look at, "
        f"{counts[Level.WRONG]} wrong."
    )
    raise typer.Exit(1 if counts[Level.WRONG] else 0)


async def _examine(settings: CliSettings, console: Console) -> list[Finding]:
    """Show each finding as it is made: some of them take seconds."""
    findings: list[Finding] = []
    async for finding in look(settings):
        if not findings or findings[-1].area != finding.area:
            console.print(Text(finding.area, style="bold"))
        findings.append(finding)
        console.print(_line(finding))
    return findings


def _line(finding: Finding) -> Text:
    sign, colour = _SIGNS[finding.level]
    line = Text(f"  {sign} ", style=colour) + Text(finding.what, style="default")
    return line + Text(f"\n      {finding.mend}", style="dim") if finding.mend else line
