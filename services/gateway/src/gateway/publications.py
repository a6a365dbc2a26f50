"""The session's records on their way to the bus."""

from collections.abc import Awaitable

from gateway.effects import Append, AskWorker, CancelTurn, WarmUp
from trunkline.bus import Position, Producer
from trunkline.events.topics import CALL_PREFIX, INTERRUPTS, PROMPTS
from trunkline.events.wire import (
    encode_interrupt,
    encode_prompt,
    encode_record,
    event_type,
)

Publication = Append | AskWorker | CancelTurn | WarmUp

# What is written to a call's log is in an order, of which nothing may be missing: while the bus is
# slow it is waited for, nearly as long as a turn may last. A prompt that late is worth nothing.
APPEND_SECONDS = 15.0


async def publish(producer: Producer, publication: Publication) -> Awaitable[Position]:
    """Queue one record where it belongs; the awaitable ends when the bus has it."""
    partition: int | None
    event: object
    within = APPEND_SECONDS if isinstance(publication, Append) else None
    match publication:
        case Append(record):
            topic, partition, key = CALL_PREFIX + record.call_sid, None, record.call_sid
            event, value = record.event, encode_record(record)
        case AskWorker(request, partition):
            topic, key = PROMPTS.name, request.ref.call_sid
            event, value = request, encode_prompt(request)
        case WarmUp(opened, partition):
            topic, key = PROMPTS.name, opened.call_sid
            event, value = opened, encode_prompt(opened)
        case CancelTurn(cancelled):
            topic, partition, key = INTERRUPTS.name, None, cancelled.call_sid
            event, value = cancelled, encode_interrupt(cancelled)
    headers = {"type": event_type(event)}
    return await producer.send(
        topic, value, key=key, partition=partition, headers=headers, within=within
    )
