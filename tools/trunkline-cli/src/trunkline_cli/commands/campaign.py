"""`trunkline campaign`: campaigns of the dialer, from the draft to the last call."""

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.live import Live
from rich.text import Text

from trunkline_cli.dialing import shown
from trunkline_cli.dialing.importing import import_list
from trunkline_cli.dialing.running import AsJson, Desk, at_desk

campaign_app = typer.Typer(help="Call a list of people.", no_args_is_help=True)

POLL_SECONDS = 1.0
AT_AN_END = ("completed", "cancelled")

Id = Annotated[str, typer.Argument(help="The campaign's id, as `list` shows it.", metavar="ID")]

EmergencyReason = Annotated[
    str | None,
    typer.Option(help="Why it is an emergency; needs a key with the scope policy:override."),
]


@campaign_app.command()
def create(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    agent: Annotated[str, typer.Option(help="The agent that speaks.")],
    purpose: Annotated[str, typer.Option(help="marketing, informational or emergency.")],
    emergency_reason: EmergencyReason = None,
    region: Annotated[str | None, typer.Option(help="Country of numbers without one: US.")] = None,
    account: Annotated[
        str | None, typer.Option(help="Twilio account, if you have several.")
    ] = None,
    pool: Annotated[str, typer.Option(help="Numbers that calls come from.")] = "default",
    cps: Annotated[float | None, typer.Option(help="Calls per second.")] = None,
    at_once: Annotated[int | None, typer.Option(help="Calls at once.")] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Hours, retries and caps: a YAML or JSON file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draft a campaign; nobody is called before it is started."""
    body = {
        "name": name,
        "agent_id": agent,
        "purpose": purpose,
        "emergency_reason": emergency_reason,
        "default_region": region,
        "account_sid": account,
        "from_pool": pool,
        "cps": cps,
        "max_in_flight": at_once,
        "policy": _policy(policy) if policy else {},
    }
    with at_desk(as_json=as_json) as desk:
        found = desk.client.post("/v1/campaigns", body)
        desk.show(found, Text.assemble("Drafted ", (found["id"], "bold")))


@campaign_app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the campaigns, the newest first."""
    with at_desk(as_json=as_json) as desk:
        found = list(desk.client.pages("/v1/campaigns", state=state))
        desk.show(found, shown.campaigns(found))


@campaign_app.command()
def show(campaign: Id, as_json: AsJson = False) -> None:
    """Show one campaign: what it is, how far, and what is in its way."""
    with at_desk(as_json=as_json) as desk:
        found, progress, diagnostics = _everything(desk, campaign)
        answer = {"campaign": found, "progress": progress, "diagnostics": diagnostics}
        desk.show(answer, shown.campaign(found, progress, diagnostics))


@campaign_app.command()
def plan(campaign: Id, as_json: AsJson = False) -> None:
    """Say who would be called when, and who would not; nobody is called."""
    with at_desk(as_json=as_json) as desk:
        found = desk.client.post(f"/v1/campaigns/{campaign}:validate")
        desk.show(found, shown.plan(found))


@campaign_app.command("import")
def import_(
    campaign: Id,
    file: Annotated[
        Path, typer.Argument(help="CSV, or .ndjson.", exists=True, dir_okay=False, readable=True)
    ],
    column: Annotated[
        list[str] | None,
        typer.Option(help="What a column is: 'Vorname=variables.first_name'. Repeatable."),
    ] = None,
    region: Annotated[str, typer.Option(help="Country of numbers without one.")] = "",
    delimiter: Annotated[str, typer.Option(help="Between cells; else found out.")] = "",
    encoding: Annotated[str, typer.Option(help="Of the file; else found out.")] = "",
    skip_called_within_hours: Annotated[
        int, typer.Option(help="Leave out numbers that were called so lately.")
    ] = 0,
    errors: Annotated[
        Path | None, typer.Option(help="Write all mistakes to this CSV file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a list of people. Exit status 1 if nobody was added."""
    options = {
        "columns": dict(pair(each) for each in column or []),
        "default_region": region,
        "delimiter": delimiter,
        "encoding": encoding,
        "skip_called_within_hours": skip_called_within_hours,
    }
    with at_desk(as_json=as_json) as desk:
        found = import_list(desk.client, campaign, file, options, desk.console, quiet=desk.as_json)
        mistakes = desk.client.get(found["errors_url"], limit=10)["data"]
        desk.show(found, shown.imported(found, mistakes))
        if errors is not None:
            desk.client.save(f"{found['errors_url']}.csv", errors)
    raise typer.Exit(0 if found["accepted"] else 1)


@campaign_app.command()
def start(campaign: Id, as_json: AsJson = False) -> None:
    """Begin to call."""
    _command(campaign, "start", as_json=as_json)


@campaign_app.command()
def pause(campaign: Id, as_json: AsJson = False) -> None:
    """Place no more calls; those there are go on."""
    _command(campaign, "pause", as_json=as_json)


@campaign_app.command()
def resume(campaign: Id, as_json: AsJson = False) -> None:
    """Go on after a pause."""
    _command(campaign, "resume", as_json=as_json)


@campaign_app.command()
def cancel(
    campaign: Id,
    mode: Annotated[
        str, typer.Option(help="What becomes of calls: drain, cancel_queued or hangup.")
    ] = "drain",
    as_json: AsJson = False,
) -> None:
    """Call nobody any more, for good."""
    _command(campaign, "cancel", {"mode": mode}, as_json=as_json)


@campaign_app.command()
def watch(campaign: Id) -> None:
    """Watch a campaign until it is at its end, or Ctrl-C."""
    with (
        suppress(KeyboardInterrupt),
        at_desk(as_json=False) as desk,
        Live(console=desk.console, refresh_per_second=4) as live,
    ):
        while True:
            found, progress, diagnostics = _everything(desk, campaign)
            live.update(shown.campaign(found, progress, diagnostics))
            if found["state"] in AT_AN_END:
                return
            time.sleep(POLL_SECONDS)


def _everything(desk: Desk, campaign: str) -> tuple[Any, Any, Any]:
    path = f"/v1/campaigns/{campaign}"
    client = desk.client
    return client.get(path), client.get(f"{path}/progress"), client.get(f"{path}/diagnostics")


def _command(campaign: str, command: str, body: Any = None, *, as_json: bool) -> None:
    with at_desk(as_json=as_json) as desk:
        found = desk.client.post(f"/v1/campaigns/{campaign}/{command}", body)
        name = Text.assemble((found["name"], "bold"), " is ")
        desk.show(found, name + shown.coloured(found["state"]))


def _policy(file: Path) -> Any:
    text = file.read_text()
    return json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)


def pair(text: str) -> tuple[str, str]:
    """`name=value` in its two parts."""
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise typer.BadParameter(f"{text!r}: write it as NAME=VALUE")
    return name, value
