"""After an interrupt not one word more of that turn is written.

What the caller still receives was on its way when the gateway read the interrupt. How long that is
depends on the machine's load, so `trunkline demo` measures it and no test asserts it.
"""

import random
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from trunkline_cli.testing import RunningStack
from twilio_emulator import Scenario, numbered, report, run_calls
from twilio_emulator.scenario import HangUp, Interrupt, Say, WaitForReply

CALLS = 50
LONGEST_MS = 1600  # the scripted reply takes 1.2 s to be written, and 5 s to be spoken
SLOW_SPEECH = 30.0  # characters per second


async def test_no_word_of_an_interrupted_turn_is_written_once_the_interrupt_was_read(
    stack: RunningStack,
) -> None:
    """Each of fifty callers interrupts once, at a moment of its own."""
    moments = [random.uniform(0, LONGEST_MS) for _ in range(CALLS)]
    plans = [
        stack.plan("scripted", script=_interrupting(moment), speaking_cps=SLOW_SPEECH)
        for moment in moments
    ]

    ledgers = await run_calls(plans, gap_seconds=0.02)

    figures = report(ledgers)
    assert [ledger.failures for ledger in ledgers if not ledger.ok] == []
    assert (figures.interrupts, figures.turns_lost) == (CALLS, 0)
    assert all(numbered.received(ledger).none for ledger in ledgers)
    ours = {ledger.call_sid for ledger in ledgers}
    frames = [frame for frame in stack.frames() if frame["call"] in ours]
    assert sum(frame["type"] == "interrupt" for frame in frames) == CALLS
    assert words_after_interrupts(frames) == []


def _interrupting(after_ms: float) -> Scenario:
    steps = (
        Say(text="Tell me everything."),
        Interrupt(after_ms=after_ms, say="Something else."),
        WaitForReply(spoken=False),
        HangUp(),
    )
    return Scenario(name="interrupting", steps=steps)


def words_after_interrupts(frames: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Text frames with words that were written after an interrupt of their turn was read."""
    interrupted: dict[str, set[int]] = defaultdict(set)
    found = []
    for frame in frames:
        has_words = frame["type"] == "text" and frame["length"]
        if frame["type"] == "interrupt":
            interrupted[frame["call"]].add(frame["turn"])
        elif has_words and frame["turn"] in interrupted[frame["call"]]:
            found.append(frame)
    return found


def test_a_word_after_its_interrupt_is_found() -> None:
    def frame(kind: str, turn: int, length: int) -> dict[str, Any]:
        return {"call": "CA1", "type": kind, "turn": turn, "length": length}

    late = frame("text", 1, 4)
    log = [frame("text", 1, 4), frame("interrupt", 1, 9), frame("text", 1, 0), late]

    assert words_after_interrupts([*log, frame("text", 2, 4)]) == [late]
