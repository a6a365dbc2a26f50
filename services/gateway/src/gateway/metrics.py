"""The metrics this service records."""

from collections.abc import Callable
from enum import StrEnum

from trunkline.events.call import EndReason
from trunkline.metrics import Registry


class Refusal(StrEnum):
    """Why a request or an upgrade was refused."""

    SIGNATURE = "signature"
    TOO_LARGE = "too_large"
    CONTENT_TYPE = "content_type"
    FULL = "full"
    TICKET = "ticket"
    SETUP = "setup"
    RESERVED = "reserved"


class Placed(StrEnum):
    """What a person was connected with who has answered a call that we placed."""

    CONNECTED = "connected"
    EXPIRED = "expired"
    NO_ROOM = "no_room"
    NO_AGENT = "no_agent"


class CallbackOutcome(StrEnum):
    """What became of a callback of Twilio's, or a notification."""

    PUBLISHED = "published"
    NOT_PUBLISHED = "not_published"
    TOO_MANY = "too_many"


class GatewayMetrics:
    """Everything the gateway counts; the names are said here and nowhere else."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._refused = registry.counter(
            "trunkline_gateway_refused_total",
            "Requests and upgrades refused: no valid signature, a form that is too large or none, "
            "no free slot or draining, a ticket that does not fit, no setup in time, an outbound "
            "call that met only slots kept for inbound ones.",
            labels=("reason",),
        )
        self.busy = registry.counter(
            "trunkline_gateway_busy_total",
            "Callers who heard the agent's busy words: no gateway had a free slot.",
        )
        self.called_back = registry.counter(
            "trunkline_gateway_called_back_total",
            "Callers who reached the agent of the latest attempt to call them.",
        )
        self._placed = registry.counter(
            "trunkline_gateway_outbound_answered_total",
            "Persons who have answered a call that was placed: connected with an agent; or they "
            "answered too late, no gateway had a free slot, or the agent is not known.",
            labels=("outcome",),
        )
        self._callbacks = registry.counter(
            "trunkline_gateway_callbacks_total",
            "Callbacks about calls that were placed; those not published were answered 503, for "
            "Twilio to tell them again.",
            labels=("outcome",),
        )
        self._notifications = registry.counter(
            "trunkline_gateway_notifications_total",
            "Webhooks of Twilio's Intelligence; those not published were answered 503, and what "
            "Twilio does not tell again, the sweep of intelligence-ingest finds.",
            labels=("outcome",),
        )
        self._news_lost = registry.counter(
            "trunkline_gateway_news_lost_total",
            "Events that the bus did not take for two minutes, or of which too many were waiting.",
            labels=("kind",),
        )
        self._calls_ended = registry.counter(
            "trunkline_gateway_calls_ended_total",
            "Attachments that ended, by reason; `detached` may go on at another gateway and is "
            "counted again as `lost` when it has not, `taken_over` does go on, `internal_error` is "
            "a fault of ours.",
            labels=("reason",),
        )
        self.turns = registry.counter(
            "trunkline_gateway_turns_total", "Prompts of callers that were answered for."
        )
        self.retries = registry.counter(
            "trunkline_gateway_turn_retries_total", "Further attempts at a turn."
        )
        self.apologies = registry.counter(
            "trunkline_gateway_apologies_total", "Turns that ended with the agent's apology."
        )
        self.interrupts = registry.counter(
            "trunkline_gateway_interrupts_total", "Interruptions of the agent by the caller."
        )
        self.first_token_seconds = registry.histogram(
            "trunkline_gateway_first_token_seconds",
            "From a prompt's frame to the first words sent for it.",
            unit="seconds",
        )
        self.attach_seconds = registry.histogram(
            "trunkline_gateway_attach_seconds",
            "From a session's setup to the call's log being open.",
            unit="seconds",
        )
        self.without_topic = registry.counter(
            "trunkline_gateway_calls_without_topic_total",
            "Attachments whose replies came by the gateway's own topic: theirs was not ready.",
        )
        self.publish_failures = registry.counter(
            "trunkline_gateway_publish_failures_total",
            "Records of calls that the bus did not confirm in time.",
        )
        self.invalid_records = registry.counter(
            "trunkline_gateway_invalid_records_total", "Records read that were not understood."
        )
        self.malformed_frames = registry.counter(
            "trunkline_gateway_malformed_frames_total", "Frames of Twilio that were not understood."
        )
        self.complaints = registry.counter(
            "trunkline_gateway_complaints_total", "Frames of ours that Twilio did not understand."
        )
        self.round_trip_seconds = registry.histogram(
            "trunkline_gateway_round_trip_seconds",
            "From Twilio to us and back, as Twilio tells where an agent's `relay.debug` is set.",
            unit="seconds",
        )

    def watch_slots(self, used: Callable[[], float], slots: int) -> None:
        """Show how many calls are live, and how many there may be."""
        self._registry.gauge(
            "trunkline_gateway_live_calls", "Calls with an open socket.", unit="calls", read=used
        )
        self._registry.gauge(
            "trunkline_gateway_slots", "Calls that may be live at once.", unit="slots"
        ).set(slots)

    def watch_callers(self, known: Callable[[], float]) -> None:
        """Show how many people would be known if they called back."""
        self._registry.gauge(
            "trunkline_gateway_known_people",
            "People whom campaigns have called, who may call back.",
            unit="people",
            read=known,
        )

    def refused(self, reason: Refusal) -> None:
        """Count a refusal."""
        self._refused.labels(reason).inc()

    def placed(self, outcome: Placed) -> None:
        """Count a person who has answered."""
        self._placed.labels(outcome).inc()

    def callback(self, outcome: CallbackOutcome) -> None:
        """Count a callback."""
        self._callbacks.labels(outcome).inc()

    def notification(self, outcome: CallbackOutcome) -> None:
        """Count a webhook of Intelligence."""
        self._notifications.labels(outcome).inc()

    def news_lost(self, kind: str) -> None:
        """Count an event that the bus has not, or may not have."""
        self._news_lost.labels(kind).inc()

    def call_ended(self, reason: EndReason | str) -> None:
        """Count the end of an attachment."""
        name = reason.name.lower() if isinstance(reason, EndReason) else reason
        self._calls_ended.labels(name).inc()
