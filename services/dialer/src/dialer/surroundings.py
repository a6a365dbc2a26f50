"""What must hold before anybody is rung up: the bus, the gateways, the database, the clocks."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from sqlalchemy.ext.asyncio import AsyncEngine

from dialer.boottime import boottime
from dialer.clock import DatabaseClock
from dialer.gates import MAX_BUS_LAG
from dialer.ownership import Ownership
from dialer.pacing import Capacity, free_slots
from dialer.store import evidence
from dialer.store.clock import now
from dialer.store.positions import positions
from dialer.store.snapshot import World
from trunkline.bus import Bus, Start, TopicPartition
from trunkline.database.transaction import transaction
from trunkline.errors import Invalid, TrunklineError
from trunkline.events.topics import CALLBACKS, CAPACITY, LIFECYCLE
from trunkline.events.wire import decode_capacity

TOPICS = (CALLBACKS.name, LIFECYCLE.name)
READ_EVERY = timedelta(seconds=1.5)
MAX_SKEW_SECONDS = 15.0
FORGET_SECONDS = 60.0  # what a gateway said so long ago is of no use to anybody


class TopicRecreated(TrunklineError):
    """A topic ends before what was read of it: it was deleted and made anew, or is another's.

    What is written to it now would be taken for read. Nobody is called before a person has set the
    offsets in dialer.consumed_offset.
    """


class Surroundings:
    """Keeps an eye on everything outside this process."""

    def __init__(
        self, bus: Bus, engine: AsyncEngine, clock: DatabaseClock, ownership: Ownership
    ) -> None:
        self._bus = bus
        self._engine = engine
        self._clock = clock
        self._ownership = ownership
        self._gateways: dict[str, Capacity] = {}
        self._passed_at: datetime | None = None

    def world(self) -> World:
        """As the gates see it, at this moment."""
        own = self._ownership
        return World(self.bus_lag, self.free_slots, own.recovery, own.heartbeat_at)

    @property
    def bus_lag(self) -> timedelta | None:
        """How far the inbox is behind what was written to the bus, as far as that is known."""
        return self._clock.now() - self._passed_at if self._passed_at is not None else None

    @property
    def free_slots(self) -> int:
        """Calls that the gateways can take."""
        return free_slots(self._gateways.values(), self._clock.now())

    @property
    def is_in_time(self) -> bool:
        """Whether this machine's clock is right enough."""
        return abs(self._clock.skew_seconds()) <= MAX_SKEW_SECONDS

    def may_dial(self) -> bool:
        """Whether it makes sense to reserve anything."""
        lag = self.bus_lag
        bus = lag is not None and lag <= MAX_BUS_LAG
        own = self._ownership.is_safe and not self._ownership.recovery.waits_for_person
        return bus and own and self.is_in_time

    def ready(self) -> Mapping[str, bool]:
        """For `/readyz`."""
        return {"database": self._ownership.is_safe, "clock": self.is_in_time}

    async def watch_gateways(self) -> NoReturn:
        """Read what the gateways say of themselves, until cancelled; only the latest counts."""
        async with self._bus.read(CAPACITY.name, Start.END) as reader:
            while True:
                for record in await reader.fetch():
                    with suppress(Invalid):
                        self._note(record.value)

    def _note(self, value: bytes) -> None:
        told = decode_capacity(value)
        at = datetime.fromtimestamp(told.at_ms / 1000, UTC)
        free = (told.slots, told.used, told.kept_for_inbound, told.draining)
        self._gateways[told.gateway] = Capacity(*free, at)
        oldest = self._clock.now() - timedelta(seconds=FORGET_SECONDS)
        self._gateways = {name: each for name, each in self._gateways.items() if each.at >= oldest}

    async def look_at_bus(self) -> bool:
        """See how far the inbox has come; one replica after the other asks where the bus ends."""
        async with transaction(self._engine) as connection:
            asked_at = boottime()
            moment = await now(connection)
            self._clock.note(moment, asked_at)
            latest = await evidence.latest_reading(connection)
            passed = await positions(connection, TOPICS)
        if latest is None or moment - latest >= READ_EVERY:
            await self._read_ends(moment, passed)
        async with transaction(self._engine) as connection:
            self._passed_at = await evidence.passed_reading(connection, TOPICS)
        return False

    async def _read_ends(self, moment: datetime, passed: Mapping[TopicPartition, int]) -> None:
        """`moment` and `passed` are of before: what is written from then on only adds to it."""
        ends: dict[TopicPartition, int] = {}
        for topic in TOPICS:
            ends |= await self._bus.end_offsets(topic)
        check_not_recreated(passed, ends)
        async with transaction(self._engine) as connection:
            await evidence.add_reading(connection, moment, ends)
            await evidence.forget_readings(connection)


def check_not_recreated(
    passed: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
) -> None:
    """Raises `TopicRecreated` where a topic ends before what had been read of it by then."""
    if any(passed.get(place, 0) > end for place, end in ends.items()):
        raise TopicRecreated
