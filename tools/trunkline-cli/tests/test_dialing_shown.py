"""Campaigns, lists and plans, as people see them."""

from io import StringIO
from typing import Any

import httpx
import pytest
from rich.console import Console, RenderableType

from trunkline_cli.dialing import shown
from trunkline_cli.dialing.client import DialerClient, DialerError

NO_SHARE = {"count": 0, "of": 0, "share": None}
PROGRESS: dict[str, Any] = {
    "accepted": 4,
    "finished": 2,
    "contacts": {"ready": 1, "waiting": 1, "done": 2},
    "dispositions": {"human": 1, "machine": 1},
    "in_flight": 1,
    "answered": {"count": 2, "of": 3, "share": 0.6667},
    "machines": {"count": 1, "of": 2, "share": 0.5},
    "abandoned": NO_SHARE,
    "reached": {"count": 1, "of": 3, "share": 0.3333},
}
CLEAR: dict[str, Any] = {"blocked_by": [], "next_at": None, "gates": {}}
IMPORT: dict[str, Any] = {
    "state": "completed",
    "accepted": 3,
    "duplicates": 1,
    "suppressed": 0,
    "rejected": 1,
    "error_code": None,
}
PLAN: dict[str, Any] = {
    "callable_now": 5,
    "callable_later": 2,
    "not_callable": 1,
    "complete": False,
    "looked_at": 10_000,
    "gates": [],
    "missing": [],
    "pace": {"calls_per_second": 0.98, "calls_at_once": 3, "eta_seconds": 142},
}


def seen(what: RenderableType) -> str:
    screen = StringIO()
    Console(width=160, file=screen).print(what)
    return screen.getvalue()


def test_progress_shows_who_is_open_who_ended_and_how() -> None:
    text = seen(shown.how_far(PROGRESS))

    assert "2/4" in text
    assert "1 ready  1 waiting" in text
    assert "1 human  1 machine" in text
    assert "answered 66.7% of 3  machines 50.0% of 2  reached 33.3% of 3" in text
    assert "abandoned" not in text


def test_what_is_in_the_way_is_named_with_its_end() -> None:
    blocked = {"gate": "breaker", "reason": "auth", "until": "2026-11-24T18:00:00Z"}

    text = seen(shown.obstacles({**CLEAR, "blocked_by": [blocked]}))

    assert "! breaker: auth until 2026-11-24T18:00:00Z" in text


def test_a_campaign_that_only_waits_says_until_when() -> None:
    waits = {**CLEAR, "next_at": "2026-11-25T14:00:00Z", "gates": {"window": {"outside": 4}}}

    assert "the next may be called at 2026-11-25T14:00:00Z" in seen(shown.obstacles(waits))
    assert seen(shown.obstacles({**waits, "gates": {"open": {"open": 1}}})).strip() == ""


def test_an_import_shows_its_counts_and_its_first_mistakes() -> None:
    mistake = {
        "row": 7,
        "column": "Phone",
        "code": "invalid_length",
        "message": "Too short.",
        "value_masked": "+••02",
    }

    text = seen(shown.imported(IMPORT, [mistake]))

    assert "completed  3 added  1 duplicates  0 suppressed  1 rejected" in text
    for cell in ("7", "Phone", "invalid_length", "Too short.", "+••02"):
        assert cell in text


def test_a_list_that_could_not_be_read_says_why() -> None:
    failed = {**IMPORT, "state": "failed", "error_code": "no_number_column"}

    assert "could not be read: no_number_column" in seen(shown.imported(failed, []))


def test_a_plan_shows_how_many_when_and_how_fast() -> None:
    gates = [
        {"gate": "window", "reason": "outside", "contacts": 2, "for_good": False, "next_at": "9h"},
        {"gate": "cost", "reason": "cap", "contacts": 1, "for_good": False, "next_at": None},
        {"gate": "consent", "reason": "none", "contacts": 1, "for_good": True, "next_at": None},
    ]

    text = seen(shown.plan({**PLAN, "gates": gates}))

    assert "5 now  2 later  1 not  (of the first 10000)" in text
    assert "0.98 calls a second, 3 at once: 142 s for those of now" in text
    for cell in ("9h", "when that has changed", "never"):
        assert cell in text
    assert "does not start" not in text


def test_a_plan_names_what_a_start_would_be_refused_for() -> None:
    missing = [
        {"pointer": "#/agent_id", "code": "no_disclosure", "detail": "It says not who it is."}
    ]

    text = seen(shown.plan({**PLAN, "missing": missing}))

    assert "does not start: It says not who it is." in text


def test_a_campaign_that_is_watched_shows_who_is_talking() -> None:
    progress = {**PROGRESS, "attempts": {"ringing": 2, "in_progress": 1, "completed": 9}}
    talks = [shown.Talk("+12025550120", "Where can I park?", "Parking is behind the building.")]

    text = seen(shown.live("running", progress, 12.4, talks))

    assert "running" in text
    assert "2/4 12 s" in text
    assert "on the line: 3" in text
    assert "+12025550120  Where can I park?  Parking is behind the building." in text


def test_dispositions_are_bars_the_longest_first() -> None:
    progress = {"accepted": 10, "dispositions": {"busy": 1, "human": 5, "blocked": 1}}

    lines = seen(shown.dispositions(progress)).splitlines()

    assert [line.split()[:2] for line in lines] == [["human", "5"], ["blocked", "1"], ["busy", "1"]]
    assert lines[0].count("█") == 25


@pytest.mark.parametrize("state", ["running", "paused", "failed", "somewhere"])
def test_every_state_can_be_shown(state: str) -> None:
    assert shown.coloured(state).plain == state


def client(answer: httpx.Response | Exception) -> DialerClient:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    transport = httpx.MockTransport(handle)
    return DialerClient(httpx.Client(transport=transport, base_url="http://dialer"))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (httpx.ConnectError("x"), "cannot be reached"),
        (httpx.ReadTimeout("x"), "did not answer in time"),
        (httpx.RemoteProtocolError("x"), "connection broke: RemoteProtocolError"),
        (httpx.Response(502, text="bad gateway"), "HTTP 502, and not from the dialer"),
    ],
)
def test_what_goes_wrong_on_the_way_is_a_sentence(
    answer: httpx.Response | Exception, sentence: str
) -> None:
    with pytest.raises(DialerError, match=sentence):
        client(answer).get("/v1/campaigns")


def test_a_problem_is_told_with_its_fields() -> None:
    problem = {
        "title": "Parts are wrong",
        "detail": "Really.",
        "errors": [{"pointer": "#/name", "code": "x", "detail": "It is empty."}],
    }
    headers = {"content-type": "application/problem+json"}

    with pytest.raises(DialerError) as raised:
        client(httpx.Response(422, json=problem, headers=headers)).post("/v1/campaigns", {})

    assert raised.value.sentence == "Parts are wrong. Really."
    assert raised.value.fields == ("name: It is empty.",)


def test_all_pages_of_a_list_are_read() -> None:
    pages = {
        None: {"data": [1, 2], "next_cursor": "c"},
        "c": {"data": [3], "next_cursor": None},
    }

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=pages[request.url.params.get("cursor")])

    http = httpx.Client(transport=httpx.MockTransport(handle), base_url="http://dialer")

    assert list(DialerClient(http).pages("/v1/campaigns")) == [1, 2, 3]
