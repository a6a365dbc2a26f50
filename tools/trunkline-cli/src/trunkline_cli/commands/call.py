"""`trunkline call`: one call, now."""

import time
from typing import Annotated, Any

import typer
from rich.text import Text

from trunkline_cli.commands.campaign import POLL_SECONDS, EmergencyReason, pair
from trunkline_cli.dialing.running import AsJson, Desk, at_desk

OVER = ("done", "exhausted", "expired", "suppressed", "cancelled")


def call(
    number: Annotated[str, typer.Argument(help="Whom to call: +12025550143.")],
    agent: Annotated[str, typer.Option(help="The agent that speaks.")],
    purpose: Annotated[
        str, typer.Option(help="marketing, informational or emergency.")
    ] = "informational",
    emergency_reason: EmergencyReason = None,
    variable: Annotated[
        list[str] | None, typer.Option("--var", help="A variable: name=Ana. Repeatable.")
    ] = None,
    consent: Annotated[
        str, typer.Option(help="What the person agreed to: none, implied, express, written.")
    ] = "none",
    consent_at: Annotated[
        str | None,
        typer.Option(help="When they did, for marketing: 2026-11-01T10:00:00Z."),
    ] = None,
    consent_source: Annotated[str, typer.Option(help="How they did: web form, version 3.")] = "",
    account: Annotated[
        str | None, typer.Option(help="Twilio account, if you have several.")
    ] = None,
    pool: Annotated[str, typer.Option(help="Numbers that the call comes from.")] = "default",
    timezone: Annotated[str, typer.Option(help="Where the person is: America/New_York.")] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the call is over.")] = False,
    as_json: AsJson = False,
) -> None:
    """Call somebody now, through the same gates as a campaign: hours, consent, opt-outs, caps.

    With --wait, exit status 1 if no person was reached.
    """
    body = {
        "number": number,
        "agent_id": agent,
        "purpose": purpose,
        "emergency_reason": emergency_reason,
        "variables": dict(pair(each) for each in variable or []),
        "consent": {"type": consent, "at": consent_at, "source": consent_source},
        "account_sid": account,
        "from_pool": pool,
        "timezone": timezone,
    }
    with at_desk(as_json=as_json) as desk:
        found = desk.client.post("/v1/calls", body)
        if wait:
            found = _over(desk, found)
        desk.show(found, _told(found))
    if wait:
        raise typer.Exit(0 if found["contact"]["disposition"] == "human" else 1)


def _over(desk: Desk, found: Any) -> Any:
    """Wait for its end, and tell what happens on the way."""
    seen = ""
    while found["contact"]["state"] not in OVER:
        told = _told(found)
        if not desk.as_json and told.plain != seen:
            desk.console.print(told)
            seen = told.plain
        time.sleep(POLL_SECONDS)
        found = desk.client.get(f"/v1/calls/{found['id']}")
    return found


def _told(found: Any) -> Text:
    contact, verdict = found["contact"], found["verdict"]
    if contact["state"] in OVER:
        sid = found["attempts"][0]["call_sid"] if found["attempts"] else None
        words = f"  trunkline calls show {sid}" if sid else ""
        return Text.assemble(
            (contact["disposition"], "bold"), f" ({contact['detail']})", (words, "dim")
        )
    if verdict is not None and verdict["gate"] is not None:
        until = f" until {verdict['until']}" if verdict["until"] else ""
        return Text(f"waits: {verdict['gate']}, {verdict['reason']}{until}", style="yellow")
    state = found["attempts"][0]["state"] if found["attempts"] else contact["state"]
    return Text.assemble((found["id"], "dim"), f" {state}")
