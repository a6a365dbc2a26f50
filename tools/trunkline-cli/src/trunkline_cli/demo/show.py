"""Runs the demo: the stack, the acts, the closing tables and the report."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from llm_worker.settings import WorkerSettings
from trunkline_cli.demo.acts import EVENT_HOST, RECEPTIONIST, Act, acts, problems
from trunkline_cli.demo.clinic_service import ClinicService, beside_stack
from trunkline_cli.demo.closing import Played, close
from trunkline_cli.demo.failures import failures_of
from trunkline_cli.demo.loosened import loosened
from trunkline_cli.demo.speaker import Speaker, agents_for, speaker_of
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.narrator import OnScreen
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.plan import agents_folder
from trunkline_cli.stack.report import StackReport
from trunkline_cli.stack.run import run_stack
from twilio_emulator import CallPlan, run_calls
from twilio_emulator.display import LiveDisplay

GAP_SECONDS = 0.05  # between callers of one act: they all talk at once, but dial as people do
SPEAKING_CPS = 22.0  # somewhat faster than people speak: the demo is to take two minutes


async def show(
    options: StackOptions, settings: CliSettings, report_file: Path, console: Console
) -> bool:
    """Run the demo and write its report; says whether every expectation held."""
    speaker = speaker_of(WorkerSettings(kafka_bootstrap_servers=""))
    console.print(
        "Starting Apache Kafka, PostgreSQL, a gateway, two llm-workers, and the clinic that the "
        "receptionist's tools call, on this machine."
    )
    _introduce(speaker, console)
    program = acts()
    if speaker is not None:
        options = replace(options, agents_dir=_agents_dir(speaker, options, settings))
        program = [replace(act, script=loosened(act.script)) for act in program]
    began = time.monotonic()
    async with (
        beside_stack(options, settings) as (told, clinic),
        run_stack(told, settings, OnScreen(console)) as stack,
    ):
        console.print(f"Ready after {time.monotonic() - began:.0f} s.\n")
        played = [
            await _play(number, act, stack.report, clinic, console)
            for number, act in enumerate(program, start=1)
        ]
        failures = await _failures(speaker, stack.report)
    return _write(close(played, speaker, failures, console), report_file, console)


def _introduce(speaker: Speaker | None, console: Console) -> None:
    if speaker is None:
        console.print("No key of a model provider is set: rules and documents answer.")
    else:
        console.print(
            f"{speaker.name} of {speaker.provider} speaks: what is said is up to it. Expected are "
            "the language, the tools' effects, the transfers and the ends alone."
        )


def _agents_dir(speaker: Speaker, options: StackOptions, settings: CliSettings) -> Path:
    state_dir = options.state_dir or settings.trunkline_state_dir
    source = agents_folder(options, settings)
    return agents_for(speaker, source, state_dir / "demo-agents", [RECEPTIONIST, EVENT_HOST])


async def _play(
    number: int, act: Act, stack: StackReport, clinic: ClinicService, console: Console
) -> Played:
    console.rule(f"[bold]{number}. {act.title}")
    console.print(f"{act.about}\n", style="dim")
    clinic.delay_seconds = act.clinic_seconds
    plans = [_plan(act, caller, stack) for caller in range(act.callers)]
    ledgers = await run_calls(plans, LiveDisplay(console), gap_seconds=GAP_SECONDS)
    console.print()
    return Played(act, ledgers, problems(act, ledgers, clinic))


def _plan(act: Act, caller: int, stack: StackReport) -> CallPlan:
    return CallPlan(
        voice_url=stack.voice_url,
        account_sid=stack.twilio.account_sid,
        auth_token=stack.twilio.auth_token,
        from_number=f"+1500555{caller:04}",
        to_number=next(agent.numbers[0] for agent in stack.agents if agent.id == act.agent),
        script=act.script,
        speaking_cps=SPEAKING_CPS,
    )


async def _failures(speaker: Speaker | None, stack: StackReport) -> int:
    if speaker is None:
        return 0
    return await failures_of(speaker.provider, [each.internal_url for each in stack.workers])


def _write(figures: Mapping[str, object], report_file: Path, console: Console) -> bool:
    """Write the report and say the verdict."""
    report_file.parent.mkdir(parents=True, exist_ok=True)
    report_file.write_text(json.dumps(figures, indent=2) + "\n")
    console.print(f"Report: {report_file}")
    held = bool(figures["held"])
    console.print("[green]Every expectation held." if held else "[red]Not every expectation held.")
    return held
