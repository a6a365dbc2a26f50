"""The messages of ConversationRelay, both ways, and their JSON."""

from __future__ import annotations

from typing import Literal

import msgspec

CLOSE_REASON = "Closing websocket session"  # what Twilio gives with code 1000
MALFORMED_LIMIT = 10  # consecutive unparseable messages after which Twilio closes with 1007
MOST_LOOPS = 1000  # what `loop: 0` means

Interruptible = Literal["none", "dtmf", "speech", "any"]


class _Message(msgspec.Struct, frozen=True, tag_field="type", rename="camel"):
    """One JSON object in a text frame; unknown fields are ignored, as Twilio ignores them."""


class Setup(_Message, frozen=True, tag="setup"):
    """The first message of a session. Optional strings may come empty or null."""

    session_id: str
    account_sid: str
    call_sid: str
    from_number: str = msgspec.field(name="from")
    to_number: str = msgspec.field(name="to")
    call_status: str
    direction: str
    custom_parameters: dict[str, str]
    parent_call_sid: str | None = ""
    forwarded_from: str | None = ""
    caller_name: str | None = ""
    call_type: str = "PSTN"


class Prompt(_Message, frozen=True, tag="prompt"):
    """What the caller said; `last` is false only for partial prompts."""

    voice_prompt: str
    lang: str
    last: bool = True


class Dtmf(_Message, frozen=True, tag="dtmf"):
    """One key pressed by the caller."""

    digit: str


class Interrupt(_Message, frozen=True, tag="interrupt"):
    """The caller cut the agent off after this much of the current utterance."""

    utterance_until_interrupt: str
    duration_until_interrupt_ms: int | str


class Error(_Message, frozen=True, tag="error"):
    """Twilio's complaint about a message of the server."""

    description: str


class Info(_Message, frozen=True, tag="info", omit_defaults=True):
    """A progress note, sent only when the TwiML's `events` asked for it; `ts` is epoch ms."""

    name: str
    value: str
    ts: int | None = None


class ConfigUpdated(_Message, frozen=True, tag="configUpdated"):
    """A message type that servers must tolerate; its real shape is not documented."""

    status: str = "ok"


class Text(_Message, frozen=True, tag="text"):
    """Words to speak. An empty token only carries `last`."""

    token: str
    last: bool = False
    lang: str | None = None
    interruptible: bool | Interruptible | None = None
    preemptible: bool | None = None


class Play(_Message, frozen=True, tag="play"):
    """An audio file to play, `loop` times; 0 is as often as Twilio ever does."""

    source: str
    loop: int = 1
    interruptible: bool | Interruptible | None = None
    preemptible: bool | None = None

    @property
    def times(self) -> int:
        return min(self.loop or MOST_LOOPS, MOST_LOOPS)


class SendDigits(_Message, frozen=True, tag="sendDigits"):
    """Keys to press towards the caller."""

    digits: str


class Language(_Message, frozen=True, tag="language"):
    """A change of the languages spoken and understood; at least one is given."""

    tts_language: str | None = None
    transcription_language: str | None = None


class End(_Message, frozen=True, tag="end"):
    """The server ends the session and hands the call back to its TwiML."""

    handoff_data: str | None = None


ToServer = Setup | Prompt | Dtmf | Interrupt | Error | Info | ConfigUpdated
FromServer = Text | Play | SendDigits | Language | End

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(FromServer)


class Malformed(Exception):
    """Twilio could not make sense of a message of the server (64107)."""


def encode(message: ToServer) -> str:
    """The text frame of a message to the server."""
    return _encoder.encode(message).decode()


def decode(frame: str | bytes) -> FromServer:
    """The message in a frame of the server; raises `Malformed`."""
    if isinstance(frame, bytes):
        raise Malformed("binary frames are not part of the protocol")
    try:
        message: FromServer = _decoder.decode(frame)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Malformed(str(error)) from error
    _check(message)
    return message


def _check(message: FromServer) -> None:
    match message:
        case Language(tts_language=None, transcription_language=None):
            raise Malformed("language needs ttsLanguage or transcriptionLanguage")
        case SendDigits(digits=digits) if not digits or set(digits) - set("0123456789w#*"):
            raise Malformed("sendDigits takes 0-9, w, # and *")
        case Play(source=source, loop=loop) if not source or loop < 0:
            raise Malformed("play needs a source, and loop cannot be negative")
