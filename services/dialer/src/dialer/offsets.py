"""How far Twilio's clock is ahead of the database's, by account."""


class ClockOffsets:
    """The newest measurement of each account, from the `Date` of its answers."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def note(self, account_sid: str, seconds: float) -> None:
        """Take a measurement in."""
        self._seconds[account_sid] = seconds

    def of(self, account_sid: str) -> float:
        """In seconds; 0 as long as nothing was measured."""
        return self._seconds.get(account_sid, 0.0)
