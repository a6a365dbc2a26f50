"""The Kafka adapter against a real broker: the contract, and what only a broker can do to it."""

from collections.abc import AsyncIterator

import pytest

from trunkline.bus import Bus
from trunkline.bus.kafka import KafkaBus
from trunkline.testing.bus_contract import BusContract


class TestKafkaBus(BusContract):
    @pytest.fixture
    async def bus(self, kafka_bootstrap: str) -> AsyncIterator[Bus]:
        async with KafkaBus.open(
            kafka_bootstrap,
            client_id="contract",
            calls_deadline_seconds=0.8,
            topic_deadline_seconds=0.8,
        ) as bus:
            yield bus
