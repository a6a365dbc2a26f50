"""Verdicts about who has answered, kept for calls whose session is not here yet."""

import pytest

from gateway.verdicts import KEEP_SECONDS, MOST, Verdicts, has_finished, is_machine


@pytest.mark.parametrize(
    ("answered_by", "machine", "finished"),
    [
        ("human", False, False),
        ("unknown", False, False),
        ("", False, False),
        ("fax", True, False),
        ("machine_start", True, False),
        ("machine_end_beep", True, True),
        ("machine_end_silence", True, True),
        ("machine_end_other", True, True),
    ],
)
def test_what_twilio_says_is_a_machine_or_not_and_records_or_not(
    answered_by: str, machine: bool, finished: bool
) -> None:
    assert (is_machine(answered_by), has_finished(answered_by)) == (machine, finished)


def test_a_verdict_is_kept_for_a_minute() -> None:
    verdicts = Verdicts()
    verdicts.keep("CA1", "human", 100.0)

    assert verdicts.of("CA1", 100.0 + KEEP_SECONDS) == "human"
    assert verdicts.of("CA1", 100.1 + KEEP_SECONDS) == ""
    assert verdicts.of("CA2", 100.0) == ""


def test_the_latest_verdict_counts() -> None:
    verdicts = Verdicts()
    verdicts.keep("CA1", "human", 100.0)
    verdicts.keep("CA1", "machine_start", 130.0)

    assert verdicts.of("CA1", 180.0) == "machine_start"


def test_no_more_are_kept_than_there_can_be_use_for() -> None:
    verdicts = Verdicts()
    for number in range(MOST + 1):
        verdicts.keep(f"CA{number}", "human", 100.0)

    assert verdicts.of("CA0", 100.0) == ""
    assert verdicts.of("CA1", 100.0) == verdicts.of(f"CA{MOST}", 100.0) == "human"
