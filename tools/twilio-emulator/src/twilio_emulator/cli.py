"""The command line: `twilio-emulator call`, `scenario`, `scenarios` and `serve`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from twilio_emulator.caller import run_calls
from twilio_emulator.display import LiveDisplay, calls_table, report_table
from twilio_emulator.export import write_ledgers
from twilio_emulator.outcomes import Behaviour, QueueResult
from twilio_emulator.plan import CallPlan
from twilio_emulator.report import report
from twilio_emulator.rest import Account, EmulatedTwilio
from twilio_emulator.rest import serve as serve_rest
from twilio_emulator.scenario import Press, Say, Scenario, Step, WaitForReply
from twilio_emulator.scenario_file import ScenarioError, load_scenario, shipped_scenarios

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
Callee = Annotated[
    Behaviour | None,
    typer.Option(help="What everybody does whom a <Dial> calls; else the number's end decides."),
]
Queue = Annotated[QueueResult | None, typer.Option(help="What the caller meets in an <Enqueue>.")]


@app.command()
def call(
    voice_url: VoiceUrl,
    account_sid: AccountSid,
    auth_token: AuthToken,
    say: Annotated[list[str], typer.Option(help="What to say; give it once for each turn.")],
    lang: Annotated[str | None, typer.Option(help="The language of it, such as es-MX.")] = None,
    press: Annotated[str, typer.Option(help="Keys to press when all is said, such as 1234#.")] = "",
    callee: Callee = None,
    queue: Queue = None,
    to_number: To = "+15005550001",
    from_number: From = "+15005550006",
    cps: Cps = 15.0,
    ledger: LedgerFile = None,
) -> None:
    """Call a number, say something, and listen to each answer.

    The webhook is asked for TwiML, and what it answers is carried out, as
    Twilio would: sessions, transfers, queues, keys. All is shown as it happens,
    with the milliseconds to the first word of each answer. Interruptions, lost
    sockets and expectations are for scenarios: see `twilio-emulator scenarios`.

    \b
    twilio-emulator call --voice-url http://127.0.0.1:8080/twilio/voice/incoming
        --say "Are you open on Saturdays?" --say "Thank you."
    twilio-emulator call --voice-url ... --say "A person, please." --callee busy
    twilio-emulator call --voice-url ... --say Hola --lang es-MX --press 1234#

    Exits 1 if the call broke down, or an answer did not come.
    """
    steps: list[Step] = []
    for text in say:
        steps += [Say(text, lang), WaitForReply()]
    if press:
        steps += [Press(press), WaitForReply()]
    plan = CallPlan(
        voice_url=voice_url,
        account_sid=account_sid,
        auth_token=auth_token,
        from_number=from_number,
        to_number=to_number,
        speaking_cps=cps,
        callees={} if callee is None else {"": callee},
        queues={} if queue is None else {"": queue},
        script=Scenario(name="call", steps=tuple(steps)),
    )
    _run([plan], ledger, quiet=False)


@app.command()
def scenarios() -> None:
    """List the scenarios that come with the emulator."""
    table = Table(box=None, show_header=False)
    for file in shipped_scenarios():
        about = file.read_text().partition("\n")[0].removeprefix("# ")
        table.add_row(file.name.removesuffix(".yaml"), about)
    Console().print(table)


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
    """Play scenarios; exits 0 only if every expectation held.

    A scenario is a YAML file with the steps of a caller and what must come of
    them; the README tells how to write one, and `twilio-emulator scenarios`
    which there are.
    """
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
    intelligence: Annotated[
        list[str] | None,
        typer.Option(help="An Intelligence service, with its webhook: name=http://..."),
    ] = None,
    configuration: Annotated[
        list[str] | None,
        typer.Option(help="A conversation configuration, with its webhook: id=http://..."),
    ] = None,
    port: Annotated[int, typer.Option(help="0 takes any that is free.")] = 8090,
    cps: Annotated[float, typer.Option(min=0.01, help="Calls dialled a second.")] = 1.0,
    speed: Annotated[float, typer.Option(min=0.01, help="How much faster phones ring.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of whatever is left to chance.")] = 0,
) -> None:
    """Be Twilio's REST API on this machine, until Ctrl-C."""
    account = Account(
        sid=account_sid,
        auth_token=auth_token,
        cps=cps,
        numbers=_names_and_urls(number),
        configurations=_names_and_urls(configuration),
    )
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(account, _names_and_urls(intelligence), port, speed, seed))


async def _serve(
    account: Account, services: Mapping[str, str], port: int, speed: float, seed: int
) -> None:
    async with serve_rest([account], port=port, speed=speed, seed=seed) as twilio:
        for name, webhook in services.items():
            twilio.intelligence.add_service(account.sid, name, webhook)
        _say_where(twilio)
        await asyncio.Event().wait()


def _say_where(twilio: EmulatedTwilio) -> None:
    console = Console()
    console.print(
        f"Twilio's REST API is at {twilio.url}, its truth at {twilio.url}/_emulator/ledger"
    )


def _names_and_urls(texts: list[str] | None) -> dict[str, str]:
    parts = (text.partition("=") for text in texts or ())
    return {name: url for name, _, url in parts}


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
