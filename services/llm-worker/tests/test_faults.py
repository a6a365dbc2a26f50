import pytest

from llm_worker.model import Fault
from llm_worker.providers import faults

SPENT = {
    "type": "error",
    "error": {
        "type": "rate_limit_error",
        "details": {"error_code": "enforced_spend_limit_reached"},
    },
}
BAD_CALL = {"error": {"code": "tool_use_failed", "failed_generation": "<function"}}


@pytest.mark.parametrize(
    ("status", "body", "fault", "retryable"),
    [
        (307, None, Fault.REFUSED, False),
        (400, {"error": {"code": "x"}}, Fault.REFUSED, False),
        (400, BAD_CALL, Fault.BAD_CALL, True),
        (400, BAD_CALL["error"], Fault.BAD_CALL, True),
        (401, "no JSON", Fault.REFUSED, False),
        (404, {"error": {"code": "model_not_found"}}, Fault.REFUSED, False),
        (408, None, Fault.UNAVAILABLE, True),
        (429, {"error": {"code": "rate_limit_exceeded"}}, Fault.RATE_LIMITED, True),
        (429, [{"error": {"code": 429}}], Fault.RATE_LIMITED, True),
        (429, {"error": {"code": "insufficient_quota"}}, Fault.RATE_LIMITED, False),
        (429, SPENT, Fault.RATE_LIMITED, False),
        (498, None, Fault.UNAVAILABLE, True),
        (500, None, Fault.UNAVAILABLE, True),
        (529, {"error": {"type": "overloaded_error"}}, Fault.UNAVAILABLE, True),
    ],
)
def test_a_status_says_whether_the_same_question_may_work_later(
    status: int, body: object, fault: Fault, retryable: bool
) -> None:
    failure = faults.answered(status, body, {})

    assert (failure.fault, failure.retryable) == (fault, retryable)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1", 1.0), ("0.5", 0.5), ("-3", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0), ("nan", 0.0)],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_to_wait_is_said_in_seconds(status: int, text: str, seconds: float) -> None:
    assert faults.answered(status, None, {"retry-after": text}).retry_after == seconds


@pytest.mark.parametrize(
    ("error", "fault", "retryable"),
    [
        ("failed", Fault.UNAVAILABLE, True),
        ({"message": "over"}, Fault.UNAVAILABLE, True),
        ({"type": "overloaded_error", "message": "x"}, Fault.UNAVAILABLE, True),
        ({"type": "rate_limit_error"}, Fault.RATE_LIMITED, True),
        ({"code": 429}, Fault.RATE_LIMITED, True),
        ({"type": "tokens", "code": "insufficient_quota"}, Fault.RATE_LIMITED, False),
        (BAD_CALL["error"], Fault.BAD_CALL, True),
    ],
)
def test_an_error_in_the_stream_has_no_status_and_is_known_by_its_code(
    error: object, fault: Fault, retryable: bool
) -> None:
    failure = faults.streamed(error)

    assert (failure.fault, failure.retryable) == (fault, retryable)
