"""What every bus must do: one suite, run on memory and on a real Kafka.

    class TestMemoryBus(BusContract):
        @pytest.fixture
        async def bus(self) -> AsyncIterator[Bus]: ...

The deadlines of the bus under test should be short, since some tests wait for them to pass.
"""

from trunkline.testing.contract.consuming import ConsumingContract
from trunkline.testing.contract.groups import GroupContract
from trunkline.testing.contract.publishing import PublishingContract
from trunkline.testing.contract.reading import ReadingContract
from trunkline.testing.contract.topics import TopicContract


class BusContract(
    PublishingContract, ReadingContract, GroupContract, TopicContract, ConsumingContract
):
    """The promises of `Bus` and its parts, each a test."""
