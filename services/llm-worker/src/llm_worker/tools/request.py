"""A tool's arguments as an HTTP request; pure."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlencode, urlsplit

from llm_worker.tools import ToolContext
from trunkline.agents import Http
from trunkline.errors import Invalid

_SECRET = re.compile(r"\$\{([A-Za-z0-9_][A-Za-z0-9_.-]*)\}")


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. The headers hold secrets, so that they are never shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)


def build(
    http: Http,
    origin: str,
    arguments: Mapping[str, object],
    secrets: Mapping[str, str],
    context: ToolContext,
) -> Request:
    """Put a use as a request; what the URL takes of the arguments is not sent again.

    Raises `Invalid` with a sentence if an argument has no place in a URL.
    """
    target = _target(http, arguments)
    rest = {name: value for name, value in arguments.items() if name not in http.placeholders}
    body = None
    if http.method in ("GET", "DELETE"):
        target = _with_query(target, rest)
    else:
        body = json.dumps(rest, ensure_ascii=False).encode()
    return Request(http.method, origin + target, _headers(http, secrets, context, body), body)


def _target(http: Http, arguments: Mapping[str, object]) -> str:
    """Path and query, filled in. No argument may lead to another path than the one written."""
    values = dict(_encoded(http, arguments))
    url = urlsplit(http.url)
    path = url.path.format_map(values) or "/"
    if any(part in (".", "..") for part in unquote(path).split("/")):
        raise Invalid("An argument is no name that a URL can hold.")
    query = url.query.format_map(values)
    return f"{path}?{query}" if query else path


def _encoded(http: Http, arguments: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name in http.placeholders:
        text = _text(arguments.get(name, ""))
        if not text:
            raise Invalid(f"The argument {name} is needed and must not be empty.")
        yield name, quote(text, safe="")


def _with_query(target: str, rest: Mapping[str, object]) -> str:
    if not rest:
        return target
    query = urlencode({name: _text(value) for name, value in rest.items()}, quote_via=quote)
    return f"{target}{'&' if '?' in target else '?'}{query}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _headers(
    http: Http, secrets: Mapping[str, str], context: ToolContext, body: bytes | None
) -> Mapping[str, str]:
    own = {
        name.title(): _SECRET.sub(lambda match: secrets[match[1]], text)
        for name, text in http.headers.items()
    }
    ours = {
        "Accept-Encoding": "identity",  # so that what is read is what was sent, and no more
        "Idempotency-Key": context.use_id,
        "X-Trunkline-Call": context.call_sid,
    }
    if body is not None:
        ours["Content-Type"] = "application/json"
    return {"Accept": "application/json", **own, **ours}
