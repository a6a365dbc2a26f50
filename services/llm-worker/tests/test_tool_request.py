"""Which request a tool's arguments become, and which host it may go to."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_worker.tools import ToolContext
from llm_worker.tools.hosts import Hosts, parse_hosts
from llm_worker.tools.request import Request, build
from trunkline.agents import Http
from trunkline.errors import Invalid

CONTEXT = ToolContext("use-1", "CA1", "default")
ORIGIN = "https://api.example"


def request(url: str, arguments: dict[str, Any], method: str = "GET", **headers: str) -> Request:
    http = Http.model_validate({"method": method, "url": url, "headers": headers})
    return build(http, ORIGIN, arguments, {"token": "s3cret"}, CONTEXT)


@pytest.mark.parametrize(
    ("url", "arguments", "sent"),
    [
        ("https://a.example", {}, "/"),
        ("https://a.example/x", {}, "/x"),
        ("https://a.example/x/{day}", {"day": "Tuesday"}, "/x/Tuesday"),
        ("https://a.example/{day}?n={n}", {"day": "a/b c", "n": 2}, "/a%2Fb%20c?n=2"),
        ("https://a.example/x?q={q}", {"q": "a&b=c#d"}, "/x?q=a%26b%3Dc%23d"),
        ("https://a.example/x", {"q": "é ü", "open": True}, "/x?q=%C3%A9%20%C3%BC&open=true"),
        ("https://a.example/x?v=1", {"q": ["a", 1]}, "/x?v=1&q=%5B%22a%22%2C%201%5D"),
        ("https://a.example/x#top", {}, "/x"),
    ],
)
def test_arguments_go_into_the_url_and_the_rest_into_the_query(
    url: str, arguments: dict[str, Any], sent: str
) -> None:
    made = request(url, arguments)

    assert made.url == ORIGIN + sent
    assert made.body is None


def test_the_rest_goes_into_the_body_where_there_is_one() -> None:
    made = request("https://a.example/x/{id}", {"id": 7, "name": "José"}, "POST")

    assert made.url == f"{ORIGIN}/x/7"
    assert json.loads(made.body or b"") == {"name": "José"}
    assert made.headers["Content-Type"] == "application/json"


def test_every_request_names_the_use_and_the_call_and_nobody_can_change_that() -> None:
    made = request("https://a.example/x", {}, **{"idempotency-key": "mine", "X-Extra": "yes"})

    assert made.headers["Idempotency-Key"] == "use-1"
    assert made.headers["X-Trunkline-Call"] == "CA1"
    assert made.headers["X-Extra"] == "yes"


def test_secrets_are_put_into_headers_and_shown_nowhere_else() -> None:
    made = request("https://a.example/x", {}, Authorization="Bearer ${token}")

    assert made.headers["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in repr(made)


def test_an_argument_cannot_hold_a_secret() -> None:
    made = request("https://a.example/x", {"q": "${token}"}, Authorization="Bearer ${token}")

    assert "s3cret" not in made.url


@pytest.mark.parametrize("value", ["..", ".", "../admin", "a/../../b", "%2e%2e", "", None])
def test_an_argument_leads_to_no_other_path(value: str | None) -> None:
    arguments = {} if value is None else {"id": value}
    made = None
    try:
        made = request("https://a.example/users/{id}/files", arguments, "DELETE")
    except Invalid:
        assert made is None
    else:
        assert made.url == f"{ORIGIN}/users/%252e%252e/files"  # a name, not a way up


@given(value=st.text(max_size=20))
def test_any_argument_stays_one_piece_of_the_path(value: str) -> None:
    try:
        made = request("https://a.example/users/{id}/files", {"id": value})
    except (Invalid, UnicodeEncodeError):
        return
    path = made.url.removeprefix(ORIGIN)

    assert path.isascii()
    assert path.startswith("/users/")
    assert path.endswith("/files")
    assert path.count("/") == 3
    assert not set("?# ") & set(path)


def hosts(*entries: str) -> Hosts:
    return parse_hosts(entries)


@pytest.mark.parametrize(
    ("entry", "url", "origin"),
    [
        ("api.example", "https://api.example/x", "https://api.example"),
        ("API.example", "https://api.EXAMPLE/x", "https://api.example"),
        ("api.example:8443", "https://api.example:8443/x", "https://api.example:8443"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
        ("localhost", "http://localhost/x", "http://localhost"),
        ("api.example=http://127.0.0.1:9", "https://api.example/x", "http://127.0.0.1:9"),
        ("api.example=https://staging.example", "http://api.example", "https://staging.example"),
        ("[::1]:80", "https://[::1]:80/x", "https://[::1]:80"),
    ],
)
def test_a_listed_host_is_called_where_it_is_served(entry: str, url: str, origin: str) -> None:
    assert hosts(entry).origin(Http(url=url)) == origin


@pytest.mark.parametrize(
    ("entries", "url"),
    [
        ((), "https://api.example/x"),
        (("api.example",), "https://other.example/x"),
        (("api.example",), "https://api.example:8443/x"),
        (("api.example:8443",), "https://api.example/x"),
        (("api.example",), "https://api.example.evil.example/x"),
        (("api.example",), "https://evil.example/api.example"),
        (("example",), "https://api.example/x"),
        (("api.example",), "http://api.example/x"),
        (("10.0.0.1",), "http://10.0.0.1/x"),
        (("api.example=http://127.0.0.1:9",), "http://127.0.0.1:9/x"),
    ],
)
def test_no_other_host_is_called_and_plain_http_only_where_it_is_meant(
    entries: tuple[str, ...], url: str
) -> None:
    with pytest.raises(Invalid):
        hosts(*entries).origin(Http(url=url))


@pytest.mark.parametrize(
    "entry",
    ["https://api.example", "api.example/x", "a b", "user@api.example", "*.example",
     "api.example=", "api.example=other", "api.example=ftp://x", "api.example=http://u:p@x",
     "api.example=http://x/path", ":80", "-"],
)  # fmt: skip
def test_an_entry_that_is_no_host_is_refused_at_the_start(entry: str) -> None:
    with pytest.raises(Invalid, match="must be host"):
        hosts(entry)
