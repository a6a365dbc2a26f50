"""Every topic: its name, key, partitions and retention. Nothing else names a topic."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trunkline.bus import NewTopic

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that exists as long as the cluster does."""

    name: str
    key: str
    partitions: int
    retention_ms: int
    config: Mapping[str, str] = field(default_factory=dict)

    def new(self) -> NewTopic:
        """The topic as it is created."""
        settings = {"cleanup.policy": "delete", "retention.ms": str(self.retention_ms)}
        return NewTopic(self.name, self.partitions, settings | dict(self.config))


PROMPTS = Topic("calls.prompts", key="call_sid", partitions=24, retention_ms=HOUR_MS)
INTERRUPTS = Topic("calls.interrupts", key="call_sid", partitions=6, retention_ms=HOUR_MS)
LIFECYCLE = Topic("calls.lifecycle", key="call_sid", partitions=6, retention_ms=7 * DAY_MS)
CALLBACKS = Topic("twilio.callbacks", key="call_sid", partitions=6, retention_ms=7 * DAY_MS)
CAPACITY = Topic("gateways.capacity", key="gateway", partitions=1, retention_ms=HOUR_MS)
COMMANDS = Topic("calls.commands", key="call_sid", partitions=6, retention_ms=HOUR_MS)
CLOCKS = Topic(
    "clocks",
    key="process",
    partitions=1,
    retention_ms=HOUR_MS,
    config={"message.timestamp.type": "LogAppendTime"},  # the broker's time is all that is in it
)
DIALER_EVENTS = Topic("dialer.events", key="campaign_id", partitions=6, retention_ms=7 * DAY_MS)
CALLED = Topic(
    "dialer.called",
    key="person",
    partitions=6,
    retention_ms=30 * DAY_MS,  # so long may a person take to call back
    config={"cleanup.policy": "compact,delete"},  # only a person's latest attempt counts
)
TURNS = Topic("calls.turns", key="call_sid", partitions=6, retention_ms=7 * DAY_MS)
NOTIFICATIONS = Topic(
    "intelligence.notifications", key="provider and id", partitions=6, retention_ms=7 * DAY_MS
)
NOTIFICATIONS_RETRY = Topic(
    "intelligence.notifications.retry",
    key="provider and id",
    partitions=1,
    retention_ms=7 * DAY_MS,
)
TOPICS = (
    PROMPTS,
    INTERRUPTS,
    LIFECYCLE,
    CALLBACKS,
    CAPACITY,
    COMMANDS,
    CLOCKS,
    DIALER_EVENTS,
    CALLED,
    TURNS,
    NOTIFICATIONS,
    NOTIFICATIONS_RETRY,
)

CALL_PREFIX = "call."
REPLIES_PREFIX = "replies."

# A call's topic is small and short-lived: 1 MiB is the least a segment may have since Kafka 4.0,
# and a small index keeps thousands of them cheap (both indexes are mapped into memory).
_SHORT_LIVED = {
    "cleanup.policy": "delete",
    "retention.ms": str(DAY_MS),
    "segment.bytes": "1048576",
    "segment.index.bytes": "65536",
}


def call_topic(call_sid: str) -> NewTopic:
    """The log of one call: whoever knows the CallSid can find it."""
    limits = _SHORT_LIVED | {"retention.bytes": "4194304"}
    return NewTopic(f"{CALL_PREFIX}{call_sid}", 1, limits)


def replies_topic(gateway_id: str) -> NewTopic:
    """Replies of one gateway's calls that have no topic of their own."""
    return NewTopic(f"{REPLIES_PREFIX}{gateway_id}", 1, dict(_SHORT_LIVED))
