"""The gateway's own topic of replies: for calls that have no topic of their own."""

from collections.abc import Callable
from typing import NoReturn

from gateway.metrics import GatewayMetrics
from trunkline.bus import Reader
from trunkline.errors import Invalid
from trunkline.events.call import CallRecord
from trunkline.events.wire import decode_record


async def read_replies(
    reader: Reader, deliver: Callable[[CallRecord], None], metrics: GatewayMetrics
) -> NoReturn:
    """Hand each reply on; a call that is gone needs none."""
    while True:
        for record in await reader.fetch():
            try:
                deliver(decode_record(record.value))
            except Invalid:
                metrics.invalid_records.inc()
