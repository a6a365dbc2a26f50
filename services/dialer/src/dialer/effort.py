"""How long it takes to get a call ready on this machine, and how many at a time are too many: pure.

A call is begun ahead of its moment, by as much as its like took lately. On a machine that is too
busy calls miss their moments nevertheless: then fewer are taken in hand, until none does.
"""

LEAST, MOST = 0.2, 1.4  # seconds; the write-ahead may be two seconds old at the most
ROOM = 1.5  # times what it took: the next one may take longer
CALM = 0.05  # how quickly a quicker machine is believed
LESS, MORE = 0.5, 0.05
SMALLEST = 0.1


class Effort:
    """Learns from every call."""

    def __init__(self) -> None:
        self._lead = 0.5
        self._share = 1.0

    @property
    def lead_seconds(self) -> float:
        """How long before its moment a call is begun."""
        return self._lead

    @property
    def share(self) -> float:
        """How much of the usual is taken in hand, from a tenth to all of it."""
        return self._share

    def ready(self, took: float) -> None:
        """A call was ready so many seconds after it was begun: slower is believed at once."""
        wanted = min(MOST, max(LEAST, took * ROOM))
        rise = 1.0 if wanted > self._lead else CALM
        self._lead += (wanted - self._lead) * rise
        self._share = min(1.0, self._share + MORE)

    def missed(self) -> None:
        """A call had missed its moment, and no other was to be had."""
        self._share = max(SMALLEST, self._share * LESS)
