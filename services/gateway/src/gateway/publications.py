"""The session's records on their way to the bus."""

from collections.abc import Awaitable

from gateway.effects import Append, AskWorker, CancelTurn, WarmUp
from trunkline.bus import Position, Producer
from trunkline.events.topics import CALL_PREFIX, INTERRUPTS, PROMPTS
from trunkline.events.wire import encode_interrupt, encode_prompt, encode_record, event_type

Publication = Append | AskWorker | CancelTurn | WarmUp


async def publish(producer: Producer, publication: Publication) -> Awaitable[Position]:
    """Queue one record where it belongs; the awaitable ends when the bus has it."""
    match publication:
        case Append(record):
            return await producer.send(
                CALL_PREFIX + record.call_sid,
                encode_record(record),
                key=record.call_sid,
                headers={"type": event_type(record.event)},
            )
        case AskWorker(request, partition):
            return await producer.send(
                PROMPTS.name,
                encode_prompt(request),
                key=request.ref.call_sid,
                partition=partition,
                headers={"type": event_type(request)},
            )
        case WarmUp(opened, partition):
            return await producer.send(
                PROMPTS.name,
                encode_prompt(opened),
                key=opened.call_sid,
                partition=partition,
                headers={"type": event_type(opened)},
            )
        case CancelTurn(cancelled):
            return await producer.send(
                INTERRUPTS.name,
                encode_interrupt(cancelled),
                key=cancelled.call_sid,
                headers={"type": event_type(cancelled)},
            )
