"""Whether what a scenario expects holds of a ledger. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from twilio_emulator.ledger import CallLedger
from twilio_emulator.scenario import Expect


def unmet(expect: Expect, ledger: CallLedger) -> list[str]:
    """A sentence for each part of the expectation that does not hold."""
    return [
        *_of_the_reply(expect, ledger),
        *_of_the_language(expect, ledger),
        *_of_the_call(expect, ledger),
        *_of_the_sounds(expect, ledger),
        *_of_the_handoff(expect, ledger),
        *_of_the_transfer(expect, ledger),
        *_of_the_end(expect, ledger),
    ]


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
    if expect.first_token_within_ms is not None:
        first = turn.first_token_ms if turn else None
        if first is None or first > expect.first_token_within_ms:
            yield f"the first token took {first} ms, not {expect.first_token_within_ms:g}"


def _of_the_language(expect: Expect, ledger: CallLedger) -> Iterator[str]:
    turn = ledger.turns[-1] if ledger.turns else None
    heard = [spoken.langs for spoken in ledger.spoken if spoken.kind == "text" and spoken.heard]
    latest = heard[-1] if heard else ()
    if expect.lang is not None and (turn is None or turn.reply_lang != expect.lang):
        yield f"the reply is not in {expect.lang}, but {turn and turn.reply_lang}"
    if expect.spoken_lang is not None and expect.spoken_lang not in latest:
        yield f"what was heard last is not in {expect.spoken_lang}, but {', '.join(latest)}"
    if expect.language is not None and ledger.tts_language != expect.language:
        yield f"the agent speaks {ledger.tts_language}, not {expect.language}"


def _of_the_call(expect: Expect, ledger: CallLedger) -> Iterator[str]:
    counts = {
        "turns": (expect.turns, len(ledger.turns)),
        "sessions": (expect.sessions, len(ledger.opened)),
        "interrupts": (expect.interrupts, len(ledger.interrupts)),
    }
    for name, (expected, found) in counts.items():
        if expected is not None and found != expected:
            yield f"{found} {name}, not {expected}"
    if expect.said is not None and expect.said.casefold() not in ledger.said.casefold():
        yield f"the agent never said {expect.said!r}"


def _of_the_sounds(expect: Expect, ledger: CallLedger) -> Iterator[str]:
    sources = [sound.source for sound in ledger.played]
    if expect.played is not None and not any(expect.played in source for source in sources):
        yield f"{expect.played!r} was not played, but {sources}"
    if expect.keys_heard is not None and ledger.keys_heard != expect.keys_heard:
        yield f"the keys heard are {ledger.keys_heard!r}, not {expect.keys_heard!r}"


def _of_the_handoff(expect: Expect, ledger: CallLedger) -> Iterator[str]:
    if expect.action_called is not None:
        statuses = [
            hook.params.get("SessionStatus") for hook in ledger.webhooks if hook.kind == "action"
        ]
        if expect.action_called not in statuses:
            yield f"the action URL was not called for {expect.action_called!r}: {statuses}"
    if expect.handoff is not None:
        handed = [_json(closed.handoff_data or "") for closed in ledger.closed]
        if not any(holds(expect.handoff, data) for data in handed):
            yield f"nothing was handed over with {expect.handoff}, but {handed}"


def _of_the_transfer(expect: Expect, ledger: CallLedger) -> Iterator[str]:
    ran = [run.verb for run in ledger.verbs]
    if expect.verbs is not None and not _in_order(expect.verbs, ran):
        yield f"the verbs {', '.join(expect.verbs)} did not run in this order: {ran}"
    targets = [target for run in ledger.verbs for target in run.targets]
    if expect.transferred_to is not None and expect.transferred_to not in targets:
        yield f"the call was not passed on to {expect.transferred_to}, but {targets}"
    tasks = [run.attributes for run in ledger.verbs if run.verb == "Enqueue"]
    if expect.task is not None and not any(holds(expect.task, task) for task in tasks):
        yield f"there was no task with {expect.task}, but {tasks}"
    statuses = [passed.status for passed in ledger.passed_on]
    if expect.transfer is not None and statuses[-1:] != [expect.transfer]:
        yield f"the transfer was not {expect.transfer}: {statuses}"


def _of_the_end(expect: Expect, ledger: CallLedger) -> Iterator[str]:
    if expect.ended_by is not None and ledger.ended_by != expect.ended_by:
        yield f"the call was ended by {ledger.ended_by}, not by the {expect.ended_by}"
    if expect.ends_within_seconds is not None:
        seconds = None if ledger.ended_at is None else ledger.ended_at - ledger.last_input_at
        if seconds is None or seconds > expect.ends_within_seconds:
            yield f"the call ended after {seconds} s, not {expect.ends_within_seconds:g}"


def holds(expected: object, found: object) -> bool:
    """Every value expected is there; objects may hold more besides."""
    if not isinstance(expected, Mapping):
        return expected == found
    return isinstance(found, Mapping) and all(
        name in found and holds(value, found[name]) for name, value in expected.items()
    )


def _json(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _in_order(expected: Sequence[str], found: Sequence[str]) -> bool:
    left = iter(found)
    return all(name in left for name in expected)
