"""Whether what a scenario expects holds of a ledger. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twilio_emulator.ledger import CallLedger
from twilio_emulator.scenario import Expect


def unmet(expect: Expect, ledger: CallLedger) -> list[str]:
    """A sentence for each part of the expectation that does not hold."""
    return [*_of_the_reply(expect, ledger), *_of_the_call(expect, ledger)]


def _of_the_reply(expect: Expect, ledger: CallLedger) -> Iterator[str]:
    answer = ledger.answer
    turn = ledger.turns[-1] if ledger.turns else None
    heard = turn.heard if turn else ""
    if expect.contains is not None and expect.contains.casefold() not in answer.casefold():
        yield f"the reply does not contain {expect.contains!r}: {answer!r}"
    if expect.lacks is not None and expect.lacks.casefold() in answer.casefold():
        yield f"the reply contains {expect.lacks!r}: {answer!r}"
    if expect.matches is not None and not re.search(expect.matches, answer):
        yield f"the reply does not match {expect.matches!r}: {answer!r}"
    if expect.heard_contains is not None and expect.heard_contains not in heard:
        yield f"{expect.heard_contains!r} was not heard: {heard!r}"
    if expect.lang is not None and (turn is None or turn.reply_lang != expect.lang):
        yield f"the reply is not in {expect.lang}, but {turn and turn.reply_lang}"
    if expect.first_token_within_ms is not None:
        first = turn.first_token_ms if turn else None
        if first is None or first > expect.first_token_within_ms:
            yield f"the first token took {first} ms, not {expect.first_token_within_ms:g}"


def _of_the_call(expect: Expect, ledger: CallLedger) -> Iterator[str]:
    counts = {
        "turns": (expect.turns, len(ledger.turns)),
        "sessions": (expect.sessions, len(ledger.opened)),
        "interrupts": (expect.interrupts, len(ledger.interrupts)),
    }
    for name, (expected, found) in counts.items():
        if expected is not None and found != expected:
            yield f"{found} {name}, not {expected}"
    if expect.action_called is not None:
        statuses = [
            hook.params.get("SessionStatus") for hook in ledger.webhooks if hook.kind == "action"
        ]
        if expect.action_called not in statuses:
            yield f"the action URL was not called for {expect.action_called!r}: {statuses}"
    if expect.ended_by is not None and ledger.ended_by != expect.ended_by:
        yield f"the call was ended by {ledger.ended_by}, not by the {expect.ended_by}"
