"""Who reads which topic, and what becomes of its records."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from intelligence_ingest.delays import prepare_delayed
from intelligence_ingest.news import News, decoded
from intelligence_ingest.notifications import Notifications
from intelligence_ingest.reading import Prepare, Prepared, Subscription
from intelligence_ingest.store.attempts import store_attempts
from intelligence_ingest.store.calls import store_lifecycle
from intelligence_ingest.store.turns import store_turns
from trunkline.bus import NewTopic, Record
from trunkline.events import topics
from trunkline.events.lifecycle import Lifecycle
from trunkline.events.turn import TurnFinished
from trunkline.events.wire import decode_dial, decode_lifecycle, decode_turn
from trunkline.protect import NumberVault

T = TypeVar("T")
Store = Callable[[AsyncConnection, Sequence[News[T]]], Awaitable[None]]

SESSIONS = 100  # lifecycle events in one transaction: each may take a lock
FETCHES = 40  # notifications in one transaction: all are fetched before it begins
READ = (
    topics.LIFECYCLE,
    topics.TURNS,
    topics.DIALER_EVENTS,
    topics.NOTIFICATIONS,
    topics.NOTIFICATIONS_RETRY,
)


def subscriptions(notifications: Notifications, vault: NumberVault) -> Sequence[Subscription]:
    """Everything this service reads."""

    async def lifecycle(connection: AsyncConnection, news: Sequence[News[Lifecycle]]) -> None:
        await store_lifecycle(connection, vault, news)

    async def turns(connection: AsyncConnection, news: Sequence[News[TurnFinished]]) -> None:
        await store_turns(connection, vault, news)

    return (
        Subscription(
            "lifecycle",
            topics.LIFECYCLE.name,
            _plain(decode_lifecycle, lifecycle),
            batch=SESSIONS,
        ),
        Subscription("turns", topics.TURNS.name, _plain(decode_turn, turns)),
        Subscription("attempts", topics.DIALER_EVENTS.name, _plain(decode_dial, store_attempts)),
        Subscription(
            "notifications", topics.NOTIFICATIONS.name, notifications.prepare, batch=FETCHES
        ),
        Subscription("retries", topics.NOTIFICATIONS_RETRY.name, prepare_delayed),
    )


def needed_topics() -> Sequence[NewTopic]:
    """What must exist before reading begins, dead letters included."""
    letters = [
        NewTopic(f"{topic.name}.dlq", 1, {"retention.ms": str(7 * topics.DAY_MS)}) for topic in READ
    ]
    return [*(topic.new() for topic in READ), *letters]


def _plain(decode: Callable[[bytes], T], store: Store[T]) -> Prepare:
    """Records that hold everything they are about."""

    async def prepare(records: Sequence[Record]) -> Prepared:
        news = decoded(records, decode)
        return Prepared(partial(_write, store, news))

    return prepare


async def _write(store: Store[T], news: Sequence[News[T]], connection: AsyncConnection) -> None:
    await store(connection, news)
