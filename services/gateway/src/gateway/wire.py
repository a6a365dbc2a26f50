"""ConversationRelay's JSON frames to the session's events, and its effects to frames.

What Twilio sends grows without notice: unknown types and fields are let pass, every string may be
empty or null, and numbers may come as strings.
"""

from dataclasses import dataclass, field

import msgspec

from gateway.effects import (
    AgentSpeaking,
    CallerSpeaking,
    Event,
    Interrupted,
    KeyPressed,
    PressDigits,
    Prompted,
    SendEnd,
    SendLanguage,
    SendText,
    StartSound,
    TokensPlayed,
)
from trunkline.errors import Invalid


@dataclass(frozen=True, slots=True)
class Setup:
    """The first frame of a session."""

    call_sid: str
    session_id: str = ""
    from_: str = ""
    to: str = ""
    direction: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Complaint:
    """Twilio could not read a frame of ours. Its words may quote the frame."""

    description: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A frame that this version does not know, or that says nothing to us."""

    type: str


Frame = Setup | Complaint | Unknown | Event


class _Kind(msgspec.Struct):
    type: str


class _Message(msgspec.Struct, rename="camel"):
    type: str
    call_sid: str | None = None
    session_id: str | None = None
    from_: str | None = msgspec.field(name="from", default=None)
    to: str | None = None
    direction: str | None = None
    custom_parameters: dict[str, str | None] | None = None
    voice_prompt: str | None = None
    lang: str | None = None
    last: bool | None = None
    utterance_until_interrupt: str | None = None
    digit: str | None = None
    description: str | None = None
    name: str | None = None
    value: object = None


_KNOWN = frozenset({"setup", "prompt", "interrupt", "dtmf", "error", "info"})
_kinds = msgspec.json.Decoder(_Kind)
_messages = msgspec.json.Decoder(_Message)
_encoder = msgspec.json.Encoder()


def parse_frame(data: str | bytes) -> Frame:
    """Read one frame from Twilio; raises `Invalid` if it is none."""
    try:
        kind = _kinds.decode(data).type
        if kind not in _KNOWN:  # nor do we know the shape of its fields, whatever their names
            return Unknown(kind)
        message = _messages.decode(data)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Invalid(f"Not a ConversationRelay frame: {type(error).__name__}") from None
    match message:
        case _Message(type="setup"):
            return _setup(message)
        case _Message(type="prompt"):
            # Without partial prompts `last` is always there; a prompt that lacks it is final.
            return Prompted(
                message.voice_prompt or "", message.lang or "", message.last is not False
            )
        case _Message(type="interrupt"):
            return Interrupted(message.utterance_until_interrupt or "")
        case _Message(type="dtmf", digit=str(digit)) if digit:
            return KeyPressed(digit)
        case _Message(type="error"):
            return Complaint(message.description or "")
        case _Message(type="info"):
            return _info(message)
    return Unknown(message.type)


def _setup(message: _Message) -> Setup:
    if not message.call_sid:
        raise Invalid("A setup frame without a callSid.")
    parameters = message.custom_parameters or {}
    return Setup(
        message.call_sid,
        message.session_id or "",
        message.from_ or "",
        message.to or "",
        message.direction or "",
        {name: value or "" for name, value in parameters.items()},
    )


def _info(message: _Message) -> Frame:
    match message.name, message.value:
        case "agentSpeaking", ("on" | "off") as value:
            return AgentSpeaking(value == "on")
        case "clientSpeaking", ("on" | "off") as value:
            return CallerSpeaking(value == "on")
        case "tokensPlayed", str(text):
            return TokensPlayed(text)
    return Unknown(f"info {message.name}")


def text_frame(effect: SendText) -> bytes:
    """Words for the caller, as Twilio reads them."""
    frame: dict[str, object] = {"type": "text", "token": effect.token, "last": effect.last}
    if effect.language:
        frame["lang"] = effect.language
    if effect.preemptible:
        frame["preemptible"] = True
    return _encoder.encode(frame)


def frame_of(effect: SendLanguage | StartSound | PressDigits | SendEnd) -> bytes:
    """What is not words, as Twilio reads it."""
    match effect:
        case SendLanguage(language):
            frame = {
                "type": "language",
                "ttsLanguage": language,
                "transcriptionLanguage": language,
            }
        case StartSound(url):
            frame = {"type": "play", "source": url}
        case PressDigits(digits):
            frame = {"type": "sendDigits", "digits": digits}
        case SendEnd(handoff):
            frame = {"type": "end"} | ({"handoffData": handoff} if handoff else {})
    return _encoder.encode(frame)
