"""What a ledger keeps of a message on the wire. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from twilio_emulator import protocol


@dataclass(frozen=True, slots=True)
class Shown:
    """The message's type and what it says: its words, digits or source, by type."""

    type: str
    text: str = ""
    last: bool | None = None
    lang: str | None = None


def shown(message: protocol.ToServer | protocol.FromServer) -> Shown:
    """What to keep of a message."""
    kind = str(type(message).__struct_config__.tag)
    match message:
        case protocol.Prompt(text, lang, last) | protocol.Text(text, last, lang):
            return Shown(kind, text, last, lang)
        case protocol.Dtmf(text) | protocol.Interrupt(text) | protocol.Error(text):
            return Shown(kind, text)
        case protocol.Play(text) | protocol.SendDigits(text):
            return Shown(kind, text)
        case protocol.Info(name, value):
            return Shown(kind, f"{name}={value}")
        case protocol.Language(tts, transcription):
            return Shown(kind, f"{tts or ''}/{transcription or ''}")
        case protocol.End(data):
            return Shown(kind, data or "")
        case _:
            return Shown(kind)
