"""Whether a call that comes now would find a place at any gateway; pure."""

from trunkline.events.twilio import Capacity

FRESH_MS = 5000  # what is older says nothing
MAX_GATEWAYS = 1000


class Cluster:
    """Knows what each gateway has said of itself lately."""

    def __init__(self) -> None:
        self._said: dict[str, Capacity] = {}

    def hear(self, said: Capacity) -> None:
        """A gateway has said something of itself, the one that listens included."""
        if said.gateway not in self._said and len(self._said) >= MAX_GATEWAYS:
            fresh = self._fresh(said.at_ms)
            self._said = {one.gateway: one for one in fresh[: MAX_GATEWAYS - 1]}
        self._said[said.gateway] = said

    def has_room(self, ours: Capacity, *, outbound: bool) -> bool:
        """Whether a gateway has a place, one that is not kept for inbound calls if need be.

        `ours` is exact and as of now. The others' may be gone when the call comes: then the upgrade
        is refused. While nothing is heard, not even of ourselves, nobody knows, and the caller is
        let in.
        """
        fresh = self._fresh(ours.at_ms)
        others = [said for said in fresh if said.gateway != ours.gateway]
        return not fresh or any(_has_room(one, outbound) for one in [ours, *others])

    def _fresh(self, now_ms: int) -> list[Capacity]:
        return [said for said in self._said.values() if said.at_ms >= now_ms - FRESH_MS]


def _has_room(said: Capacity, outbound: bool) -> bool:
    kept = said.kept_for_inbound if outbound else 0
    return not said.draining and said.slots - said.used > kept
