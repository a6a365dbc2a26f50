"""Documents of Twilio's Conversation Intelligence v3 in our own terms: pure.

A webhook brings some results of one conversation; more may come as it goes on.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from intelligence_ingest.reading_json import Json, moment, part, parts, text
from intelligence_ingest.results import OperatorResult, Transcript
from trunkline.errors import Invalid

API = "v3"

_CALL = re.compile(r"CA[0-9a-f]{32}")
_SESSION = re.compile(r"VX[0-9a-f]{32}")


def conversation(found: Json, account_sid: str) -> Transcript:
    """What the results are about. Raises `Invalid` if it does not say which conversation."""
    sid = text(found, "conversationId")
    if sid is None:
        raise Invalid("Results without a conversation.")
    configuration = part(found, "intelligenceConfiguration")
    strings = list(_strings([_told(result) for result in parts(found, "operatorResults")]))
    return Transcript(
        sid=sid,
        api=API,
        account_sid=text(found, "accountId") or account_sid,
        status="completed",
        service_sid=text(configuration, "id"),
        source_sid=_first(_SESSION, strings) or _first(_CALL, strings),
        raw={name: value for name, value in found.items() if name != "operatorResults"},
    )


def _told(result: Json) -> list[object]:
    """Where Twilio may name the call or the session that a result is about."""
    details = part(result, "executionDetails")
    return [result.get("referenceIds"), details.get("resolvedContext")]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _first(pattern: re.Pattern[str], strings: list[str]) -> str | None:
    return next((match[0] for string in strings if (match := pattern.search(string))), None)


def operator_results(body: Json) -> list[OperatorResult]:
    """All of them; one that comes again is the same."""
    found = (_result(result) for result in parts(body, "operatorResults"))
    return list({result.key: result for result in found}.values())


def _key(document: Json) -> str:
    """Its id; one without an id is told by everything that it says."""
    plain = msgspec.json.encode(document, order="deterministic")
    return text(document, "id") or f"unnamed-{hashlib.sha256(plain).hexdigest()}"


def _result(document: Json) -> OperatorResult:
    operator = part(document, "operator")
    sid = text(operator, "id")
    return OperatorResult(
        key=_key(document),
        name=text(operator, "displayName") or text(operator, "friendlyName") or sid or "unnamed",
        type=text(document, "outputFormat") or "unknown",
        operator_sid=sid,
        operator_version=text(operator, "version"),
        created_at=moment(document, "dateCreated"),
        raw=document,
        **_typed(text(document, "outputFormat"), document.get("result")),
    )


def _typed(output_format: str | None, result: object) -> dict[str, Any]:
    found = result if isinstance(result, Mapping) else {}
    match output_format:
        case "TEXT":
            return {"result_text": text(found, "text") or _bare(result)}
        case "CLASSIFICATION":
            return {"label": text(found, "label") or _bare(result)}
        case "EXTRACTION":
            return {"extracted": found.get("entities") or result or None}
        case _:
            return {"result_json": result or None}


def _bare(result: object) -> str | None:
    """A string that stands where an object should."""
    return result if isinstance(result, str) and result else None
