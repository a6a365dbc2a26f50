"""The command line: `twilio-emulator call`, `scenario` and `serve`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from twilio_emulator.caller import run_calls
from twilio_emulator.display import LiveDisplay, calls_table, report_table
from twilio_emulator.export import write_ledgers
from twilio_emulator.plan import CallPlan
from twilio_emulator.report import report
from twilio_emulator.rest import Account, EmulatedTwilio
from twilio_emulator.rest import serve as serve_rest
from twilio_emulator.scenario import Say, Scenario, Step, WaitForReply
from twilio_emulator.scenario_file import ScenarioError, load_scenario

app = typer.Typer(
    help="Plays Twilio and the caller against a ConversationRelay server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, the token among them
)

VoiceUrl = Annotated[str, typer.Option(help="The voice webhook of the called number.")]
AccountSid = Annotated[str, typer.Option(envvar="TWILIO_ACCOUNT_SID")]
AuthToken = Annotated[str, typer.Option(envvar="TWILIO_AUTH_TOKEN", help="Signs every request.")]
From = Annotated[str, typer.Option("--from", help="The caller's number.")]
To = Annotated[str, typer.Option("--to", help="The called number.")]
Cps = Annotated[float, typer.Option(help="The agent's speech, in characters a second.")]
LedgerFile = Annotated[Path | None, typer.Option(help="Write every frame of every call here.")]
Quiet = Annotated[bool, typer.Option(help="Show only the tables.")]


@app.command()
def call(
    voice_url: VoiceUrl,
    account_sid: AccountSid,
    auth_token: AuthToken,
    say: Annotated[list[str], typer.Option(help="What to say; give it once for each turn.")],
    to_number: To = "+15005550001",
    from_number: From = "+15005550006",
    cps: Cps = 15.0,
    ledger: LedgerFile = None,
) -> None:
    """Call a number, say something, and listen to each answer."""
    steps: list[Step] = []
    for text in say:
        steps += [Say(text), WaitForReply()]
    plan = CallPlan(
        voice_url=voice_url,
        account_sid=account_sid,
        auth_token=auth_token,
        from_number=from_number,
        to_number=to_number,
        speaking_cps=cps,
        script=Scenario(name="call", steps=tuple(steps)),
    )
    _run([plan], ledger, quiet=False)


@app.command()
def scenario(
    files: Annotated[list[str], typer.Argument(help="YAML files, or names of shipped scenarios.")],
    voice_url: VoiceUrl,
    account_sid: AccountSid,
    auth_token: AuthToken,
    to_number: To = "+15005550001",
    from_number: From = "+15005550006",
    cps: Cps = 15.0,
    calls: Annotated[int, typer.Option(min=1, help="Calls of each scenario, all at once.")] = 1,
    ledger: LedgerFile = None,
    quiet: Quiet = False,
) -> None:
    """Play scenarios; exits 0 only if every expectation held."""
    try:
        scripts = [load_scenario(file) for file in files]
    except ScenarioError as problem:
        raise typer.BadParameter(str(problem)) from problem
    plans = [
        CallPlan(
            voice_url=voice_url,
            account_sid=account_sid,
            auth_token=auth_token,
            from_number=from_number,
            to_number=to_number,
            speaking_cps=cps,
            script=script,
        )
        for script in scripts
        for _ in range(calls)
    ]
    _run(plans, ledger, quiet)


@app.command()
def serve(
    account_sid: AccountSid,
    auth_token: AuthToken,
    number: Annotated[
        list[str] | None,
        typer.Option(help="A number of the account, with its voice URL: +15005550006=http://..."),
    ] = None,
    port: Annotated[int, typer.Option(help="0 takes any that is free.")] = 8090,
    cps: Annotated[float, typer.Option(min=0.01, help="Calls dialled a second.")] = 1.0,
    speed: Annotated[float, typer.Option(min=0.01, help="How much faster phones ring.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of whatever is left to chance.")] = 0,
) -> None:
    """Be Twilio's REST API on this machine, until Ctrl-C."""
    numbers = dict(_number_and_url(each) for each in number or ())
    account = Account(sid=account_sid, auth_token=auth_token, cps=cps, numbers=numbers)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(account, port, speed, seed))


async def _serve(account: Account, port: int, speed: float, seed: int) -> None:
    async with serve_rest([account], port=port, speed=speed, seed=seed) as twilio:
        _say_where(twilio)
        await asyncio.Event().wait()


def _say_where(twilio: EmulatedTwilio) -> None:
    console = Console()
    console.print(
        f"Twilio's REST API is at {twilio.url}, its truth at {twilio.url}/_emulator/ledger"
    )


def _number_and_url(text: str) -> tuple[str, str]:
    number, _, url = text.partition("=")
    return number, url


def _run(plans: list[CallPlan], file: Path | None, quiet: bool) -> None:
    console = Console()
    observer = None if quiet else LiveDisplay(console)
    ledgers = asyncio.run(run_calls(plans, observer))
    console.print(calls_table(ledgers), report_table(report(ledgers)))
    if file is not None:
        write_ledgers(file, ledgers)
    if not all(call.ok for call in ledgers):
        raise typer.Exit(1)


def main() -> None:
    app()
