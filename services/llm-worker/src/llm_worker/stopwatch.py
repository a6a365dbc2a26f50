"""How long a turn took, and what it cost; pure."""

from trunkline.events.call import Timings, Usage


class Stopwatch:
    """The moments of one turn, in seconds of its clock."""

    def __init__(self) -> None:
        self.read_at = 0.0
        self.asked_at: float | None = None
        self._first_word_at: float | None = None
        self._waiting_since: float | None = None
        self._waited = 0.0

    def speak(self, now: float) -> None:
        """There is a word; only the first one counts."""
        if self._first_word_at is None:
            self._first_word_at = now

    def wait(self, now: float) -> None:
        """Tools have begun."""
        self._waiting_since = now

    def wait_no_more(self, now: float) -> None:
        """Tools have ended, all of them."""
        if self._waiting_since is not None:
            self._waited += now - self._waiting_since
            self._waiting_since = None

    def timings(self, now: float) -> Timings:
        """How long it took, up to now."""
        return Timings(
            queued_ms=self._since_read(self.asked_at),
            first_token_ms=self._since_read(self._first_word_at),
            total_ms=self._since_read(now),
            tools_ms=round(self._waited * 1000),
        )

    def _since_read(self, moment: float | None) -> int:
        return 0 if moment is None else round((moment - self.read_at) * 1000)


def add_usage(before: Usage, more: Usage) -> Usage:
    """What two answers cost together; the model is the one that answered last."""
    return Usage(
        model=more.model or before.model,
        prompt_tokens=before.prompt_tokens + more.prompt_tokens,
        completion_tokens=before.completion_tokens + more.completion_tokens,
        cached_tokens=before.cached_tokens + more.cached_tokens,
        reasoning_tokens=before.reasoning_tokens + more.reasoning_tokens,
    )
