"""What a ledger makes of a call's events."""

from __future__ import annotations

import json
from pathlib import Path

from twilio_emulator.events import (
    AgentSpoke,
    CallEnded,
    CallerSpoke,
    CallPlaced,
    Event,
    Frame,
    TokenArrived,
)
from twilio_emulator.export import write_ledgers
from twilio_emulator.ledger import CallLedger
from twilio_emulator.numbered import heard, received
from twilio_emulator.report import percentiles, report


def ledger(*events: Event) -> CallLedger:
    made = CallLedger()
    for event in events:
        made.add(event)
    return made


def prompt(at: float, turn: int) -> list[Event]:
    frame = Frame(at, "sent", "VX", "prompt", "Hello?", True, turn)
    return [CallerSpoke(at, turn, "Hello?", "en-US"), frame]


def text(at: float, turn: int, token: str, last: bool = False) -> list[Event]:
    frame = Frame(at, "received", "VX", "text", token, last, turn)
    return [frame, TokenArrived(at, turn, token, last, None)]


def interrupt(at: float, turn: int) -> list[Event]:
    return [Frame(at, "sent", "VX", "interrupt", "", None, turn)]


def test_the_first_token_is_timed_from_the_prompt_and_empty_ones_do_not_count() -> None:
    made = ledger(
        *prompt(1.0, 1), *text(1.1, 1, ""), *text(1.25, 1, "Yes"), *text(1.3, 1, "", True)
    )

    assert made.turns[0].first_token_ms == 250.0
    assert made.turns[0].complete


def test_a_last_token_that_closes_an_older_turn_does_not_complete_the_new_one() -> None:
    made = ledger(*prompt(1.0, 1), *text(1.1, 1, "We"), *prompt(1.2, 2), *text(1.21, 2, "", True))

    assert not made.turns[1].complete
    assert made.turns[0].superseded


def test_a_turn_is_lost_only_without_words_and_without_a_later_prompt() -> None:
    made = ledger(*prompt(1, 1), *prompt(2, 2), *text(2.5, 2, "Yes", True), *prompt(3, 3))

    assert [turn.number for turn in made.lost_turns()] == [3]


def test_text_is_stale_from_50_ms_after_an_interrupt_to_the_next_prompt() -> None:
    made = ledger(
        *prompt(1.0, 1),
        *text(1.1, 1, "before"),
        *interrupt(2.0, 1),
        *text(2.049, 1, "on its way"),
        *text(2.05, 1, "stale"),
        *text(2.2, 1, "", True),
        *text(2.3, 1, "stale too"),
        *prompt(2.5, 2),
        *text(2.6, 2, "new"),
    )

    assert [frame.text for frame in made.stale_tokens()] == ["stale", "stale too"]


def test_numbered_tokens_in_their_places_are_not_astray() -> None:
    made = ledger(*prompt(1, 1), *text(1.1, 1, "t1.1 t1.2 "), *prompt(2, 2), *text(2.1, 2, "t2.1"))

    assert received(made).none


def test_numbered_tokens_tell_what_is_repeated_missing_and_stray() -> None:
    made = ledger(
        *prompt(1, 1),
        *text(1.1, 1, "t1.1 "),
        *text(1.2, 1, "t1.1 "),
        *text(1.3, 1, "t1.3 "),
        *prompt(2, 2),
        *text(2.02, 2, "t1.4 "),
        *text(2.1, 2, "t1.5 "),
        *text(2.2, 2, "t2.1 "),
    )

    astray = received(made)

    assert astray.repeated == [(1, 1)]
    assert astray.missing == [(1, 2)]
    assert astray.stray == [(1, 5)]


def test_a_token_cut_in_the_caller_s_ear_does_not_count_as_heard() -> None:
    made = ledger(
        AgentSpoke(1.0, 1, "t1.1 t1.12 ", "t1.1 t1.1", 0.5, "interrupted"),
        AgentSpoke(2.0, 2, "t2.1 t2.2", "t2.1 t2.2", 1.5, "finished"),
    )

    assert heard(made).none


def test_percentiles_are_nearest_rank() -> None:
    figures = percentiles([float(value) for value in range(1, 101)])

    assert (figures.p50, figures.p95, figures.p99) == (50.0, 95.0, 99.0)
    assert percentiles([]).p50 is None


def test_ledgers_are_written_for_their_owner_alone(tmp_path: Path) -> None:
    made = ledger(CallPlaced(0, "CA1", "+1", "+2"), *prompt(1, 1), CallEnded(2, "caller", "bye"))
    file = tmp_path / "ledger.json"
    file.touch(0o644)

    write_ledgers(file, [made])

    assert file.stat().st_mode & 0o777 == 0o600
    content = json.loads(file.read_text())
    assert content["report"] == report([made]).as_dict()
    assert content["calls"][0]["turns"][0]["prompt"] == "Hello?"
