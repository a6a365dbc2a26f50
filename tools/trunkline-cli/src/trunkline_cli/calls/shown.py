"""Calls on a terminal. Words that were spoken are never taken for markup."""

import json
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


def story(found: Json) -> Group:
    """The call as a conversation, and what was found in it."""
    call = found["call"]
    head = Text.assemble(
        (call["call_sid"], "bold"),
        f"  {call['direction'] or ''} {call['number'] or ''}  {call['agent_id'] or ''}",
    )
    said = [line for moment in found["timeline"] for line in _moment(moment)]
    results = [_result(each) for each in found["results"]]
    return Group(head, *said, *([Text("Results", style="bold")] if results else []), *results)


def _moment(moment: Json) -> list[Text]:
    detail, at = moment["detail"], moment["at"][11:19]
    match moment["what"]:
        case "turn":
            cut = " …interrupted" if detail["interrupted"] else ""
            return [
                *_said(at, "customer", detail["asked"]),
                *_said(at, "agent", detail["heard"], cut),
            ]
        case "tool":
            return [Text(f"{at}    tool: {detail['tool']} {detail['status']}", style="magenta")]
        case "session":
            return [Text(f"{at}    session {detail['epoch']}", style="dim")]
        case "ended":
            return [Text(f"{at}    {detail['reason']}", style="dim")]
        case _:  # Twilio's own sentences say again what the turns say
            return []


def _said(at: str, speaker: str, words: str | None, more: str = "") -> list[Text]:
    if not words:
        return []
    return [Text.assemble(f"{at}  ", (_who(speaker), SPEAKERS[speaker]), words, (more, "red"))]


def _who(speaker: str | None) -> str:
    return f"{speaker or '?'}: ".rjust(10)


TOLD = (
    *("label", "result_text", "normalized", "measure", "extracted", "result_json", "matched"),
    "raw",
)
"""Where a result of any type says what was found: the first of these that is there."""


def _result(result: Json) -> Text:
    found = next((result[name] for name in TOLD if result[name] is not None), "-")
    score = next((result[name] for name in ("score", "match_score") if result[name]), None)
    sure = f" ({score:.2f})" if score is not None else ""
    where = f" {_plain(result['utterances'])}" if result["matched"] and result["utterances"] else ""
    name = (f"  {result['operator_name']}: ", "bold")
    return Text.assemble(name, f"{_plain(found)}{sure}{where}", (f"  [{result['source']}]", "dim"))


def _plain(found: object) -> str:
    if isinstance(found, bool):
        return "yes" if found else "no"
    return json.dumps(found, ensure_ascii=False) if isinstance(found, dict | list) else str(found)
