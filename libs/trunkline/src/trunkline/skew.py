"""How far this process's clock is from the brokers', as far as that can be known; pure.

Deadlines and expiries are written by one process and read by another, so that clocks must agree.
"""

ALLOWED_SECONDS = 0.5  # that a clock may differ

_RESOLUTION = 0.001  # of the brokers' time, which they cut to milliseconds


class Skew:
    """The brokers' time less ours. Times are Unix times in seconds."""

    def __init__(self) -> None:
        self._bounds: tuple[float, float] | None = None

    def measure(self, sent_at: float, stamped_at: float, acknowledged_at: float) -> None:
        """A broker stamped a record between two moments of our clock."""
        if acknowledged_at >= sent_at:  # else our clock was set back meanwhile: it tells nothing
            self._bounds = stamped_at - acknowledged_at, stamped_at + _RESOLUTION - sent_at

    @property
    def seconds(self) -> float:
        """The likeliest difference, positive if ours is behind; 0 while nothing is known."""
        return sum(self._bounds) / 2 if self._bounds else 0.0

    @property
    def is_precise(self) -> bool:
        """Whether the last measurement was quick enough to be sure."""
        return self._bounds is not None and self._bounds[1] - self._bounds[0] <= ALLOWED_SECONDS

    @property
    def agrees(self) -> bool:
        """Whether our clock was compared, and is not for certain too far off."""
        if self._bounds is None:
            return False
        least, most = self._bounds
        return least <= ALLOWED_SECONDS and most >= -ALLOWED_SECONDS
