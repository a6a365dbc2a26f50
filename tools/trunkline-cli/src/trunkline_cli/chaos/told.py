"""What a consumer of dialer.events has been told."""

import asyncio

from trunkline.bus import Start
from trunkline.bus.kafka import KafkaBus
from trunkline.events.dial import AttemptFinished
from trunkline.events.topics import DIALER_EVENTS
from trunkline.events.wire import decode_dial
from trunkline_cli.chaos.evidence import Finished

SECONDS = 60.0


async def told(bootstrap: str, tenant: str) -> list[Finished]:
    """The ends of attempts in the topic, every copy, up to where it ends now."""
    async with asyncio.timeout(SECONDS), KafkaBus.open(bootstrap, client_id="oracle") as bus:
        ends = await bus.end_offsets(DIALER_EVENTS.name)
        found: list[Finished] = []
        async with bus.read(DIALER_EVENTS.name, Start.BEGINNING) as reader:
            while any(reader.positions().get(place, 0) < end for place, end in ends.items()):
                events = [decode_dial(record.value) for record in await reader.fetch()]
                found += [
                    Finished(event_id=event.event_id, attempt_id=event.event.attempt_id)
                    for event in events
                    if event.tenant_id == tenant and isinstance(event.event, AttemptFinished)
                ]
    return found
