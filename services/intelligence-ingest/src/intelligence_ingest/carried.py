"""What a webhook of v3 carries: the results themselves. Pure."""

from dataclasses import replace

from intelligence_ingest import insight_v3
from intelligence_ingest.bundle import Bundle
from intelligence_ingest.news import when
from intelligence_ingest.reading_json import parse
from trunkline.errors import Invalid
from trunkline.events.intelligence import Notification


def carried(notification: Notification) -> Bundle:
    """The gateway has verified it. Raises `Invalid` if it does not say which conversation."""
    body = parse(notification.body)
    if not isinstance(body, dict):
        raise Invalid("A body that is no object.")
    unverified = notification.body_unsigned
    results = [replace(each, unverified=unverified) for each in insight_v3.operator_results(body)]
    return Bundle(
        insight_v3.conversation(body, notification.account_sid),
        (),
        results,
        when(notification.received_ms),
        unverified,
    )


def of_call(bundle: Bundle, call_sid: str | None) -> Bundle:
    """The same, now that its call is known."""
    return replace(bundle, transcript=replace(bundle.transcript, source_sid=call_sid))
