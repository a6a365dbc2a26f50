"""A clinic's agent with tools, and the requests that tests put to it."""

from collections.abc import Sequence

from trunkline.agents import Agent
from trunkline.events.call import ToolStatus
from trunkline.events.turn import Message, Role, ToolCall, ToolUse, TurnRef, TurnRequested

FIND = "find_slot"
BOOK = "book"
NAME = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def clinic(**changes: object) -> Agent:
    """`find_slot` may be used as often as one likes; `book` may not."""
    fields: dict[str, object] = {
        "id": "clinic",
        "greeting": "Hello.",
        "instructions": "Help {{caller}}.",
        "variables": {"caller": "the caller"},
        "languages": [{"code": "en-US"}, {"code": "es-US"}],
        "models": [{"provider": "groq", "name": "quick"}, {"provider": "offline"}],
        "actions": ["end_call", "transfer", "switch_language", "play_sound", "send_digits"],
        "transfers": {"desk": {"about": "For people.", "dial": {"number": "+15005550111"}}},
        "sounds": {"chime": "https://sounds.example/chime.mp3"},
        "tools": [
            {
                "name": FIND,
                "description": "Finds free slots.",
                "parameters": {"type": "object", "properties": {"day": {"type": "string"}}},
                "http": {"url": "https://clinic.example/slots?day={day}"},
                "idempotent": True,
            },
            {
                "name": BOOK,
                "description": "Books a slot.",
                "parameters": NAME,
                "http": {"method": "POST", "url": "https://clinic.example/bookings"},
                "timeout_seconds": 2.0,
            },
        ],
    }
    return Agent.model_validate({**fields, **changes})


def request(
    *,
    uses: Sequence[ToolUse] = (),
    calls: Sequence[ToolCall] = (),
    history: Sequence[Message] = (Message(Role.CALLER, "Tuesday?", 3),),
    turn: int = 3,
    attempt: int = 0,
    spoken_prefix: str = "",
) -> TurnRequested:
    return TurnRequested(
        ref=TurnRef("default", "CA1", "AT1", 7, turn, attempt),
        reply_topic="call.CA1",
        deadline_ms=0,
        agent_id="clinic",
        agent_version="",
        language="en-US",
        history=tuple(history),
        uses=tuple(uses),
        calls=tuple(calls),
        spoken_prefix=spoken_prefix,
    )


def use(
    use_id: str = "u1",
    *,
    turn: int = 3,
    round_: int = 0,
    tool: str = BOOK,
    arguments: str = '{"name":"Ann"}',
    status: ToolStatus = ToolStatus.SUCCEEDED,
    result: str = "",
    model: str = "groq/quick",
    extra: str = "",
) -> ToolUse:
    return ToolUse(use_id, turn, round_, tool, arguments, status, result, model, extra)
