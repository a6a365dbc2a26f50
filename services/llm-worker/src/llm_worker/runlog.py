"""What one run writes to the log of its call, record by record."""

from collections.abc import Callable
from itertools import count

from trunkline.bus import Producer
from trunkline.errors import TrunklineError
from trunkline.events.call import CallRecord, WorkerEvent
from trunkline.events.turn import TurnRequested
from trunkline.events.wire import encode_record, event_type

LATE_SECONDS = 10.0  # after the deadline; then the call's topic may be gone, or be another's


class TooLate(TrunklineError):
    """The turn's deadline passed so long ago that nothing may be written for it any more."""


class RunLog:
    """The records of one run, numbered from 1. `clock` is Unix time in seconds."""

    def __init__(
        self, producer: Producer, request: TurnRequested, run: str, clock: Callable[[], float]
    ) -> None:
        self._producer = producer
        self._request = request
        self._run = run
        self._clock = clock
        self._numbers = count(1)

    async def append(self, event: WorkerEvent) -> None:
        """Write one record and wait until the bus has it.

        Raises `PublishFailed` if that is not confirmed in time: whether the record is there is
        then unknown, so the run must write no more. Raises `TooLate` instead of writing late.
        """
        now = self._clock()
        if now > self._request.deadline_ms / 1000 + LATE_SECONDS:
            raise TooLate
        ref = self._request.ref
        record = CallRecord(
            tenant_id=ref.tenant_id,
            call_sid=ref.call_sid,
            writer=self._run,
            n=next(self._numbers),
            attachment_id=ref.attachment_id,
            epoch=ref.epoch,
            event=event,
        )
        await self._producer.publish(
            self._request.reply_topic,
            encode_record(record),
            key=ref.call_sid,
            headers={"type": event_type(event), "produced_at": str(round(now * 1000))},
        )
