"""How many calls this gateway can take, told to all, and whether any gateway can take one."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from gateway.cluster import Cluster
from gateway.slots import Slots
from trunkline.bus import Producer
from trunkline.errors import PublishFailed
from trunkline.events.topics import CAPACITY
from trunkline.events.twilio import Capacity
from trunkline.events.wire import encode_capacity

EVERY_SECONDS = 1.0


class Room:
    """The places of this gateway, among those of the others. `clock` is Unix time in seconds."""

    def __init__(self, gateway: str, slots: Slots, clock: Callable[[], float]) -> None:
        self._gateway = gateway
        self._slots = slots
        self._clock = clock
        self._cluster = Cluster()
        self.hear = self._cluster.hear

    def ours(self) -> Capacity:
        """What this gateway says of itself."""
        slots = self._slots
        return Capacity(
            *(self._gateway, slots.total, slots.used, slots.kept, slots.is_draining),
            at_ms=round(self._clock() * 1000),
        )

    def is_left(self, *, outbound: bool) -> bool:
        """Whether a call that comes now would find a place here or elsewhere."""
        return self._cluster.has_room(self.ours(), outbound=outbound)


async def announce_capacity(producer: Producer, room: Room) -> NoReturn:
    """Tell each second, one record at a time: a slow bus gets fewer, never older ones."""
    headers = {"type": Capacity.__name__}
    while True:
        ours = room.ours()
        with suppress(PublishFailed):
            await producer.publish(
                CAPACITY.name, encode_capacity(ours), key=ours.gateway, headers=headers
            )
        await asyncio.sleep(EVERY_SECONDS)
