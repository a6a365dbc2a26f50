"""TwiML as Twilio reads it: verbs out of XML, and what Twilio would complain about."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from twilio_emulator import verbs
from twilio_emulator.relay import ConversationRelay
from twilio_emulator.twiml_names import KNOWN_ATTRIBUTES
from twilio_emulator.verbs import Leg, Pause, Play, Say, Verb

MAX_BYTES = 64 * 1024  # 11750 above
MAX_SPOKEN = 4096  # characters of a <Say>
MAX_QUEUE_NAME = 64
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
LEGS: dict[str, Literal["number", "sip", "client", "queue", "conference"]] = {
    "Number": "number",
    "Sip": "sip",
    "Client": "client",
    "Queue": "queue",
    "Conference": "conference",
}


class TwimlRejected(Exception):
    """Twilio would refuse this document; `code` is its error code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed answer: what to do in order, and what Twilio passes over in silence."""

    verbs: tuple[Verb, ...] = ()
    notes: tuple[str, ...] = ()


def parse(body: str) -> Document:
    """The verbs of an answer; an empty body is an empty response. Raises `TwimlRejected`."""
    if len(body.encode(errors="replace")) > MAX_BYTES:
        raise TwimlRejected(11750, "the TwiML is larger than 64 kB")
    if not body.strip():
        return Document()
    try:
        root = ET.fromstring(body)
    except (ET.ParseError, ValueError) as error:
        raise TwimlRejected(12100, f"not XML: {error}") from error
    if root.tag != "Response":
        raise TwimlRejected(12100, f"the root element is <{root.tag}>, not <Response>")
    notes: list[str] = []
    for element in root.iter():
        notes.extend(_unknown_attributes(element))
    read = [(element.tag, _verb(element)) for element in root]
    notes.extend(f"<{tag}> is not imitated and was passed over" for tag, verb in read if not verb)
    found = tuple(verb for _, verb in read if verb)
    return Document(found, (*notes, *(note for verb in found for note in _doubts(verb))))


def _verb(element: ET.Element) -> Verb | None:
    method = element.get("method", "POST").upper()
    match element.tag:
        case "Connect":
            return verbs.Connect(_relay(element), element.get("action"), method)
        case "Say":
            return _say(element)
        case "Play":
            return Play(_text(element), _loop(element), element.get("digits", ""))
        case "Pause":
            return Pause(_number(element, "length", 1.0))
        case "Redirect":
            return verbs.Redirect(_text(element), method)
        case "Hangup" | "Reject":
            return verbs.Hangup()
        case "Start" if (recording := element.find("Recording")) is not None:
            return verbs.Record(dict(recording.attrib))
        case "Dial":
            return _dial(element, method)
        case "Enqueue":
            return _enqueue(element, method)
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


def _say(element: ET.Element) -> Say:
    language, voice = element.get("language", ""), element.get("voice", "")
    return Say(_text(element), language, voice, _loop(element))


def _dial(element: ET.Element, method: str) -> verbs.Dial:
    legs = [Leg(LEGS[child.tag], _text(child)) for child in element if child.tag in LEGS]
    if not legs and (number := _text(element)):
        legs = [Leg("number", number)]
    if not legs:
        raise TwimlRejected(12200, "<Dial> calls nobody")
    return verbs.Dial(
        legs=tuple(legs),
        action=element.get("action"),
        method=method,
        ring_seconds=_number(element, "timeout", 30.0),
        most_seconds=_number(element, "timeLimit", 4 * 3600.0),
        attributes=dict(element.attrib),
    )


def _enqueue(element: ET.Element, method: str) -> verbs.Enqueue:
    workflow, task = element.get("workflowSid", ""), element.find("Task")
    queue = "" if workflow else _text(element)
    if len(queue) > MAX_QUEUE_NAME:
        raise TwimlRejected(12200, f"a queue's name has at most {MAX_QUEUE_NAME} characters")
    body = "" if task is None else (task.text or "").strip()
    return verbs.Enqueue(queue, workflow, body, element.get("action"), method)


def _gather(element: ET.Element, method: str) -> verbs.Gather:
    prompts = [_verb(child) for child in element]
    count = element.get("numDigits", "")
    return verbs.Gather(
        prompts=tuple(prompt for prompt in prompts if isinstance(prompt, Say | Play | Pause)),
        action=element.get("action"),
        method=method,
        seconds=_number(element, "timeout", 5.0),
        inputs=frozenset(element.get("input", "dtmf").split()),
        digits=int(count) if count.isdecimal() else None,
        finish_on=element.get("finishOnKey", "#"),
        act_on_empty=element.get("actionOnEmptyResult", "").lower() == "true",
    )


def _doubts(verb: Verb) -> Iterator[str]:
    """What Twilio takes and does not carry out as written."""
    match verb:
        case Say(text) if len(text) > MAX_SPOKEN:
            yield f"<Say> speaks at most {MAX_SPOKEN} characters"
        case verbs.Enqueue(queue="", workflow_sid=""):
            yield "<Enqueue> names neither a queue nor a workflow"
        case verbs.Enqueue(workflow_sid="", task=task) if task:
            yield "<Enqueue> has a <Task> but no workflowSid"


def _text(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _number(element: ET.Element, name: str, default: float) -> float:
    try:
        number = float(element.get(name, default))
    except ValueError:
        return default
    return number if 0 <= number < float("inf") else default


def _loop(element: ET.Element) -> int:
    loop = element.get("loop", "")
    return int(loop) if loop.isdecimal() and len(loop) <= 4 else 1


def _unknown_attributes(element: ET.Element) -> list[str]:
    known = KNOWN_ATTRIBUTES.get(element.tag)
    if known is None:
        return []
    return [
        f"<{element.tag}> has the unknown attribute {name!r}, which Twilio ignores"
        for name in element.attrib
        if name not in known
    ]
