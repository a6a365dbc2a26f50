"""What was said in one session, as Twilio's Intelligence hears it afterwards. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from twilio_emulator.ledger import CallLedger
from twilio_emulator.relay import ConversationRelay

AGENT, CUSTOMER = 1, 2
"""The channels, as ConversationRelay numbers them."""

CALLER_CPS = 15.0  # emulated callers utter their words in no time: this is how long people take
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


class Sentence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words of one side; `start` and `end` in seconds of the session."""

    channel: int
    start: float
    end: float
    text: str


class Conversation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One session, from its opening to its end. `started_at` is Unix time."""

    account_sid: str
    call_sid: str
    session_id: str
    service: str = ""
    """What the TwiML named as `intelligenceService`: a sid or a unique name."""

    configuration: str = ""
    """What it named as `conversationConfiguration`."""

    language: str = "en-US"
    from_number: str = ""
    to_number: str = ""
    customer: str = ""
    """The number of whoever talked with the agent."""

    started_at: float
    seconds: float
    sentences: tuple[Sentence, ...] = ()

    def of(self, channel: int) -> tuple[Sentence, ...]:
        return tuple(sentence for sentence in self.sentences if sentence.channel == channel)


@dataclass(frozen=True, slots=True)
class _Utterance:
    channel: int
    began: float
    ended: float
    text: str


def is_listened_to(relay: ConversationRelay) -> bool:
    """Whether the TwiML asks for either kind of Intelligence."""
    named = ("intelligenceService", "conversationConfiguration")
    return any(relay.attributes.get(name) for name in named)


def conversation_of(
    ledger: CallLedger,
    relay: ConversationRelay,
    *,
    account_sid: str,
    inbound: bool,
    pace: float = 1.0,
    epoch: float = 0.0,
) -> Conversation | None:
    """The session that has just closed; None if it never opened.

    `epoch` turns the ledger's times into Unix time; `pace` tells how much faster than on a
    telephone they went by.
    """
    if not ledger.opened or not ledger.closed or ledger.opened[-1].at > ledger.closed[-1].at:
        return None
    opened, closed = ledger.opened[-1].at, ledger.closed[-1]
    if opened < closed.at - closed.seconds:  # an earlier session's: this one was refused
        return None
    spoken = sorted(_utterances(ledger, opened, closed.at, pace), key=lambda each: each.ended)
    return Conversation(
        account_sid=account_sid,
        call_sid=ledger.call_sid,
        session_id=closed.session_id,
        service=relay.attributes.get("intelligenceService", ""),
        configuration=relay.attributes.get("conversationConfiguration", ""),
        language=relay.transcription_language,
        from_number=ledger.from_number,
        to_number=ledger.to_number,
        customer=ledger.from_number if inbound else ledger.to_number,
        started_at=opened + epoch,
        seconds=(closed.at - opened) * pace,
        sentences=tuple(_sentences(_in_order(spoken))),
    )


def _utterances(ledger: CallLedger, opened: float, closed: float, pace: float) -> list[_Utterance]:
    """What either side said and was heard, in seconds of the session."""
    heard = [
        _Utterance(AGENT, (each.began_at - opened) * pace, (each.at - opened) * pace, each.heard)
        for each in ledger.spoken
        if each.kind == "text" and each.began_at is not None and opened <= each.began_at <= closed
    ]
    for turn in ledger.turns:
        if opened <= turn.asked_at <= closed:
            ended = (turn.asked_at - opened) * pace
            began = ended - len(turn.prompt) / CALLER_CPS
            heard.append(_Utterance(CUSTOMER, began, ended, turn.prompt))
    return [each for each in heard if each.text.strip()]


def _in_order(spoken: Iterable[_Utterance]) -> Iterator[_Utterance]:
    """No utterance begins before the one that ended before it did."""
    earliest = 0.0
    for each in spoken:
        earliest = max(earliest, each.began)
        yield _Utterance(each.channel, earliest, max(earliest, each.ended), each.text)


def _sentences(spoken: Iterable[_Utterance]) -> Iterator[Sentence]:
    """Every utterance by sentences, which share its time by their length."""
    for each in spoken:
        parts = SENTENCE_END.split(each.text.strip())
        at, share = each.began, (each.ended - each.began) / sum(map(len, parts))
        for part in parts:
            end = at + share * len(part)
            start, stop = round(at, 2), round(end, 2)
            yield Sentence(channel=each.channel, start=start, end=stop, text=part)
            at = end
