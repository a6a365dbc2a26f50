"""Twilio's news of transcripts and results: answered only once the bus has them."""

from collections.abc import Callable
from http import HTTPStatus

from gateway.metrics import CallbackOutcome, GatewayMetrics, Refusal
from gateway.news import notification_news, publish_news
from gateway.notices import Notice
from trunkline.bus import Producer
from trunkline.errors import Invalid, PublishFailed
from trunkline.events.intelligence import Notification

MAX_BODY_BYTES = 256 * 1024  # v3 carries results
MAX_WAITING = 200  # bodies that wait for the bus: 50 MiB at most


class Notifications:
    """Hands verified webhooks on as they came. `clock` is Unix time in seconds."""

    def __init__(
        self, producer: Producer, metrics: GatewayMetrics, clock: Callable[[], float]
    ) -> None:
        self._producer = producer
        self._metrics = metrics
        self._clock = clock
        self._waiting = 0

    async def take(self, notice: Notice, content_type: str, body: bytes) -> HTTPStatus:
        """Publish one: 204 once the bus has it, 503 for Twilio to tell it again."""
        notification = Notification(
            notice.kind,
            notice.subject_id,
            notice.account_sid,
            notice.service_id,
            round(self._clock() * 1000),
            content_type,
            body,
            notice.body_unsigned,
        )
        try:
            outcome = await self._publish(notification)
        except Invalid:  # too large for the cluster, and will be the next time
            self._metrics.refused(Refusal.TOO_LARGE)
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        self._metrics.notification(outcome)
        is_taken = outcome is CallbackOutcome.PUBLISHED
        return HTTPStatus.NO_CONTENT if is_taken else HTTPStatus.SERVICE_UNAVAILABLE

    async def _publish(self, notification: Notification) -> CallbackOutcome:
        if self._waiting >= MAX_WAITING:
            return CallbackOutcome.TOO_MANY
        self._waiting += 1
        try:
            await publish_news(self._producer, notification_news(notification))
        except PublishFailed:
            return CallbackOutcome.NOT_PUBLISHED
        finally:
            self._waiting -= 1
        return CallbackOutcome.PUBLISHED
