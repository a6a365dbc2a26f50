"""News on their way to the bus, behind an answer that waits for nobody; they are tried again."""

import asyncio
from dataclasses import dataclass

from gateway.metrics import GatewayMetrics
from gateway.outbox import Outbox, Overflow
from gateway.slots import Tally
from trunkline.bus import Producer
from trunkline.bus.lanes import Lanes
from trunkline.errors import Invalid, PublishFailed
from trunkline.events.commands import Command
from trunkline.events.intelligence import Notification
from trunkline.events.lifecycle import Lifecycle
from trunkline.events.topics import CALLBACKS, COMMANDS, LIFECYCLE, NOTIFICATIONS, TURNS
from trunkline.events.turn import TurnFinished
from trunkline.events.twilio import Callback
from trunkline.events.wire import (
    encode_callback,
    encode_command,
    encode_lifecycle,
    encode_notification,
    encode_turn,
    event_type,
)
from trunkline.logs import get_logger

MAX_WAITING = 10_000  # some ten minutes of a busy gateway's news
KEEP_SECONDS = 120.0  # longer than a broker's restart; what is lost then, others' sweeps repair
DRAIN_SECONDS = 5.0  # at the end of the process
PAUSE_SECONDS = 0.5  # a bus that refuses at once would otherwise be asked without a pause
AT_ONCE = 1000  # records of a topic that is not there wait long, and hold up no others

logger = get_logger()


@dataclass(frozen=True, slots=True)
class News:
    """One record as it will be published; those of one topic and key keep their order."""

    topic: str
    key: str
    value: bytes
    kind: str

    @property
    def lane(self) -> tuple[str, str]:
        """What it must not overtake."""
        return self.topic, self.key


def lifecycle_news(event: Lifecycle) -> News:
    """What becomes of a call."""
    return News(LIFECYCLE.name, event.call_sid, encode_lifecycle(event), event_type(event))


def callback_news(callback: Callback) -> News:
    """What Twilio tells, or what we tell of what it asked."""
    kind = event_type(callback.event)
    return News(CALLBACKS.name, callback.call_sid, encode_callback(callback), kind)


def notification_news(notification: Notification) -> News:
    """What Twilio's Intelligence tells of a transcript or a conversation."""
    key, kind = f"twilio:{notification.subject_id}", event_type(notification)
    return News(NOTIFICATIONS.name, key, encode_notification(notification), kind)


def turn_news(finished: TurnFinished) -> News:
    """A turn that is over."""
    return News(TURNS.name, finished.call_sid, encode_turn(finished), event_type(finished))


def command_news(command: Command) -> News:
    """What the gateway that has a call is to act on."""
    return News(COMMANDS.name, command.call_sid, encode_command(command), event_type(command))


async def publish_news(producer: Producer, news: News) -> None:
    """Publish at once; raises `PublishFailed` if the bus does not confirm it in time."""
    headers = {"type": news.kind}
    await producer.publish(news.topic, news.value, key=news.key, headers=headers)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    news: News
    expires_at: float
    told: asyncio.Future[bool]

    @property
    def lane(self) -> tuple[str, str]:
        return self.news.lane


class NewsDesk:
    """Takes news at any time, and publishes them for as long as `run` runs."""

    def __init__(self, producer: Producer, metrics: GatewayMetrics) -> None:
        self._producer = producer
        self._metrics = metrics
        self._waiting: Outbox[_Waiting] = Outbox(MAX_WAITING)
        self._open = Tally()
        self._loop = asyncio.get_running_loop()

    def put(self, news: News) -> "asyncio.Future[bool]":
        """Take news. The future tells whether the bus has them; nobody needs to await it."""
        told: asyncio.Future[bool] = self._loop.create_future()
        waiting = _Waiting(news, self._loop.time() + KEEP_SECONDS, told)
        self._open.up()
        try:
            self._waiting.put(waiting)
        except Overflow:
            self._settle(waiting, is_told=False)
        return told

    async def run(self) -> None:
        """Publish what is put, in order of its lane, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            lanes = Lanes(tasks, self._publish, AT_ONCE, lambda waiting: waiting.lane)
            while (waiting := await self._waiting.take()) is not None:
                await lanes.put(waiting)

    async def drain(self) -> None:
        """Wait until nothing is waiting to be published, for a while."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._open.none_left()
        except TimeoutError:
            logger.error("news_left_behind", count=self._open.count)

    async def _publish(self, waiting: _Waiting) -> None:
        while self._loop.time() < waiting.expires_at:
            try:
                await publish_news(self._producer, waiting.news)
            except PublishFailed:
                await asyncio.sleep(PAUSE_SECONDS)
            except Invalid:  # too large for the cluster
                break
            else:
                return self._settle(waiting, is_told=True)
        return self._settle(waiting, is_told=False)

    def _settle(self, waiting: _Waiting, *, is_told: bool) -> None:
        self._open.down()
        if not is_told:
            self._metrics.news_lost(waiting.news.kind)
            logger.error("news_lost", kind=waiting.news.kind)
        if not waiting.told.done():
            waiting.told.set_result(is_told)
