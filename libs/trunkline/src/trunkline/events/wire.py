"""Typed events to protobuf bytes and back. Protobuf appears here and nowhere else.

A dataclass and its message have the same name and the same fields, so one mapping serves all; a
test holds every pair against each other, field by field.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import IntEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from google.protobuf.message import DecodeError, Message

from trunkline.errors import Invalid
from trunkline.events import call, commands, dial, intelligence, lifecycle, turn, twilio
from trunkline.events._pb import (
    call_pb2,
    commands_pb2,
    dial_pb2,
    intelligence_pb2,
    lifecycle_pb2,
    turn_pb2,
    twilio_pb2,
)

_GENERATED = {
    call.__name__: call_pb2,
    dial.__name__: dial_pb2,
    commands.__name__: commands_pb2,
    intelligence.__name__: intelligence_pb2,
    lifecycle.__name__: lifecycle_pb2,
    turn.__name__: turn_pb2,
    twilio.__name__: twilio_pb2,
}

T = TypeVar("T")
Put = Callable[[Message, str, Any], None]
Take = Callable[[Message], Any]


def encode_record(record: call.CallRecord) -> bytes:
    """A record of a call's log as bytes."""
    return _to_message(record).SerializeToString()


def decode_record(data: bytes) -> call.CallRecord:
    """Bytes of a call's log as a record; raises `Invalid` if there is no event we know in them."""
    return _from_message(call.CallRecord, _parse(call_pb2.CallRecord(), data))


def encode_prompt(event: turn.Prompt) -> bytes:
    """An event of calls.prompts as bytes."""
    return _wrap(turn_pb2.Prompt(), event)


def decode_prompt(data: bytes) -> turn.Prompt:
    """Bytes of calls.prompts as an event; raises `Invalid` if they are none."""
    message = _parse(turn_pb2.Prompt(), data)
    event: turn.Prompt = _from_oneof(turn.Prompt, message)
    return event


def encode_interrupt(event: turn.TurnCancelled) -> bytes:
    """An event of calls.interrupts as bytes."""
    return _wrap(turn_pb2.Interrupt(), event)


def decode_interrupt(data: bytes) -> turn.TurnCancelled:
    """Bytes of calls.interrupts as an event; raises `Invalid` if they are none."""
    message = _parse(turn_pb2.Interrupt(), data)
    event: turn.TurnCancelled = _from_oneof(turn.TurnCancelled, message)
    return event


def encode_lifecycle(event: lifecycle.Lifecycle) -> bytes:
    """An event of calls.lifecycle as bytes."""
    return _wrap(lifecycle_pb2.Lifecycle(), event)


def decode_lifecycle(data: bytes) -> lifecycle.Lifecycle:
    """Bytes of calls.lifecycle as an event; raises `Invalid` if they are none."""
    message = _parse(lifecycle_pb2.Lifecycle(), data)
    event: lifecycle.Lifecycle = _from_oneof(lifecycle.Lifecycle, message)
    return event


def encode_command(event: commands.Command) -> bytes:
    """An event of calls.commands as bytes."""
    return _wrap(commands_pb2.Command(), event)


def decode_command(data: bytes) -> commands.Command:
    """Bytes of calls.commands as an event; raises `Invalid` if they are none."""
    message = _parse(commands_pb2.Command(), data)
    event: commands.Command = _from_oneof(commands.Command, message)
    return event


def encode_callback(callback: twilio.Callback) -> bytes:
    """A record of twilio.callbacks as bytes."""
    return _to_message(callback).SerializeToString()


def decode_callback(data: bytes) -> twilio.Callback:
    """Bytes of twilio.callbacks as a record; raises `Invalid` if they are none."""
    return _from_message(twilio.Callback, _parse(twilio_pb2.Callback(), data))


def encode_capacity(capacity: twilio.Capacity) -> bytes:
    """A record of gateways.capacity as bytes."""
    return _to_message(capacity).SerializeToString()


def decode_capacity(data: bytes) -> twilio.Capacity:
    """Bytes of gateways.capacity as a record; raises `Invalid` if they are none."""
    return _from_message(twilio.Capacity, _parse(twilio_pb2.Capacity(), data))


def encode_dial(event: dial.DialEvent) -> bytes:
    """A record of dialer.events as bytes."""
    return _to_message(event).SerializeToString()


def decode_dial(data: bytes) -> dial.DialEvent:
    """Bytes of dialer.events as a record; raises `Invalid` if they are none."""
    return _from_message(dial.DialEvent, _parse(dial_pb2.DialEvent(), data))


def encode_called(called: dial.PersonCalled) -> bytes:
    """A record of dialer.called as bytes."""
    return _to_message(called).SerializeToString()


def decode_called(data: bytes) -> dial.PersonCalled:
    """Bytes of dialer.called as a record; raises `Invalid` if they are none."""
    return _from_message(dial.PersonCalled, _parse(dial_pb2.PersonCalled(), data))


def encode_turn(finished: turn.TurnFinished) -> bytes:
    """A record of calls.turns as bytes."""
    return _to_message(finished).SerializeToString()


def decode_turn(data: bytes) -> turn.TurnFinished:
    """Bytes of calls.turns as a record; raises `Invalid` if they are none."""
    return _from_message(turn.TurnFinished, _parse(turn_pb2.TurnFinished(), data))


def encode_notification(notification: intelligence.Notification) -> bytes:
    """A record of intelligence.notifications as bytes."""
    return _to_message(notification).SerializeToString()


def decode_notification(data: bytes) -> intelligence.Notification:
    """Bytes of intelligence.notifications as a record; raises `Invalid` if they are none."""
    found = _parse(intelligence_pb2.Notification(), data)
    return _from_message(intelligence.Notification, found)


def event_type(event: object) -> str:
    """The name that the record header `type` carries."""
    return type(event).__name__


def _parse(message: Message, data: bytes) -> Message:
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise Invalid(f"Not a {message.DESCRIPTOR.name}: {error}") from error
    return message


def _wrap(envelope: Message, event: object) -> bytes:
    getattr(envelope, _oneof_field(event)).CopyFrom(_to_message(event))
    return envelope.SerializeToString()


def _oneof_field(event: object) -> str:
    """TurnRequested is written as turn_requested."""
    return _snake(type(event).__name__)


@cache
def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _to_message(value: Any) -> Message:
    kind: Any = type(value)
    message_type, plan = _encoding(kind)
    message = message_type()
    for name, target, put in plan:
        put(message, target, getattr(value, name))
    return message


def _set(message: Message, name: str, value: Any) -> None:
    setattr(message, name, value)


def _set_message(message: Message, name: str, value: Any) -> None:
    getattr(message, name).CopyFrom(_to_message(value))


def _set_list(message: Message, name: str, values: Any) -> None:
    getattr(message, name).extend(_to_message(value) for value in values)


def _set_map(message: Message, name: str, values: Mapping[str, str]) -> None:
    getattr(message, name).update(values)


def _set_event(message: Message, name: str, value: Any) -> None:
    _set_message(message, _oneof_field(value), value)


@cache
def _encoding(kind: type) -> tuple[type[Message], list[tuple[str, str, Put]]]:
    plan: list[tuple[str, str, Put]] = []
    for name, hint in _hints(kind).items():
        put: Put = _set
        if isinstance(hint, UnionType):
            put = _set_event
        elif get_origin(hint) is tuple:
            put = _set_list
        elif get_origin(hint) is Mapping:
            put = _set_map
        elif hasattr(hint, "__dataclass_fields__"):
            put = _set_message
        plan.append((name, name.rstrip("_"), put))
    return message_of(kind), plan


def message_of(kind: type) -> type[Message]:
    """The generated message class with the same name as the dataclass."""
    found: type[Message] = getattr(_GENERATED[kind.__module__], kind.__name__)
    return found


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _from_message(kind: type[T], message: Message) -> T:
    known: Any = kind
    return kind(**{name: take(message) for name, take in _decoding(known)})


@cache
def _decoding(kind: type) -> list[tuple[str, Take]]:
    return [(name, _taker(name, hint)) for name, hint in _hints(kind).items()]


def _taker(name: str, hint: Any) -> Take:
    source = name.rstrip("_")
    if isinstance(hint, UnionType):
        return lambda message: _from_oneof(hint, message)
    if get_origin(hint) is tuple:
        (item, _) = get_args(hint)
        return lambda message: tuple(_from_message(item, m) for m in getattr(message, source))
    if get_origin(hint) is Mapping:
        return lambda message: dict(getattr(message, source))
    if hasattr(hint, "__dataclass_fields__"):
        return lambda message: _from_message(hint, getattr(message, source))
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return lambda message: _enum(hint, getattr(message, source))
    return lambda message: getattr(message, source)


def _enum(kind: type[IntEnum], number: int) -> IntEnum:
    """A number that a newer writer knows and we do not is UNSPECIFIED."""
    return kind(number) if number in kind._value2member_map_ else kind(0)


def _from_oneof(hint: Any, message: Message) -> Any:
    chosen = message.WhichOneof("event")
    if chosen is None:
        raise Invalid(f"{message.DESCRIPTOR.name} holds no event that this version knows.")
    return _from_message(_variants(hint)[chosen], getattr(message, chosen))


@cache
def _variants(hint: Any) -> dict[str, type]:
    return {_snake(kind.__name__): kind for kind in get_args(hint) or (hint,)}
