"""HTTP tools against a local server that answers well, badly, or not at all."""

import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tool_server import ToolServer, tool_server

from llm_worker.tools import MAX_RESULT, Answer, ToolContext
from llm_worker.tools.hosts import parse_hosts
from llm_worker.tools.in_python import PythonTools
from llm_worker.tools.outside import OutsideTools
from trunkline.agents import Agent, Tool
from trunkline.events.call import ToolStatus

CONTEXT = ToolContext("use-1", "CA1", "default")
S = ToolStatus


def tool(service: ToolServer, **changes: Any) -> Tool:
    http = {"method": "POST", "url": service.url("/bookings"), **changes.pop("http", {})}
    parameters = {"type": "object", "properties": {"name": {}, "id": {}}}
    fields = {"name": "book", "description": "Books.", "parameters": parameters, "http": http}
    return Tool.model_validate({**fields, "timeout_seconds": 0.4, **changes})


@asynccontextmanager
async def tools(
    service: ToolServer, *entries: str, secrets: Path | None = None
) -> AsyncIterator[OutsideTools]:
    hosts = parse_hosts(entries or [service.host])
    async with OutsideTools.open(hosts, secrets, PythonTools({})) as outside:
        yield outside


async def answer(service: ToolServer, **changes: Any) -> Answer:
    async with tools(service) as outside:
        return await outside.use(tool(service, **changes), {"name": "Ann"}, CONTEXT)


async def test_a_tool_is_one_request_and_its_body_is_the_result() -> None:
    async with tool_server() as service:
        given = await answer(service)

    assert given == Answer(S.SUCCEEDED, '{"ok": true}')
    (done,) = service.done
    assert (done.method, done.target, done.json) == ("POST", "/bookings", {"name": "Ann"})
    assert done.headers["idempotency-key"] == "use-1"
    assert done.headers["x-trunkline-call"] == "CA1"


async def test_a_service_that_says_no_has_failed_with_its_words() -> None:
    async with tool_server() as service:
        service.status, service.body = 409, b'{"error": "full"}'
        given = await answer(service)

    assert given.status is S.FAILED
    assert json.loads(given.result) == {"error": "HTTP status 409", "answer": '{"error": "full"}'}


@pytest.mark.parametrize("code", [500, 502, 503, 504])
@pytest.mark.parametrize(("idempotent", "status"), [(False, S.UNKNOWN), (True, S.FAILED)])
async def test_a_service_that_breaks_down_may_have_done_it_first(
    code: int, idempotent: bool, status: ToolStatus
) -> None:
    async with tool_server() as service:
        service.status, service.body = code, b"Bad Gateway"
        given = await answer(service, idempotent=idempotent)

    assert given.status is status
    assert json.loads(given.result) == {
        "error": f"HTTP status {code}",
        "retryable": idempotent,
        "answer": "Bad Gateway",
    }


@pytest.mark.parametrize(
    ("code", "idempotent", "status"),
    [
        (301, False, S.UNKNOWN),
        (302, False, S.UNKNOWN),
        (303, False, S.UNKNOWN),
        (303, True, S.FAILED),
        (307, False, S.FAILED),
        (308, False, S.FAILED),
    ],
)
async def test_nobody_is_sent_elsewhere_and_a_redirect_may_lead_to_what_was_done(
    code: int, idempotent: bool, status: ToolStatus
) -> None:
    """Two of them ask for the same request at another address, so that nothing was done at this."""
    async with tool_server() as service:
        service.status, service.headers = code, (f"Location: {service.url('/elsewhere')}",)
        given = await answer(service, idempotent=idempotent)

    assert given.status is status
    assert len(service.done) == 1


@pytest.mark.parametrize(("idempotent", "status"), [(False, S.UNKNOWN), (True, S.FAILED)])
async def test_without_an_answer_in_time_nobody_knows_what_happened(
    idempotent: bool, status: ToolStatus
) -> None:
    async with tool_server() as service:
        service.release.clear()
        given = await answer(service, idempotent=idempotent)

        assert len(service.done) == 1
    assert given.status is status
    assert json.loads(given.result) == {"error": "timeout", "retryable": idempotent}


async def test_a_connection_that_is_lost_after_the_request_leaves_it_unknown() -> None:
    async with tool_server() as service:
        service.cuts = True
        given = await answer(service)

    assert given.status is S.UNKNOWN


async def test_a_service_that_cannot_be_reached_has_done_nothing() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, and not listening: connections are refused
        service = ToolServer()
        service.host = f"127.0.0.1:{closed.getsockname()[1]}"
        given = await answer(service)

    assert given.status is S.NOT_RUN
    assert json.loads(given.result)["retryable"] is True


async def test_a_long_answer_is_cut_and_says_so() -> None:
    async with tool_server() as service:
        service.body = "é".encode() * 1_000_000
        given = await answer(service, timeout_seconds=5.0)

    assert given.status is S.SUCCEEDED
    assert len(given.result) == MAX_RESULT
    assert given.result.endswith("(cut: the answer was longer)")


async def test_an_answer_that_is_compressed_all_the_same_is_not_unpacked() -> None:
    async with tool_server() as service:
        service.headers = ("Content-Encoding: gzip",)
        given = await answer(service)

    assert given.status is S.SUCCEEDED
    assert "cannot be read" in given.result
    assert service.done[0].headers["accept-encoding"] == "identity"


async def test_an_empty_answer_is_a_success_too() -> None:
    async with tool_server() as service:
        service.status, service.body = 204, b""

        assert await answer(service) == Answer(S.SUCCEEDED, "Done.")


async def test_cookies_of_one_call_are_not_sent_with_the_next() -> None:
    async with tool_server() as service, tools(service) as outside:
        service.headers = ("Set-Cookie: who=ann; Path=/",)
        for _ in range(2):
            await outside.use(tool(service), {}, CONTEXT)

    assert "cookie" not in service.done[1].headers


async def test_a_host_that_is_not_listed_is_not_called() -> None:
    async with tool_server() as service, tools(service, "api.example") as outside:
        given = await outside.use(tool(service), {}, CONTEXT)

    assert (given.status, given.available, service.done) == (S.NOT_RUN, False, [])
    assert "not in TOOL_HOSTS" in given.result


async def test_a_listed_host_may_be_served_elsewhere() -> None:
    async with (
        tool_server() as service,
        tools(service, f"api.example={service.url('')}") as outside,
    ):
        one = tool(service, http={"url": "https://api.example/bookings/{id}"})
        given = await outside.use(one, {"id": "a b"}, CONTEXT)

    assert given.status is S.SUCCEEDED
    assert service.done[0].target == "/bookings/a%20b"


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with tool_server() as service:
        assert (await answer(service)).status is S.SUCCEEDED


async def test_a_secret_is_sent_and_its_file_may_change(tmp_path: Path) -> None:
    secret = tmp_path / "clinic-token"
    async with tool_server() as service, tools(service, secrets=tmp_path) as outside:
        one = tool(service, http={"headers": {"Authorization": "Bearer ${clinic-token}"}})
        for value in ("first\n", "second"):
            secret.write_text(value)
            await outside.use(one, {}, CONTEXT)

    sent = [done.headers["authorization"] for done in service.done]
    assert sent == ["Bearer first", "Bearer second"]


@pytest.mark.parametrize("content", [None, b"", b" \n", b"two\nlines", b"\xff"])
async def test_a_tool_whose_secret_is_missing_or_unfit_is_not_used(
    content: bytes | None, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    async with tool_server() as service, tools(service, secrets=tmp_path) as outside:
        one = tool(service, http={"headers": {"Authorization": "Bearer ${token}"}})
        given = await outside.use(one, {}, CONTEXT)

    assert (given.available, service.done) == (False, [])
    assert "there is no secret token" in given.result


async def test_what_cannot_be_used_is_known_at_the_start(tmp_path: Path) -> None:
    service = ToolServer()
    service.host = "127.0.0.1:1"
    agent = Agent.model_validate(
        {
            "id": "clinic",
            "greeting": "Hello.",
            "instructions": "Help.",
            "languages": [{"code": "en-US"}],
            "models": [{"provider": "offline"}],
            "tools": [
                tool(service),
                tool(service, name="other", http={"url": "https://api.example"}),
                tool(service, name="secret", http={"headers": {"A": "${token}"}}),
                Tool(name="written", description="Writes.", python="write"),
            ],
        }
    )
    async with tools(service, secrets=tmp_path) as outside:
        found = list(outside.unavailable([agent]))

    assert found == [
        ("clinic", "other", "its host is not in TOOL_HOSTS"),
        ("clinic", "secret", "there is no secret token"),
        ("clinic", "written", "no Python package offers write as a tool"),
    ]


async def test_nothing_of_a_request_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with tool_server() as service:
        service.status = 500
        await answer(service, http={"url": service.url("/bookings?who={name}")})

    assert service.done[0].target == "/bookings?who=Ann"
    assert "Ann" not in caplog.text
