"""Who is reserved next, and how many: fair between campaigns, and no more than is sent soon; pure.

What is reserved and not ready to be sent is in hand: as much as an account can send in a second or
two, so that a pause takes hold at once and no replica sits on contacts that another could call.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from dialer.pacing import Turn, deal, share

PORTIONS = 4  # claims that fill what is in hand: few are cheap, many keep it full
COUNTED = 100  # contacts of a class that it is worth to count
REST_SECONDS = 1.0  # after a gate was closed for a whole campaign


@dataclass(frozen=True, slots=True)
class Queue:
    """A running campaign that has ready contacts: how many of each class, up to the limit asked."""

    campaign_id: UUID
    weight: float
    priority: int
    cps: float | None
    ready: dict[int, int]

    @property
    def waiting(self) -> int:
        return sum(self.ready.values())


@dataclass(frozen=True, slots=True)
class AccountQueues:
    """An account, and its campaigns that have somebody to call."""

    account_sid: str
    tenant_id: str
    cps: float
    queues: list[Queue]


@dataclass(frozen=True, slots=True)
class Share:
    """So many contacts of each class to reserve for a campaign."""

    campaign_id: UUID
    wanted: Mapping[int, int]


class Dealer:
    """Remembers what is in hand, and what each campaign is owed. Times are seconds of any clock."""

    def __init__(self, most: int) -> None:
        self.most = most
        """How many may be in hand, for all accounts together; it may change."""
        self._in_hand: Counter[str] = Counter()
        self._of_campaign: Counter[UUID] = Counter()
        self._owed: dict[str, float] = {}
        self._owed_to_fresh: dict[UUID, float] = {}
        self._resting: dict[UUID, float] = {}

    def take(self, account_sid: str, campaign_id: UUID) -> Callable[[], None]:
        """An attempt is in hand, until what is returned is called, the first time."""
        self._in_hand[account_sid] += 1
        self._of_campaign[campaign_id] += 1
        left = [(account_sid, campaign_id)]

        def put_back() -> None:
            if left:
                self._put_back(*left.pop())

        return put_back

    def _put_back(self, account_sid: str, campaign_id: UUID) -> None:
        self._in_hand[account_sid] -= 1
        self._of_campaign[campaign_id] -= 1
        if not self._of_campaign[campaign_id]:
            del self._of_campaign[campaign_id]

    def rest(self, campaign_id: UUID, now: float) -> None:
        """Leave a campaign alone for a moment: nobody in it can be called."""
        self._resting[campaign_id] = now + REST_SECONDS

    def deal(self, account: AccountQueues, now: float, seconds: float = 1.0) -> Sequence[Share]:
        """What to reserve for an account, so that as much is in hand as it can send in so many
        seconds; nothing while only a little is missing."""
        self._resting = {each: until for each, until in self._resting.items() if until > now}
        return list(self._shares(account, self.missing(account, seconds)))

    def missing(self, account: AccountQueues, seconds: float = 1.0) -> int:
        """How many attempts are to be reserved for an account, if it has so many contacts."""
        target = max(2, math.ceil(account.cps * seconds))
        slots = target - self._in_hand[account.account_sid]
        free = self.most - self._in_hand.total()
        return min(slots, free) if slots >= max(1, target // PORTIONS) and free > 0 else 0

    def _shares(self, account: AccountQueues, slots: int) -> Iterator[Share]:
        """Campaigns of a smaller priority first, all of one priority by their weights."""
        awake = [queue for queue in account.queues if queue.campaign_id not in self._resting]
        for _, group in groupby(sorted(awake, key=_priority), key=_priority):
            queues = {str(queue.campaign_id): queue for queue in group}
            given, owed = deal(slots, [self._turn(queue) for queue in queues.values()])
            self._owed |= owed
            slots -= sum(given.values())
            for name, count in given.items():
                if count:
                    yield self._classes(queues[name], count)

    def _classes(self, queue: Queue, count: int) -> Share:
        owed = self._owed_to_fresh.get(queue.campaign_id, 0.0)
        wanted, owed = share(count, queue.ready, owed)
        self._owed_to_fresh[queue.campaign_id] = owed
        return Share(queue.campaign_id, {each: n for each, n in wanted.items() if n})

    def _turn(self, queue: Queue) -> Turn:
        waiting = queue.waiting
        if queue.cps is not None:
            soon = math.ceil(queue.cps) + 1
            waiting = min(waiting, max(0, soon - self._of_campaign[queue.campaign_id]))
        name = str(queue.campaign_id)
        return Turn(name, queue.weight, waiting, self._owed.get(name, 0.0))


def _priority(queue: Queue) -> int:
    return queue.priority
