"""`trunkline up`: the local stack and the services, until Ctrl-C."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from trunkline.lifecycle import stop_on_signal
from trunkline.settings import load_settings
from trunkline_cli.demo.clinic_service import HOST, beside_stack
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.emulated import introduce, twilio_beside_stack
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.follow import follow
from trunkline_cli.stack.narrator import OnScreen
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.report import StackReport
from trunkline_cli.stack.run import Stack, run_stack
from trunkline_cli.stack.together import plain_errors
from twilio_emulator.rest import EmulatedTwilio


def up(
    gateways: Annotated[int, typer.Option(min=1, help="Gateway processes.")] = 1,
    workers: Annotated[int, typer.Option(min=0, help="llm-worker processes.")] = 2,
    dialers: Annotated[int, typer.Option(min=0, help="Dialer processes.")] = 1,
    ingests: Annotated[int, typer.Option(min=0, help="intelligence-ingest processes.")] = 1,
    port: Annotated[
        int | None, typer.Option(help="Port of the public address; a free one if not given.")
    ] = None,
    kafka_port: Annotated[int | None, typer.Option(help="Port of the local Kafka.")] = None,
    postgres_port: Annotated[int | None, typer.Option(help="Port of the local PostgreSQL.")] = None,
    agents: Annotated[Path | None, typer.Option(help="Folder of the agent files.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="File that is told where everything is; it holds secrets.")
    ] = None,
    frame_logs: Annotated[
        Path | None,
        typer.Option(
            help="Folder for a log of all socket frames: time, type, turn, length; no words."
        ),
    ] = None,
    no_restart: Annotated[
        bool, typer.Option("--no-restart", help="Leave a part that dies dead.")
    ] = False,
    logs: Annotated[bool, typer.Option("--logs", help="Show the services' logs.")] = False,
) -> None:
    """Run Kafka, PostgreSQL and all services on this machine, until Ctrl-C."""
    options = StackOptions(
        gateways=gateways,
        workers=workers,
        dialers=dialers,
        ingests=ingests,
        restart=not no_restart,
        port=port,
        kafka_port=kafka_port,
        postgres_port=postgres_port,
        report=report,
        frame_logs=frame_logs,
        agents_dir=agents,
        environment={"LOG_FORMAT": "console"} if logs else {},
    )
    settings, console = load_settings(CliSettings), Console()
    try:
        asyncio.run(_stay_up(options, settings, console, show_logs=logs))
    except StackError as error:
        raise SystemExit(str(error)) from None


async def _stay_up(
    options: StackOptions, settings: CliSettings, console: Console, *, show_logs: bool
) -> None:
    screen = OnScreen(console)
    with plain_errors():
        async with stop_on_signal() as stop, asyncio.TaskGroup() as tasks:
            running = tasks.create_task(_run(options, settings, screen, show_logs), name="stack")
            await stop.wait()  # or until the stack fails, which cancels this
            screen.say("Stopping ...")
            running.cancel()


async def _run(
    options: StackOptions, settings: CliSettings, screen: OnScreen, show_logs: bool
) -> None:
    """Run the stack until cancelled."""
    async with (
        _tools(options, settings) as (with_tools, tools),
        _twilio(with_tools, settings) as (told, twilio),
        run_stack(told, settings, screen) as stack,
        asyncio.TaskGroup() as tasks,
    ):
        if twilio is not None:
            await introduce(twilio, stack.report)
        screen.say(_summary(stack, tools, twilio))
        for service in stack.services if show_logs else ():
            lines = follow(service.log, service.name, screen.say)
            tasks.create_task(lines, name=f"{service.name}-log")
        await asyncio.Event().wait()


@asynccontextmanager
async def _tools(
    options: StackOptions, settings: CliSettings
) -> AsyncIterator[tuple[StackOptions, str]]:
    """What tools may call, for the stack and for people: TOOL_HOSTS, or else our own clinic."""
    if settings.tool_hosts:
        yield options, settings.tool_hosts
        return
    async with beside_stack(options, settings) as (told, clinic):
        yield told, f"{HOST} alone: the sample agents' clinic, which runs here ({clinic.url})"


@asynccontextmanager
async def _twilio(
    options: StackOptions, settings: CliSettings
) -> AsyncIterator[tuple[StackOptions, EmulatedTwilio | None]]:
    """Who is asked for calls and transcripts: the account that is set, or else an emulated one."""
    if settings.twilio_account_sid or not (options.dialers or options.ingests):
        yield options, None
        return
    async with twilio_beside_stack(options, settings) as (told, twilio):
        yield told, twilio


def _summary(stack: Stack, tools: str, twilio: EmulatedTwilio | None) -> str:
    report = stack.report
    agents = "".join(
        f"\n  agent        {agent.id}: {', '.join(agent.numbers) or 'no number'}"
        for agent in report.agents
    )
    return (
        "Ready. Ctrl-C stops everything.\n"
        f"  voice URL    {report.voice_url}\n"
        f"  relay URL    {report.relay_url}\n"
        f"  Kafka        {report.kafka.bootstrap}\n"
        f"  tools call   {tools}\n"
        f"  logs         {stack.services[0].log.parent}" + agents + _apis(report, twilio)
    )


def _apis(report: StackReport, twilio: EmulatedTwilio | None) -> str:
    """Where the APIs are, and how to be let in: lines to be pasted into another terminal."""
    lines = [f"  dialer       {dialer.url}" for dialer in report.dialers]
    lines += [f"  ingest       {ingest.url}" for ingest in report.ingests]
    if twilio is not None:
        lines.append(f"  Twilio       {twilio.url}: emulated, nobody is rung up")
    if report.dialers or report.ingests:
        lines.append("For `trunkline campaign`, `call` and `calls` in another terminal:")
    for name, entries, key in (
        ("DIALER", report.dialers, report.dialer_api_key),
        ("INGEST", report.ingests, report.ingest_api_key),
    ):
        if entries:
            lines.append(f"  export {name}_URL={entries[0].url} {name}_API_KEY={key}")
    return "".join(f"\n{line}" for line in lines)
