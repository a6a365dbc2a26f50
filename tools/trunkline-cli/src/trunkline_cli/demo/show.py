"""Runs the demo: the stack, the acts, the campaign, one call's story, the closing tables."""

import asyncio
import json
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from llm_worker.settings import WorkerSettings
from trunkline_cli.demo.acts import RECEPTIONIST, Act, acts, story_script
from trunkline_cli.demo.campaign import call_everybody
from trunkline_cli.demo.clinic_service import beside_stack
from trunkline_cli.demo.closing import Finale, Played, close
from trunkline_cli.demo.dialed import Dialed
from trunkline_cli.demo.failures import failures_of
from trunkline_cli.demo.ground import own_ground
from trunkline_cli.demo.loosened import loosened
from trunkline_cli.demo.people import people
from trunkline_cli.demo.speaker import Speaker, speaker_of
from trunkline_cli.demo.stage import Stage
from trunkline_cli.demo.story import tell
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.emulated import CPS, introduce, twilio_beside_stack
from trunkline_cli.stack.narrator import InShort
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.plan import credentials_of
from trunkline_cli.stack.report import StackReport
from trunkline_cli.stack.run import run_stack
from twilio_emulator import CallLedger, report, run_call

TELEPHONE_SPEED = 10.0  # of the campaign's telephones: the demo is to take two minutes
ROWS = 200  # of the campaign's list
BUSY_MS = 160.0  # of first tokens, as half of them took on a machine that has other things to do
BUSY_CPS = 2.0


async def show(
    options: StackOptions,
    settings: CliSettings,
    report_file: Path,
    console: Console,
    *,
    program: Sequence[Act] | None = None,
    rows: int = ROWS,
) -> bool:
    """Run the demo and write its report; says whether every expectation held.

    `program` are the acts before the campaign, whose list has so many `rows`.
    """
    speaker = speaker_of(WorkerSettings(kafka_bootstrap_servers=""))
    console.print(
        "Starting Apache Kafka, PostgreSQL, a gateway, two llm-workers, two dialers, an "
        "intelligence-ingest, an emulated Twilio, and the clinic that the receptionist's tools "
        "call, on this machine."
    )
    _introduce(speaker, console)
    program = acts() if program is None else program
    if speaker is not None:
        program = [replace(act, script=loosened(act.script)) for act in program]
    own, settings = own_ground(options, settings, speaker)
    began = time.monotonic()
    async with (
        beside_stack(replace(own, dialers=2, ingests=1), settings) as (with_tools, clinic),
        twilio_beside_stack(with_tools, settings, speed=TELEPHONE_SPEED) as (told, twilio),
        run_stack(told, settings, InShort(console)) as stack,
    ):
        await introduce(twilio, stack.report)
        console.print(f"Ready after {time.monotonic() - began:.0f} s.\n")
        stage = Stage(stack, twilio, clinic, console)
        played = [await stage.play(number, act) for number, act in enumerate(program, start=1)]
        finale = await _finale(stage, told, settings, played, rows)
        failures = await _failures(speaker, stack.report)
    return _write(close(played, speaker, failures, console, finale), report_file, console)


def _introduce(speaker: Speaker | None, console: Console) -> None:
    if speaker is None:
        console.print("No key of a model provider is set: rules and documents answer.")
    else:
        console.print(
            f"{speaker.name} of {speaker.provider} speaks: what is said is up to it. Expected are "
            "the language, the tools' effects, the transfers and the ends alone."
        )


async def _finale(
    stage: Stage, options: StackOptions, settings: CliSettings, played: Sequence[Played], rows: int
) -> Finale:
    """The campaign, while somebody else calls; then that call's story."""
    cps = pace(played)
    slow = "" if cps == CPS else " (this machine is busy: as many as it can talk with)"
    stage.begin(
        len(played) + 1,
        "A campaign",
        f"{rows} rows of a list, {cps:.0f} calls a second{slow}, two dialers; telephones here are "
        "ten times as fast. Nobody has these numbers.",
    )
    stage.clinic.delay_seconds = 0.0
    plan = stage.plan(RECEPTIONIST, 0, story_script())
    folder = options.state_dir or settings.trunkline_state_dir
    ticket_key = credentials_of(folder, settings).ticket_keys[0]
    campaign = call_everybody(
        stage.stack, stage.twilio, people(rows), folder, ticket_key, stage.console, cps=cps
    )
    dialed, caller = await _together(campaign, run_call(plan))
    stage.begin(
        len(played) + 2,
        "One call's story",
        "While the campaign was dialed, somebody called the clinic. What is known of that call:",
    )
    calls = [*(call for one in played for call in one.ledgers), caller, *_talked(stage)]
    told = await tell(stage.report, plan.call_sid, len(calls), stage.console)
    return Finale(dialed, caller, told)


def pace(played: Sequence[Played]) -> float:
    """Calls a second: fewer where replies took long, as nobody is to be rung up without an agent.

    The dialer would stop the account when too many people wait in vain.
    """
    ledgers = [ledger for one in played for ledger in one.ledgers]
    first = report(ledgers).first_token_ms.p50 if ledgers else None
    return CPS if first is None or first < BUSY_MS else BUSY_CPS


async def _together(
    campaign: Coroutine[None, None, Dialed], call: Coroutine[None, None, CallLedger]
) -> tuple[Dialed, CallLedger]:
    failure: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        calling = tasks.create_task(call, name="story")
        try:
            dialed = await campaign
        except Exception as error:  # raised below, outside the group, which would wrap it
            failure = error
    if failure is not None:
        raise failure
    return dialed, calling.result()


def _talked(stage: Stage) -> list[CallLedger]:
    """The campaign's calls in which somebody was connected with the agent."""
    calls = (call.conversation for call in stage.twilio.store.placed())
    return [call for call in calls if call is not None and call.opened]


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
