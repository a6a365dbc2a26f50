"""ConversationRelay's JSON frames to the session's events, and its effects to frames.

What Twilio sends grows without notice: unknown types and fields are let pass, every string may be
empty or null, and what is one value may come as a text, a number or a truth value.
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
from trunkline.agents.relay import MULTI
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


_Scalar = str | int | float | bool | None


class _Kind(msgspec.Struct):
    type: str


class _Message(msgspec.Struct, rename="camel"):
    type: str
    call_sid: _Scalar = None
    session_id: _Scalar = None
    from_: _Scalar = msgspec.field(name="from", default=None)
    to: _Scalar = None
    direction: _Scalar = None
    custom_parameters: dict[str, _Scalar] | None = None
    voice_prompt: _Scalar = None
    lang: _Scalar = None
    last: _Scalar = None
    utterance_until_interrupt: _Scalar = None
    digit: _Scalar = None
    description: _Scalar = None
    name: _Scalar = None
    value: object = None


_ON = frozenset({"on", "true"})
_OFF = frozenset({"off", "false"})
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
            is_last = _text(message.last).casefold() not in _OFF
            return Prompted(_text(message.voice_prompt), _text(message.lang), is_last)
        case _Message(type="interrupt"):
            return Interrupted(_text(message.utterance_until_interrupt))
        case _Message(type="dtmf", digit=digit) if _text(digit):
            return KeyPressed(_text(digit))
        case _Message(type="error"):
            return Complaint(_text(message.description))
        case _Message(type="info"):
            return _info(message)
    return Unknown(message.type)


def _setup(message: _Message) -> Setup:
    if not message.call_sid:
        raise Invalid("A setup frame without a callSid.")
    parameters = message.custom_parameters or {}
    return Setup(
        _text(message.call_sid),
        _text(message.session_id),
        _text(message.from_),
        _text(message.to),
        _text(message.direction),
        {name: _text(value) for name, value in parameters.items()},
    )


def _text(value: _Scalar) -> str:
    """A value as Twilio writes it where it writes texts; nothing for null."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def _info(message: _Message) -> Frame:
    name, value = message.name, message.value
    text = _text(value) if isinstance(value, str | int | float) else ""
    match name:
        case "agentSpeaking" if text in _ON | _OFF:
            return AgentSpeaking(text in _ON)
        case "clientSpeaking" if text in _ON | _OFF:
            return CallerSpeaking(text in _ON)
        case "tokensPlayed" if text:
            return TokensPlayed(text)
    return Unknown(f"info {name}")


def text_frame(effect: SendText) -> bytes:
    """Words for the caller, as Twilio reads them."""
    frame: dict[str, object] = {"type": "text", "token": effect.token, "last": effect.last}
    if effect.language:
        frame["lang"] = effect.language
    if effect.preemptible is not None:
        frame["preemptible"] = effect.preemptible
    return _encoder.encode(frame)


def frame_of(effect: SendLanguage | StartSound | PressDigits | SendEnd) -> bytes:
    """What is not words, as Twilio reads it."""
    match effect:
        case SendLanguage(language):
            # Whatever is understood, the voice speaks one language: `multi` is none.
            spoken = {} if language == MULTI else {"ttsLanguage": language}
            frame = {"type": "language", **spoken, "transcriptionLanguage": language}
        case StartSound(url):
            frame = {"type": "play", "source": url}
        case PressDigits(digits):
            frame = {"type": "sendDigits", "digits": digits}
        case SendEnd(handoff):
            frame = {"type": "end"} | ({"handoffData": handoff} if handoff else {})
    return _encoder.encode(frame)
