"""What operators have found in a call, in words: pure."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

Json = Mapping[str, Any]

TOLD = (
    *("label", "result_text", "normalized", "measure", "extracted", "result_json", "matched"),
    "raw",
)
"""Where a result of any type says what was found: the first of these that is there."""

SOURCES = {
    "own": "What our own operators found",
    "v2": "What Twilio's operators found",
    "v3": "What Twilio's operators found (v3)",
}


def findings(results: Iterable[Json]) -> list[Text | Table]:
    """A table for each source; beside every finding the words by which it was found."""
    by_source: dict[str, list[Json]] = {}
    for result in results:
        by_source.setdefault(result["source"], []).append(result)
    shown: list[Text | Table] = []
    for source in sorted(by_source):
        shown += [Text(f"\n{SOURCES.get(source, source)}", style="bold"), _table(by_source[source])]
    return shown


def _table(results: Iterable[Json]) -> Table:
    table = Table.grid(padding=(0, 2))
    for result in results:
        found = Text(_found(result), style="green" if result["label"] else "default")
        if result["unverified"]:
            found.append(" unverified", style="yellow")
        cell = Text("\n").join([found, *(Text(line, style="dim") for line in _evidence(result))])
        table.add_row(Text(f"  {result['operator_name']}:"), cell)
    return table


def _found(result: Json) -> str:
    """The finding, and how sure its operator is of it."""
    found = next((result[name] for name in TOLD if result[name] is not None), "-")
    score = next((result[name] for name in ("score", "match_score") if result[name]), None)
    return f"{_plain(found)} ({score:.2f})" if score is not None else _plain(found)


def _evidence(result: Json) -> list[str]:
    """What was said that the finding stands on."""
    if result["evidence"]:
        return [_alike(each) for each in result["evidence"] if isinstance(each, Mapping)]
    utterances = result["utterances"] if result["matched"] else None
    if not isinstance(utterances, list):
        return []
    return [_utterance(each) for each in utterances]


def _utterance(utterance: object) -> str:
    words = utterance.get("utterance") if isinstance(utterance, Mapping) else None
    return f"“{words}”" if words else _plain(utterance)


def _alike(evidence: Json) -> str:
    phrase, score = evidence.get("phrase", ""), evidence.get("score")
    by = f" {evidence['speaker']}," if evidence.get("speaker") else ""
    turn = f" in turn {evidence['turn']}," if evidence.get("turn") is not None else ""
    alike = f" {score:.0f} % like “{phrase}”" if score is not None else f" like “{phrase}”"
    return f"“{evidence.get('words', '')}”:{by}{turn}{alike}"


def _plain(found: object) -> str:
    match found:
        case bool():
            return "yes" if found else "no"
        case float():
            return f"{found:g}"
        case {"entities": [*entities]}:
            pieces = (f"{each['label']} {each['text']}" for each in entities if _is_piece(each))
            return ", ".join(dict.fromkeys(pieces)) or "-"
        case dict():
            return ", ".join(f"{name}: {_plain(value)}" for name, value in found.items())
        case list():
            return " ".join(dict.fromkeys(map(_plain, found))) or "-"
        case _:
            return str(found) if isinstance(found, str | int) else json.dumps(found)


def _is_piece(entity: object) -> bool:
    return isinstance(entity, Mapping) and {"label", "text"} <= entity.keys()
