"""How long it takes to get a call ready on this machine, and how many at a time are too many: pure.

A call is begun ahead of its moment, by as much as its like took lately. On a machine that is too
busy calls miss their moments nevertheless: then fewer are taken in hand, for all accounts together,
until none does. Else everybody would prepare what nobody can send.
"""

LEAST, MOST = 0.2, 1.4  # seconds; the write-ahead may be two seconds old at the most
ROOM = 1.5  # times what it took: the next one may take longer
CALM = 0.05  # how quickly a quicker machine is believed
FIRST_HANDS, FEWEST_HANDS = 64.0, 2.0
LESS, MORE = 0.7, 0.5


class Effort:
    """Learns from every call. `most` is the greatest number that may ever be in hand."""

    def __init__(self, most: int = 1000) -> None:
        self._most = float(most)
        self._lead = 0.5
        self._hands = min(FIRST_HANDS, self._most)

    @property
    def lead_seconds(self) -> float:
        """How long before its moment a call is begun."""
        return self._lead

    @property
    def hands(self) -> int:
        """How many may be in hand: reserved, and not ready to be sent."""
        return int(self._hands)

    def ready(self, took: float) -> None:
        """A call was ready so many seconds after it was begun: slower is believed at once."""
        wanted = min(MOST, max(LEAST, took * ROOM))
        rise = 1.0 if wanted > self._lead else CALM
        self._lead += (wanted - self._lead) * rise
        self._hands = min(self._most, self._hands + MORE)

    def missed(self) -> None:
        """A call was not ready for its moment, or not in time at all."""
        self._hands = max(FEWEST_HANDS, self._hands * LESS)
