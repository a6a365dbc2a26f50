"""A call's story on a terminal: the conversation as it was heard, and what was found in it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from trunkline_cli.calls.findings import findings
from trunkline_cli.calls.shown import SPEAKERS

Json = Mapping[str, Any]

_UNHEARD = 60  # characters of a reply's rest that are shown


def story(found: Json) -> Group:
    """The call as a conversation, and what was found in it."""
    call = found["call"]
    facts = (call["direction"], call["number"], call["agent_id"], call["attempt_outcome"])
    head = Text.assemble(
        (call["call_sid"], "bold"), "  ", "  ".join(each for each in facts if each)
    )
    table = Table.grid(padding=(0, 1))
    for column in ("dim", "bold", ""):
        table.add_column(style=column, justify="right" if column == "bold" else "left")
    timeline = _in_order(found["timeline"])
    has_turns = any(moment["what"] == "turn" for moment in timeline)
    for moment in timeline:
        if has_turns and moment["what"] == "sentence":
            continue  # Twilio's own sentences say again what the turns say
        for row in _rows(moment):
            table.add_row(moment["at"][11:19], *row)
    return Group(head, table, *findings(found["results"]))


def _in_order(timeline: Iterable[Json]) -> list[Json]:
    """By time. What the agent said first answers nothing, and stands at the session's beginning."""
    moments = list(timeline)
    begins = next((each["at"] for each in moments if each["what"] == "session"), "")

    def at(moment: Json) -> str:
        first = moment["what"] == "turn" and not moment["detail"]["turn"]
        return str(begins if first else moment["at"])

    return sorted(moments, key=at)


def _rows(moment: Json) -> Iterator[tuple[Text, Text]]:
    """Who, and what they said or did."""
    detail = moment["detail"]
    match moment["what"]:
        case "turn":
            if detail["asked"]:
                yield Text("customer:", style="cyan"), Text(detail["asked"])
            if detail["heard"]:
                yield Text("agent:", style="green"), _heard(detail)
        case "tool":
            yield Text("tool:", style="magenta"), Text(f"{detail['tool']} {detail['status']}")
        case "session":
            begins = (
                f"the call is taken up again, {detail['epoch']}" if detail["epoch"] else "begins"
            )
            yield Text("session:", style="dim"), Text(begins, style="dim")
        case "ended":
            yield Text("end:", style="dim"), Text(detail["reason"], style="dim")
        case "sentence":
            speaker = detail["speaker"]
            who = speaker or f"channel {detail['channel']}"
            yield Text(f"{who}:", style=SPEAKERS[speaker]), Text(detail["body"])


def _heard(turn: Json) -> Text:
    """What the caller heard of a reply, and what an interruption has spared them."""
    heard, said = turn["heard"], turn["said"] or ""
    if not turn["interrupted"]:
        return Text(heard)
    rest = Text(said.removeprefix(heard).strip() if said.startswith(heard) else "", style="dim")
    rest.truncate(_UNHEARD, overflow="ellipsis")
    return Text.assemble(
        heard, (" …interrupted", "red"), (" unheard: " if rest else "", "dim"), rest
    )
