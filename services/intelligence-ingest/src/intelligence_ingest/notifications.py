"""What a provider has announced: fetched, and stored; or tried again later; or given up."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intelligence_ingest.bundle import Bundle
from intelligence_ingest.carried import carried, of_call
from intelligence_ingest.delay import failed_before, next_try
from intelligence_ingest.fetcher import Fetcher
from intelligence_ingest.metrics import FoundBy, IngestMetrics, RecordOutcome
from intelligence_ingest.moved import Moved
from intelligence_ingest.reading import Prepared
from intelligence_ingest.store.anchors import erased
from intelligence_ingest.store.attaching import is_attached
from intelligence_ingest.store.transcripts import store_bundles
from intelligence_ingest.store.unknown import store_unknown
from trunkline.bus import Producer, Record
from trunkline.bus.dead_letters import DeadLetters, Reason
from trunkline.database.transaction import transaction
from trunkline.errors import Invalid, Transient
from trunkline.events.intelligence import Notification, NotificationKind
from trunkline.events.topics import NOTIFICATIONS, NOTIFICATIONS_RETRY
from trunkline.events.wire import decode_notification
from trunkline.logs import get_logger
from trunkline.protect import NumberVault

log = get_logger()

AT_ONCE = 64  # transcripts being fetched


@dataclass(frozen=True, slots=True)
class Later:
    """It could not be fetched now."""

    record: Record
    error: Transient


@dataclass(frozen=True, slots=True)
class Dead:
    """It can never be fetched."""

    record: Record
    error: Exception


Outcome = Bundle | Notification | Later | Dead
"""A notification is one of a kind that this version does not know: it is kept as it came."""


class Notifications:
    """Turns notifications into stored transcripts."""

    def __init__(
        self,
        engine: AsyncEngine,
        fetcher: Fetcher,
        vault: NumberVault,
        producer: Producer,
        letters: DeadLetters,
        metrics: IngestMetrics,
        tenant_id: str,
    ) -> None:
        self._engine = engine
        self._fetcher = fetcher
        self._vault = vault
        self._producer = producer
        self._letters = letters
        self._metrics = metrics
        self._tenant_id = tenant_id
        self._room = asyncio.Semaphore(AT_ONCE)
        self._moved = Moved()

    async def prepare(self, records: Sequence[Record]) -> Prepared:
        """Fetch what the records announce. Those that cannot be stored now are on another topic
        before the offset passes them: twice at the worst, never lost."""
        outcomes = await self.fetch(self._moved.left(records))
        for outcome in outcomes:
            if isinstance(outcome, Later | Dead):
                await self._move(outcome)
        aside = len(records) - len(self._moved.left(records))
        return Prepared(partial(self.store, outcomes), aside)

    async def fetch(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """What became of each. Raises `Invalid` if a record is no notification."""
        told = distinct((decode_notification(record.value), record) for record in records)
        async with transaction(self._engine) as connection:
            gone = await erased(connection, (notification.subject_id for notification, _ in told))
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self._one(notification, record), name="notification")
                for notification, record in told
                if notification.subject_id not in gone
            ]
        return [task.result() for task in running]

    async def store(self, outcomes: Sequence[Outcome], connection: AsyncConnection) -> None:
        """What can be stored of them, in the transaction of the offset."""
        bundles = [each for each in outcomes if isinstance(each, Bundle)]
        unknown = [each for each in outcomes if isinstance(each, Notification)]
        new = await store_bundles(
            connection, self._vault, bundles, self._tenant_id, FoundBy.WEBHOOK
        )
        await store_unknown(connection, self._vault, unknown, self._tenant_id)
        self._metrics.stored(FoundBy.WEBHOOK, new)

    async def bury(self, dead: Dead) -> None:
        """Give a notification up, under the topic it came on first."""
        await self._letters.bury(original(dead.record), _reason(dead.error), dead.error)
        self._metrics.records(NOTIFICATIONS.name, RecordOutcome.DEAD)

    async def _one(self, notification: Notification, record: Record) -> Outcome:
        async with self._room:
            try:
                with self._metrics.fetch_seconds.time():
                    return await self._read(notification)
            except Transient as error:
                return Later(record, error)
            except Exception as error:  # the boundary of one record: a bug ends this one only
                return Dead(record, error)

    async def _read(self, notification: Notification) -> Bundle | Notification:
        match notification.kind:
            case NotificationKind.TWILIO_V2:
                return await self._fetcher.bundle(notification.account_sid, notification.subject_id)
            case NotificationKind.TWILIO_V3:
                return await self._of_call(carried(notification))
            case _:
                log.warning("notification_kind_unknown")
                return notification

    async def _of_call(self, bundle: Bundle) -> Bundle:
        """With its call, as Twilio tells it if neither the webhook nor an earlier one does."""
        found = bundle.transcript
        if found.source_sid is not None:
            return bundle
        async with transaction(self._engine) as connection:
            if await is_attached(connection, bundle):
                return bundle
        sources = self._fetcher.sources
        return of_call(bundle, await sources.call_of_conversation(found.account_sid, found.sid))

    async def _move(self, outcome: Later | Dead) -> None:
        match outcome:
            case Later():
                await self._put_off(outcome)
            case Dead():
                await self.bury(outcome)
        self._moved.add(outcome.record)

    async def _put_off(self, later: Later) -> None:
        await self._producer.publish(
            NOTIFICATIONS_RETRY.name,
            later.record.value,
            key=later.record.key,
            headers=_headers(later.record, datetime.now(UTC)),
        )
        self._metrics.records(later.record.topic, RecordOutcome.DELAYED)


def distinct(
    told: Iterable[tuple[Notification, Record]],
) -> Sequence[tuple[Notification, Record]]:
    """Each transcript once: the answer is the same. What carries results itself stays."""
    found: dict[object, tuple[Notification, Record]] = {}
    for notification, record in told:
        asked = notification.kind is NotificationKind.TWILIO_V2
        found[notification.subject_id if asked else record.offset] = notification, record
    return list(found.values())


def _reason(error: Exception) -> Reason:
    if isinstance(error, Transient):
        return Reason.EXHAUSTED
    return Reason.INVALID if isinstance(error, Invalid) else Reason.BUG


def _headers(record: Record, now: datetime) -> Mapping[str, str]:
    """The record's own, how often it has failed, when it is due, and where it came from first."""
    failed = failed_before(record.headers) + 1
    due = next_try(failed, now)
    origin = {
        "retry.topic": record.topic,
        "retry.partition": str(record.partition),
        "retry.offset": str(record.offset),
    }
    told = {"retry.failed": str(failed), "retry.due_ms": str(int(due.timestamp() * 1000))}
    return origin | dict(record.headers) | told


def original(record: Record) -> Record:
    """The record as it came on its first topic, as far as its headers tell."""
    headers = record.headers
    return Record(
        topic=headers.get("retry.topic", record.topic),
        partition=int(headers.get("retry.partition", record.partition)),
        offset=int(headers.get("retry.offset", record.offset)),
        key=record.key,
        value=record.value,
        headers=headers,
        timestamp_ms=record.timestamp_ms,
    )
