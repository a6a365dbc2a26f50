"""ConversationRelay's JSON frames to the session's events, and its effects to frames.

What Twilio sends grows without notice: unknown types and fields are let pass, every string may be
empty or null, and what is one value may come as a text, a number or a truth value. A frame is
refused only where nothing can be made of the one field that it is there for.
"""

import math
from collections.abc import Iterator
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
class RoundTrip:
    """How long a message takes from Twilio to us and back."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Unknown:
    """A frame that this version does not know, or that says nothing to us."""

    type: str


Unused = Setup | Complaint | RoundTrip | Unknown
"""What is nothing to a conversation that goes on."""

Frame = Unused | Event


_Scalar = str | int | float | bool | None


class _Kind(msgspec.Struct):
    type: str


class _Typed(msgspec.Struct, tag_field="type", rename="camel"):
    """What one type of frame may hold, and no other: names mean what they do by the type."""


class _Setup(_Typed, tag="setup"):
    call_sid: _Scalar = None
    session_id: object = None
    from_: object = msgspec.field(name="from", default=None)
    to: object = None
    direction: object = None
    custom_parameters: object = None


class _Prompt(_Typed, tag="prompt"):
    voice_prompt: _Scalar = None
    lang: object = None
    last: object = None


class _Interrupt(_Typed, tag="interrupt"):
    utterance_until_interrupt: _Scalar = None


class _Dtmf(_Typed, tag="dtmf"):
    digit: _Scalar = None


class _Error(_Typed, tag="error"):
    description: object = None


class _Info(_Typed, tag="info"):
    name: object = None
    value: object = None


_Message = _Setup | _Prompt | _Interrupt | _Dtmf | _Error | _Info

_ON = frozenset({"on", "true"})
_OFF = frozenset({"off", "false"})
_KNOWN = frozenset({"setup", "prompt", "interrupt", "dtmf", "error", "info"})
_kinds = msgspec.json.Decoder(_Kind)
_messages: msgspec.json.Decoder[_Message] = msgspec.json.Decoder(_Message)
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
        case _Setup():
            return _setup(message)
        case _Prompt(words, language, last):
            # Without partial prompts `last` is always there; a prompt that lacks it is final.
            is_last = _text(last).casefold() not in _OFF
            return Prompted(_text(words), _text(language), is_last)
        case _Interrupt(heard):
            return Interrupted(_text(heard))
        case _Dtmf(digit):
            return KeyPressed(_text(digit)) if _text(digit) else Unknown(kind)
        case _Error(description):
            return Complaint(_text(description))
        case _Info():
            return _info(message)


def _setup(message: _Setup) -> Setup:
    if not message.call_sid:
        raise Invalid("A setup frame without a callSid.")
    return Setup(
        _text(message.call_sid),
        _text(message.session_id),
        _text(message.from_),
        _text(message.to),
        _text(message.direction),
        dict(_parameters(message.custom_parameters)),
    )


def _parameters(parameters: object) -> Iterator[tuple[str, str]]:
    """By their names; one that is more than a value as its JSON."""
    if isinstance(parameters, dict):
        for name, value in parameters.items():
            is_nested = isinstance(value, dict | list)
            yield name, _encoder.encode(value).decode() if is_nested else _text(value)


def _text(value: object) -> str:
    """A value as Twilio writes it where it writes texts; nothing for what is none."""
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case str() | int() | float():
            return str(value)
    return ""


def _info(message: _Info) -> Frame:
    name, text = message.name, _text(message.value)
    match name:
        case "agentSpeaking" if text in _ON | _OFF:
            return AgentSpeaking(text in _ON)
        case "clientSpeaking" if text in _ON | _OFF:
            return CallerSpeaking(text in _ON)
        case "tokensPlayed" if text:
            return TokensPlayed(text)
        case "roundTripDelayMs" if (milliseconds := _number(text)) is not None:
            return RoundTrip(milliseconds / 1000)
    return Unknown(f"info {name}")


def _number(text: str) -> float | None:
    """A number from zero on; none if the text is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def text_frame(effect: SendText) -> bytes:
    """Words for the caller, as Twilio reads them."""
    frame: dict[str, object] = {"type": "text", "token": effect.token, "last": effect.last}
    if effect.language:
        frame["lang"] = effect.language
    return _encoder.encode(frame | _cut(effect))


def _cut(effect: SendText | StartSound) -> dict[str, object]:
    """What may cut it off, where it is not as the TwiML says."""
    by = {"preemptible": effect.preemptible, "interruptible": effect.interruptible}
    return {name: value for name, value in by.items() if value is not None}


def frame_of(effect: SendLanguage | StartSound | PressDigits | SendEnd) -> bytes:
    """What is not words, as Twilio reads it."""
    frame: dict[str, object]
    match effect:
        case SendLanguage(language):
            # Whatever is understood, the voice speaks one language: `multi` is none.
            spoken = {} if language == MULTI else {"ttsLanguage": language}
            frame = {"type": "language", **spoken, "transcriptionLanguage": language}
        case StartSound(url, loop):
            frame = {"type": "play", "source": url, "loop": loop, **_cut(effect)}
        case PressDigits(digits):
            frame = {"type": "sendDigits", "digits": digits}
        case SendEnd(handoff):
            frame = {"type": "end", **({"handoffData": handoff} if handoff else {})}
    return _encoder.encode(frame)
