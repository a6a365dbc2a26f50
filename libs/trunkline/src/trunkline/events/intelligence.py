"""What providers notify us of. Field meanings: proto/trunkline/v1/intelligence.proto."""

from dataclasses import dataclass
from enum import IntEnum


class NotificationKind(IntEnum):
    """Which kind of webhook it was."""

    UNSPECIFIED = 0
    TWILIO_V2 = 1
    TWILIO_V3 = 2


@dataclass(frozen=True, slots=True)
class Notification:
    """One verified webhook, as it came: a reason to ask the provider, and not itself believed."""

    kind: NotificationKind
    subject_id: str
    account_sid: str
    service_id: str
    received_ms: int
    content_type: str
    body: bytes
    body_unsigned: bool = False
