"""TwiML as Twilio reads it: verbs out of XML, and what Twilio would complain about."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args
from urllib.parse import urlsplit

from twilio_emulator.protocol import Interruptible
from twilio_emulator.twiml_names import KNOWN_ATTRIBUTES

MAX_BYTES = 64 * 1024  # 11750 above
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class TwimlRejected(Exception):
    """Twilio would refuse this document; `code` is its error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class ConversationRelay:
    """The `<ConversationRelay>` noun; `attributes` holds all it came with, as written."""

    url: str
    attributes: Mapping[str, str]
    languages: tuple[Mapping[str, str], ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def welcome_greeting(self) -> str:
        return self.attributes.get("welcomeGreeting", "")

    @property
    def tts_language(self) -> str:
        return self.attributes.get("ttsLanguage") or self.attributes.get("language", "en-US")

    @property
    def transcription_language(self) -> str:
        language = self.attributes.get("language", "en-US")
        return self.attributes.get("transcriptionLanguage") or language

    @property
    def events(self) -> frozenset[str]:
        asked = f"{self.attributes.get('events', '')} {self.attributes.get('debug', '')}"
        return frozenset(asked.split())

    def mode(self, name: str, default: Interruptible) -> Interruptible:
        """An attribute of the kind none, dtmf, speech, any (true means any, false none)."""
        value = self.attributes.get(name, "").lower()
        spelled = {"true": "any", "false": "none"}.get(value, value)
        return next((mode for mode in get_args(Interruptible) if mode == spelled), default)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.attributes.get(name)
        return default if value is None else value.lower() == "true"


@dataclass(frozen=True, slots=True)
class Connect:
    relay: ConversationRelay
    action: str | None
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Redirect:
    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Hangup:
    """`<Hangup>`, and `<Reject>`, which ends a call as well."""


@dataclass(frozen=True, slots=True)
class Dial:
    target: str


@dataclass(frozen=True, slots=True)
class Enqueue:
    target: str


@dataclass(frozen=True, slots=True)
class Gather:
    prompts: tuple[Say | Pause, ...]
    action: str | None
    method: str
    seconds: float
    inputs: frozenset[str]
    digits: int | None = None
    finish_on: str = "#"


Verb = Connect | Say | Pause | Redirect | Hangup | Dial | Enqueue | Gather


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed answer: what to do in order, and what Twilio passes over in silence."""

    verbs: tuple[Verb, ...] = ()
    notes: tuple[str, ...] = ()


def parse(body: str) -> Document:
    """The verbs of an answer; an empty body is an empty response. Raises `TwimlRejected`."""
    if len(body.encode()) > MAX_BYTES:
        raise TwimlRejected(11750, "the TwiML is larger than 64 kB")
    if not body.strip():
        return Document()
    try:
        root = ET.fromstring(body)
    except ET.ParseError as error:
        raise TwimlRejected(12100, f"not XML: {error}") from error
    if root.tag != "Response":
        raise TwimlRejected(12100, f"the root element is <{root.tag}>, not <Response>")
    notes: list[str] = []
    for element in root.iter():
        notes.extend(_unknown_attributes(element))
    read = [(element.tag, _verb(element)) for element in root]
    notes.extend(f"<{tag}> is not imitated and was passed over" for tag, verb in read if not verb)
    return Document(tuple(verb for _, verb in read if verb), tuple(notes))


def _verb(element: ET.Element) -> Verb | None:
    method = element.get("method", "POST").upper()
    match element.tag:
        case "Connect":
            return Connect(_relay(element), element.get("action"), method)
        case "Say":
            return Say(_text(element))
        case "Pause":
            return Pause(_number(element, "length", 1.0))
        case "Redirect":
            return Redirect(_text(element), method)
        case "Hangup" | "Reject":
            return Hangup()
        case "Dial":
            return Dial(_text(element))
        case "Enqueue":
            return Enqueue(element.get("workflowSid") or _text(element))
        case "Gather":
            return _gather(element, method)
        case _:
            return None


def _relay(connect: ET.Element) -> ConversationRelay:
    nouns = connect.findall("ConversationRelay")
    if len(nouns) != 1:
        raise TwimlRejected(12200, "<Connect> must hold exactly one <ConversationRelay>")
    noun = nouns[0]
    url = noun.get("url", "")
    _check_url(url)
    parameters = {item.get("name", ""): item.get("value", "") for item in noun.iter("Parameter")}
    languages = tuple(dict(item.attrib) for item in noun.iter("Language"))
    if any("code" not in language for language in languages):
        raise TwimlRejected(12200, "<Language> needs a code")
    return ConversationRelay(url, dict(noun.attrib), languages, parameters)


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "ws" and parts.hostname in LOCAL_HOSTS:
        return  # Twilio takes wss alone; without TLS there is no other way to run on one machine
    if parts.scheme != "wss" or not parts.hostname:
        raise TwimlRejected(12200, f"ConversationRelay needs a wss:// url, not {url!r}")


def _gather(element: ET.Element, method: str) -> Gather:
    prompts = [_verb(child) for child in element]
    count = element.get("numDigits")
    return Gather(
        prompts=tuple(prompt for prompt in prompts if isinstance(prompt, (Say, Pause))),
        action=element.get("action"),
        method=method,
        seconds=_number(element, "timeout", 5.0),
        inputs=frozenset(element.get("input", "dtmf").split()),
        digits=int(count) if count and count.isdigit() else None,
        finish_on=element.get("finishOnKey", "#"),
    )


def _text(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _number(element: ET.Element, name: str, default: float) -> float:
    try:
        return float(element.get(name, default))
    except ValueError:
        return default


def _unknown_attributes(element: ET.Element) -> list[str]:
    known = KNOWN_ATTRIBUTES.get(element.tag)
    if known is None:
        return []
    return [
        f"<{element.tag}> has the unknown attribute {name!r}, which Twilio ignores"
        for name in element.attrib
        if name not in known
    ]
