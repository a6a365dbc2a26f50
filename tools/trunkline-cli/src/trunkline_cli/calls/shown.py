"""Calls on a terminal. Words that were spoken are never taken for markup."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

Json = Mapping[str, Any]

SPEAKERS = {"customer": "cyan", "agent": "green", None: "default"}


def calls(found: Iterable[Json]) -> Group:
    """One line for each: a table would cut the sids on a narrow terminal."""
    return Group(*(_line(each) for each in found))


def _line(call: Json) -> Text:
    details = (call["agent_id"], call["number"], call["outcome"], ", ".join(call["labels"]))
    plain = "  ".join(each for each in details if each)
    return Text.assemble((call["call_sid"], "bold"), f"  {call['filed_at'][:19]}  {plain}")


def hits(found: Iterable[Json]) -> Group:
    """Where the words were spoken, call by call."""
    lines = []
    for call in found:
        lines.append(Text(f"{call['call_sid']}  {call['filed_at'][:19]}", style="bold"))
        lines += [_highlight(each) for each in call["highlights"]]
    return Group(*lines)


def _highlight(highlight: Json) -> Text:
    pieces = [
        (part["text"], "bold yellow" if part["hit"] else "default") for part in highlight["parts"]
    ]
    return Text.assemble(
        "  ", (_who(highlight["speaker"]), SPEAKERS[highlight["speaker"]]), *pieces
    )


def _who(speaker: str | None) -> str:
    return f"{speaker or '?'}: ".rjust(10)
