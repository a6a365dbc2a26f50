"""What a provider's errors mean for the turn; pure. Their texts quote callers, and are not read."""

from collections.abc import Mapping

from llm_worker.model import Fault, ModelFailed

# A quota that is used up, and a limit of spending that is reached, do not pass in a moment.
_SPENT = {"insufficient_quota", "enforced_spend_limit_reached"}
_RATE_LIMITED = {"rate_limit_exceeded", "rate_limit_error", "429", *_SPENT}
_BAD_CALL = "tool_use_failed"  # the model wrote a call that nobody can read: another may not


def answered(status: int, body: object, headers: Mapping[str, str]) -> ModelFailed:
    """The failure that an HTTP status stands for; the headers' names are in small letters."""
    codes = _codes(body)
    if _BAD_CALL in codes:
        return ModelFailed(Fault.BAD_CALL)
    after = _seconds(headers.get("retry-after", ""))
    if status == 429:
        return ModelFailed(Fault.RATE_LIMITED, retryable=not codes & _SPENT, retry_after=after)
    if status == 408 or status >= 498:  # 498 is Groq's "no capacity" of its flex tier
        return ModelFailed(Fault.UNAVAILABLE, retry_after=after)
    return ModelFailed(Fault.REFUSED, retryable=False)


def streamed(error: object) -> ModelFailed:
    """The failure that an error within a stream stands for: its HTTP status was 200."""
    codes = _codes(error)
    if _BAD_CALL in codes:
        return ModelFailed(Fault.BAD_CALL)
    if codes & _RATE_LIMITED:
        return ModelFailed(Fault.RATE_LIMITED, retryable=not codes & _SPENT)
    return ModelFailed(Fault.UNAVAILABLE)


def _seconds(text: str) -> float:
    """How long to wait, as providers write it; a date, which none of them writes, says nothing."""
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0


def _codes(body: object) -> set[str]:
    """All codes and types of an error object, with or without the envelope around it."""
    if not isinstance(body, dict):
        return set()
    names = {str(body[key]) for key in ("code", "type", "error_code") if key in body}
    return names.union(*(_codes(body.get(key)) for key in ("error", "details")))
