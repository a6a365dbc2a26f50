"""What one run writes to the log of its call, record by record."""

from collections.abc import Callable
from itertools import count

from trunkline.bus import Producer
from trunkline.errors import TrunklineError
from trunkline.events.call import CallRecord, WorkerEvent
from trunkline.events.turn import TurnRequested
from trunkline.events.wire import encode_record, event_type

LATE_SECONDS = 10.0  # after the deadline; then the call's topic may be gone, or be another's
LATE_TOOL_SECONDS = (
    30.0  # a tool that began just before it may take 20 s; topics last for 60 s more
)
WRITER_DIGITS = 12  # of a use's name, to tell apart the uses of one run


class TooLate(TrunklineError):
    """The turn's deadline passed so long ago that nothing may be written for it any more."""


class Outlived(TrunklineError):
    """The run was silent for so long that another may be answering in its place."""


class RunLog:
    """The records of one run, numbered from 1. `clock` is Unix time in seconds."""

    def __init__(
        self,
        producer: Producer,
        request: TurnRequested,
        run: str,
        clock: Callable[[], float],
        late_seconds: float = LATE_SECONDS,
    ) -> None:
        self._producer = producer
        self._request = request
        self._run = run
        self._clock = clock
        self._late_seconds = late_seconds
        self._numbers = count(1)

    def of_use(self, use_id: str) -> "RunLog":
        """A log for the end of one use: it has a writer of its own, since it may outlast the run.

        A record of the run that comes later, or never, leaves no gap then.
        """
        run = f"{self._run}.{use_id[:WRITER_DIGITS]}"
        return RunLog(self._producer, self._request, run, self._clock, LATE_TOOL_SECONDS)

    async def append(self, event: WorkerEvent) -> None:
        """Write one record and wait until the bus has it.

        Raises `PublishFailed` if that is not confirmed in time: whether the record is there is
        then unknown, so the run must write no more. Raises `TooLate` instead of writing late.
        """
        now = self._clock()
        if now > self._request.deadline_ms / 1000 + self._late_seconds:
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
