"""Runs the demo: the stack, the acts, the closing table and the report."""

import json
import time
from pathlib import Path

from rich.console import Console

from trunkline_cli.demo.acts import Act, acts
from trunkline_cli.stack.narrator import OnScreen
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.report import StackReport
from trunkline_cli.stack.run import run_stack
from twilio_emulator import CallPlan, report, run_calls
from twilio_emulator.display import LiveDisplay, calls_table, report_table
from twilio_emulator.ledger import CallLedger

AGENT = "receptionist"
GAP_SECONDS = 0.05  # between callers of one act: they all talk at once, but dial as people do


async def show(options: StackOptions, report_file: Path, console: Console) -> bool:
    """Run the demo and write its report; says whether every expectation held."""
    console.print(
        "Starting Apache Kafka, PostgreSQL, a gateway and two llm-workers on this machine."
    )
    began = time.monotonic()
    async with run_stack(options, narrator=OnScreen(console)) as stack:
        console.print(f"Ready after {time.monotonic() - began:.0f} s.\n")
        ledgers = []
        for number, act in enumerate(acts(), start=1):
            ledgers += await _play(number, act, stack.report, console)
    return _close(ledgers, report_file, console)


async def _play(number: int, act: Act, stack: StackReport, console: Console) -> list[CallLedger]:
    console.rule(f"[bold]{number}. {act.title}")
    console.print(f"{act.about}\n", style="dim")
    plans = [_plan(act, caller, stack) for caller in range(act.callers)]
    ledgers = await run_calls(plans, LiveDisplay(console), gap_seconds=GAP_SECONDS)
    console.print()
    return ledgers


def _plan(act: Act, caller: int, stack: StackReport) -> CallPlan:
    return CallPlan(
        voice_url=stack.voice_url,
        account_sid=stack.twilio.account_sid,
        auth_token=stack.twilio.auth_token,
        from_number=f"+1500555{caller:04}",
        to_number=_number(stack),
        script=act.script,
    )


def _number(stack: StackReport) -> str:
    return next(agent.numbers[0] for agent in stack.agents if agent.id == AGENT)


def _close(ledgers: list[CallLedger], report_file: Path, console: Console) -> bool:
    figures = report(ledgers)
    console.print(calls_table(ledgers))
    console.print(report_table(figures))
    report_file.parent.mkdir(parents=True, exist_ok=True)
    report_file.write_text(json.dumps(figures.as_dict(), indent=2) + "\n")
    console.print(f"Report: {report_file}")
    failed = [f"{call.name}: {failure.text}" for call in ledgers for failure in call.failures]
    if figures.turns_lost or figures.stale_tokens:
        failed.append("A turn was lost, or a stale word was spoken.")
    for problem in failed:
        console.print(problem, style="red", markup=False)
    all_held = not failed and all(call.ok for call in ledgers)
    verdict = "[green]Every expectation held." if all_held else "[red]Not every expectation held."
    console.print(verdict)
    return all_held
