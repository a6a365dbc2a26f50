"""`trunkline calls`: past calls listed, searched, and read as conversations."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.text import Text

from trunkline_cli.calls import shown
from trunkline_cli.calls.client import CallsClient, CallsError, open_calls
from trunkline_cli.calls.story import story

calls_app = typer.Typer(no_args_is_help=True, help="Past calls: listed, searched, read.")

AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest first.")]
Since = Annotated[str | None, typer.Option(help="At this time or later: 2026-11-24T09:00:00Z.")]
Until = Annotated[str | None, typer.Option(help="Before this time.")]
Agent = Annotated[str | None, typer.Option(help="Id of the agent that spoke.")]
Campaign = Annotated[str | None, typer.Option(help="Id of the campaign.")]
Number = Annotated[str | None, typer.Option(help="The other side's: +12025550143.")]
Label = Annotated[str | None, typer.Option(help="That an operator has given.")]
Outcome = Annotated[str | None, typer.Option(help="Why it ended, or live.")]
Cursor = Annotated[str | None, typer.Option(help="Where the page before ended, as it told.")]


@calls_app.command("list")
def list_(
    since: Since = None,
    until: Until = None,
    agent: Agent = None,
    campaign: Campaign = None,
    number: Number = None,
    label: Label = None,
    outcome: Outcome = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """The newest calls, by any of the filters."""
    filters = {
        **{"since": since, "until": until, "agent": agent, "campaign": campaign},
        **{"number": number, "label": label, "outcome": outcome, "cursor": cursor},
    }
    with _asking() as client:
        found = client.get("/v1/calls", limit=limit, **filters)
    _show(found, shown.calls(found["data"]), as_json=as_json)


@calls_app.command()
def search(
    words: Annotated[str, typer.Argument(help='What was said: refund -insurance "next week".')],
    language: Annotated[str, typer.Option(help="Of the words: en, pt, es ...")] = "en",
    since: Since = None,
    until: Until = None,
    agent: Agent = None,
    campaign: Campaign = None,
    number: Number = None,
    label: Label = None,
    outcome: Outcome = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """Calls in which the words were spoken, and where; by any of the filters."""
    filters = {
        **{"since": since, "until": until, "agent": agent, "campaign": campaign},
        **{"number": number, "label": label, "outcome": outcome, "cursor": cursor},
    }
    with _asking() as client:
        found = client.get("/v1/calls", text=words, language=language, limit=limit, **filters)
    _show(found, shown.hits(found["data"]), as_json=as_json)


@calls_app.command()
def show(
    call_sid: Annotated[str, typer.Argument(help="CA and 32 hexadecimal digits.")],
    as_json: AsJson = False,
) -> None:
    """One call as a conversation, with its tools and what operators found."""
    with _asking() as client:
        found = client.get(f"/v1/calls/{call_sid}")
    _show(found, story(found), as_json=as_json)


@contextmanager
def _asking() -> Iterator[CallsClient]:
    """Ask; what is refused is told on standard error, with exit status 1."""
    try:
        with open_calls() as client:
            yield client
    except CallsError as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(Text(str(error), style="red"))
        raise typer.Exit(1) from None


def _show(answer: Any, seen: RenderableType, *, as_json: bool) -> None:
    in_full = Console(soft_wrap=True, highlight=False)
    if as_json:
        in_full.print(json.dumps(answer, indent=2), markup=False)
        return
    Console(highlight=False).print(seen)
    if cursor := answer.get("next_cursor"):
        in_full.print(Text(f"More: --cursor {cursor}", style="dim"))
