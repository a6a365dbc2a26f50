"""A budget per second that may be saved up and waited for: pure, the time comes as argument."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Budget:
    """So many per second on average, and at most `burst` at once. Times are in seconds."""

    per_second: float
    burst: float
    _left: float = field(init=False)
    _at: float = 0.0

    def __post_init__(self) -> None:
        self._left = self.burst

    def take(self, at: float, patience: float) -> float | None:
        """Spend one: how long to wait for it, or none if that would be longer than `patience`."""
        left = min(self.burst, self._left + (at - self._at) * self.per_second)
        wait = 0.0 if left >= 1 else (1 - left) / self.per_second if self.per_second else None
        if wait is None or wait > patience:
            return None
        self._left, self._at = left - 1, at
        return wait
