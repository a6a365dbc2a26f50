"""Only what proves that there is no call counts as a proof."""

import pytest

from dialer.classify import (
    CODES,
    Created,
    NothingSent,
    PostOutcome,
    Refusal,
    Refused,
    Unclear,
    classify,
)
from dialer.outcomes import Outcome, of_refused

SID = "CA" + "0a" * 16


def answered(status: int | None, body: object = None, error: str = "") -> PostOutcome:
    return classify(bytes_sent=True, status=status, body=body, error=error)


@pytest.mark.parametrize("error", ["dns", "refused", "tls", "connect_timeout", "fence_closed"])
def test_nothing_sent_is_the_only_error_that_proves_anything(error: str) -> None:
    assert classify(bytes_sent=False, status=None, body=None, error=error) == NothingSent(error)
    assert answered(None, error=error) == Unclear(error)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_sid_is_a_call(status: int) -> None:
    assert answered(status, {"sid": SID, "queue_time": "1200"}) == Created(SID, 1200)


@pytest.mark.parametrize(
    "body",
    [None, "", [], {}, {"sid": None}, {"sid": "CA12"}, {"sid": "SM" + "0a" * 16}, {"sid": 7}],
)
def test_a_success_without_a_sid_proves_nothing(body: object) -> None:
    assert answered(201, body) == Unclear("no_sid")


@pytest.mark.parametrize("queue_time", ["", None, "soon", "-5", "٣"])
def test_a_queue_time_that_is_no_number_is_none(queue_time: object) -> None:
    assert answered(201, {"sid": SID, "queue_time": queue_time}) == Created(SID, 0)


@pytest.mark.parametrize("status", [100, 302, 500, 502, 503, 504])
def test_any_other_status_proves_nothing(status: int) -> None:
    assert answered(status, {"code": 20500, "sid": SID}) == Unclear(f"status_{status}")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 429, 499])
@pytest.mark.parametrize("body", [None, {}, {"code": "21211"}, {"code": True}, "gateway"])
def test_a_refusal_in_other_words_than_twilios_proves_nothing(status: int, body: object) -> None:
    assert answered(status, body) == Unclear(f"status_{status}")


@pytest.mark.parametrize(
    ("status", "code", "refusal"),
    [
        (400, 21211, Refusal.NUMBER),
        (400, 21217, Refusal.NUMBER),
        (400, 13224, Refusal.NUMBER),
        (400, 21210, Refusal.SENDER),
        (400, 21212, Refusal.SENDER),
        (401, 20003, Refusal.ACCOUNT),
        (403, 20005, Refusal.ACCOUNT),
        (400, 21215, Refusal.ACCOUNT),
        (400, 21219, Refusal.ACCOUNT),
        (429, 20429, Refusal.BUSY),
        (400, 22005, Refusal.BUSY),
        (400, 10004, Refusal.BUSY),
        (400, 21205, Refusal.REQUEST),
        (400, 32018, Refusal.REQUEST),
        (401, 99999, Refusal.ACCOUNT),
        (429, 99999, Refusal.BUSY),
        (400, 99999, Refusal.REQUEST),
    ],
)
def test_a_code_of_twilios_says_whose_fault_it_is(status: int, code: int, refusal: Refusal) -> None:
    outcome = answered(status, {"code": code, "message": "+14155552671 is not valid"})

    assert isinstance(outcome, Refused)
    assert (outcome.refusal, outcome.code) == (refusal, code)


def test_no_reason_repeats_what_twilio_says() -> None:
    assert all(reason.replace("_", "").isalpha() for _, reason in CODES.values())


@pytest.mark.parametrize(
    ("refused", "outcome"),
    [
        (Refused(Refusal.NUMBER, "invalid_number", 21211), Outcome.INVALID_NUMBER),
        (Refused(Refusal.NUMBER, "blocked_number", 21216), Outcome.BLOCKED),
        (Refused(Refusal.ACCOUNT, "bad_credentials", 20003), Outcome.NOT_PLACED),
        (Refused(Refusal.SENDER, "invalid_sender", 21212), Outcome.NOT_PLACED),
    ],
)
def test_a_contact_is_at_an_end_only_where_its_number_is_at_fault(
    refused: Refused, outcome: Outcome
) -> None:
    assert of_refused(refused) is outcome
