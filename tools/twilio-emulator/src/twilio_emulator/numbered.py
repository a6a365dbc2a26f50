"""Replies whose every token names its turn and place, such as `t3.1 t3.2`: what went astray. Pure.

A server whose turn 3 answers with these tokens lets a stray, repeated or missing one be recognised
whatever the timing. Turns are numbered by the caller's prompts, from 1; tokens of a turn from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from twilio_emulator.ledger import STALE_GRACE_SECONDS, CallLedger

TOKEN = re.compile(r"t(\d+)\.(\d+)(?!\d)")


@dataclass(slots=True)
class Astray:
    """Tokens, as turn and number, that were not where they belong."""

    repeated: list[tuple[int, int]] = field(default_factory=list)
    missing: list[tuple[int, int]] = field(default_factory=list)
    stray: list[tuple[int, int]] = field(default_factory=list)

    @property
    def none(self) -> bool:
        return not (self.repeated or self.missing or self.stray)


def received(ledger: CallLedger) -> Astray:
    """What went astray among the tokens that the server sent.

    A token is stray when it arrives after the next turn has begun, the time that one on its way
    takes aside.
    """
    asked = {turn.number: turn.asked_at for turn in ledger.turns}
    astray = Astray()
    tokens: list[tuple[int, int]] = []
    for frame in ledger.frames:
        if frame.direction == "sent" or frame.type != "text":
            continue
        found = list(_tokens(frame.text))
        tokens += found
        late = frame.at >= asked.get(frame.turn, 0.0) + STALE_GRACE_SECONDS
        astray.stray += [token for token in found if token[0] != frame.turn and late]
    _check_order(tokens, astray)
    return astray


def heard(ledger: CallLedger) -> Astray:
    """What went astray in the caller's ear; a token that was cut in its middle does not count."""
    astray = Astray()
    tokens: list[tuple[int, int]] = []
    for spoken in ledger.spoken:
        if spoken.kind != "text":
            continue
        whole = spoken.heard
        if spoken.heard != spoken.text:
            whole = spoken.heard.rpartition(" ")[0]
        tokens += _tokens(whole)
    _check_order(tokens, astray)
    return astray


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    for turn, number in TOKEN.findall(text):
        yield int(turn), int(number)


def _check_order(tokens: list[tuple[int, int]], astray: Astray) -> None:
    """Each turn's tokens are 1, 2, 3 …, and no turn goes on once a later one has begun."""
    latest, reached = 0, dict[int, int]()
    for turn, number in tokens:
        done = reached.get(turn, 0)
        if number <= done:
            astray.repeated.append((turn, number))
            continue
        astray.missing += [(turn, gap) for gap in range(done + 1, number)]
        if turn < latest:
            astray.stray.append((turn, number))
        latest, reached[turn] = max(latest, turn), number
