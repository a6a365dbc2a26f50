"""Which model is asked next in one attempt at a turn, and when; pure.

First each of the agent's list, at once. When the last has failed, those are asked again that may
answer a moment later: a caller had rather wait for that moment than hear an apology.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from llm_worker.effects import ModelGaveUp
from llm_worker.model import Fault
from trunkline.agents import ModelChoice

MOST_AGAIN = 2  # in one attempt; what is not over by the third time lasts longer than a turn
PAUSE_SECONDS = 0.3  # doubled before the second time
LEAST_SECONDS = 1.0  # of the turn that must be left, or no first word would be in time

_COLD = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may be asked from this time on."""

    choice: ModelChoice
    at: float


class Succession:
    """The models of one attempt. `deadline` is when nobody waits for the reply any more."""

    def __init__(self, models: Iterable[ModelChoice], deadline: float) -> None:
        self._fresh = list(models)
        self._latest = deadline - LEAST_SECONDS
        self._failed: list[Candidate] = []
        self._again = 0
        self.current: ModelChoice | None = None
        """The model that was asked last, or is to be asked next."""

    @property
    def has_fresh(self) -> bool:
        """Whether there is a model that was not asked yet."""
        return bool(self._fresh)

    @property
    def name(self) -> str:
        """The current model as provider/name."""
        return f"{self.current.provider}/{self.current.name}" if self.current else ""

    def give_up(self, failure: ModelGaveUp, now: float) -> None:
        """The current model has failed."""
        if self.current is None:
            return
        if failure.fault is Fault.BAD_CALL:
            self._note_bad_call(self.current, now)
        elif failure.retryable:
            pause = PAUSE_SECONDS * 2**self._again * (0.5 + failure.jitter / 2)
            self._failed.append(Candidate(self.current, now + failure.retry_after + pause))

    def next(self, now: float) -> Candidate | None:
        """The model to be asked, and when; none if the reply has failed."""
        candidate = Candidate(self._fresh.pop(0), now) if self._fresh else self._once_more()
        self.current = candidate.choice if candidate else None
        return candidate

    def _once_more(self) -> Candidate | None:
        in_time = [failed for failed in self._failed if failed.at <= self._latest]
        if not in_time or self._again == MOST_AGAIN:
            return None
        self._again += 1
        first = min(in_time, key=lambda failed: failed.at)
        self._failed.remove(first)
        return first

    def _note_bad_call(self, choice: ModelChoice, now: float) -> None:
        """Ask once more, at the temperature at which a model keeps to the form."""
        if choice.temperature != _COLD:
            cold = choice.model_copy(update={"temperature": _COLD})
            self._failed.append(Candidate(cold, now))
