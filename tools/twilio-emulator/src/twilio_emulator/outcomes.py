"""What becomes of a call that is passed on: how the other side behaves. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from twilio_emulator.verbs import Dial, Leg

Behaviour = Literal["answer", "busy", "no-answer", "failed"]
QueueResult = Literal["bridged", "queue-full", "error", "hangup", "leave"]

SIP_CODES: dict[str, str] = {
    "completed": "200",
    "busy": "486",
    "no-answer": "480",
    "failed": "404",
    "canceled": "487",
}


class Callee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever is called: rings for a while, and then does this. One who answers hangs up at last.

    Ringing is shortened here; one that is not answered by the `timeout` of the `<Dial>` is
    `no-answer` whatever was meant to become of it.
    """

    does: Behaviour = "answer"
    ring_seconds: float = 0.2
    talk_seconds: float = 1.0


class Queue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the caller meets in a queue: so long a wait, then this; somebody talks, if bridged."""

    result: QueueResult = "bridged"
    wait_seconds: float = 0.2
    talk_seconds: float = 1.0


Callees = Mapping[str, Callee | Behaviour]
"""By the last digits of the number, or the end of the address; "" is everybody else."""
Queues = Mapping[str, Queue | QueueResult]
"""By the queue's name or the workflow's sid; "" is every other one."""

CALLEES: Callees = {"486": "busy", "480": "no-answer", "404": "failed"}
"""Numbers that end in a SIP status behave like it; all others answer."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """What a `<Dial>` comes to: `status` is DialCallStatus if the caller stays on."""

    status: Literal["completed", "busy", "no-answer", "failed"]
    leg: Leg
    ring_seconds: float
    talk_seconds: float = 0.0


def ring(dial: Dial, callees: Callees) -> Ringing:
    """Whom the caller gets: the first who answers, or else the last who did not."""
    all_rung = [_ring(dial, leg, callee(callees, leg.address)) for leg in dial.legs]
    answered = [rung for rung in all_rung if rung.status == "completed"]
    if answered:
        return min(answered, key=lambda rung: rung.ring_seconds)
    return max(all_rung, key=lambda rung: rung.ring_seconds)


def callee(callees: Callees, address: str) -> Callee:
    """Who is behind a number or address: the longest fitting end decides."""
    found = _fitting(callees, (end for end in callees if address.endswith(end)))
    found = found or _fitting(CALLEES, (end for end in CALLEES if address.endswith(end)))
    if isinstance(found, str):
        return Callee(found)
    return found or Callee()


def queue(queues: Queues, target: str) -> Queue:
    """What the caller meets in that queue."""
    found = queues.get(target, queues.get("", Queue()))
    return Queue(found) if isinstance(found, str) else found


def _fitting(callees: Callees, ends: Iterable[str]) -> Callee | Behaviour | None:
    longest = max(ends, key=len, default=None)
    return None if longest is None else callees[longest]


def _ring(dial: Dial, leg: Leg, who: Callee) -> Ringing:
    if who.does == "no-answer" or who.ring_seconds > dial.ring_seconds:
        return Ringing("no-answer", leg, min(who.ring_seconds, dial.ring_seconds))
    if who.does != "answer":
        return Ringing(who.does, leg, who.ring_seconds)
    return Ringing("completed", leg, who.ring_seconds, min(who.talk_seconds, dial.most_seconds))
