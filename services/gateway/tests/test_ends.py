"""Which ends are told by somebody else, and which nobody tells."""

from dataclasses import replace

import pytest

from gateway import ends
from gateway.ends import KEEP_SECONDS, RESUME_SECONDS, TELL_SECONDS, Ends
from trunkline.events.lifecycle import GONE, CallEnded, CallResumed, CallStarted, OptOutRequested

GONE_CALL = CallEnded("acme", "CA1", -1, "attempt-1", GONE, "", 0, 0, 1000)
TOLD = replace(GONE_CALL, epoch=3, reason="caller_hung_up")
STARTED = CallStarted("acme", "CA1", 3, "", "VX1", "desk", "v1", "inbound", "", "", 1000)
RESUMED = CallResumed("acme", "CA1", 4, "", "VX2", 1000)
WISH = OptOutRequested("acme", "CA1", 3, "", "desk", 1)


def test_an_end_that_nobody_tells_is_overdue_once() -> None:
    told = Ends()
    told.expect(GONE_CALL, 0, is_over=True)

    assert told.overdue(TELL_SECONDS - 0.1) == []
    assert told.overdue(TELL_SECONDS) == [GONE_CALL]
    assert told.overdue(TELL_SECONDS) == []


def test_an_end_that_is_told_in_time_is_not_told_again() -> None:
    told = Ends()
    told.expect(GONE_CALL, 0, is_over=True)
    told.hear(TOLD, 1)

    assert told.overdue(100) == []


def test_an_end_that_was_told_before_twilio_asked_is_not_told_again() -> None:
    told = Ends()
    told.hear(STARTED, 0)
    told.hear(TOLD, 1)
    told.expect(GONE_CALL, 2, is_over=True)

    assert told.overdue(100) == []


def test_a_call_that_should_go_on_and_does_not_is_overdue_later() -> None:
    told = Ends()
    told.expect(GONE_CALL, 0, is_over=False)

    assert told.overdue(RESUME_SECONDS - 0.1) == []
    assert told.overdue(RESUME_SECONDS) == [GONE_CALL]


@pytest.mark.parametrize("begun", [RESUMED, STARTED])
def test_a_call_that_goes_on_is_nobodys_to_end(begun: CallStarted | CallResumed) -> None:
    told = Ends()
    told.expect(GONE_CALL, 0, is_over=False)
    told.hear(begun, 1)

    assert told.overdue(100) == []


def test_news_of_the_start_may_come_later_than_twilios_of_the_end() -> None:
    told = Ends()
    told.expect(GONE_CALL, 0, is_over=True)
    told.hear(STARTED, 1)

    assert told.overdue(100) == [GONE_CALL]


def test_a_call_that_was_passed_on_and_came_back_has_an_end_of_its_own() -> None:
    told = Ends()
    told.hear(replace(TOLD, reason="transferred"), 0)
    told.hear(RESUMED, 10)
    told.expect(GONE_CALL, 20, is_over=True)

    assert told.overdue(100) == [GONE_CALL]


def test_a_wish_says_nothing_of_an_end() -> None:
    told = Ends()
    told.expect(GONE_CALL, 0, is_over=True)
    told.hear(WISH, 1)

    assert told.overdue(100) == [GONE_CALL]


def test_a_process_that_ends_leaves_no_end_untold_but_those_of_calls_that_may_go_on() -> None:
    told = Ends()
    told.expect(GONE_CALL, 0, is_over=True)
    told.expect(replace(GONE_CALL, call_sid="CA2"), 0, is_over=False)

    assert told.left_over() == [GONE_CALL]
    assert told.left_over() == []


def test_what_was_told_long_ago_is_forgotten_and_told_again_at_the_worst() -> None:
    told = Ends()
    told.hear(TOLD, 0)
    told.hear(replace(TOLD, call_sid="CA2"), KEEP_SECONDS + 1)
    told.expect(GONE_CALL, KEEP_SECONDS + 1, is_over=True)

    assert told.overdue(KEEP_SECONDS + 1 + TELL_SECONDS) == [GONE_CALL]


def test_more_ends_than_fit_are_told_at_once_the_oldest_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ends, "MOST", 2)
    told = Ends()
    for number in range(3):
        told.expect(replace(GONE_CALL, call_sid=f"CA{number}"), 0, is_over=False)
        told.hear(replace(TOLD, call_sid=f"CB{number}"), 0)
    told.expect(replace(GONE_CALL, call_sid="CB0"), 0, is_over=True)  # is forgotten by now
    surplus = [one.call_sid for one in told.overdue(0)]

    assert surplus == ["CA0", "CA1"]


def test_a_call_that_was_taken_up_is_known_to_go_on() -> None:
    told = Ends()
    told.hear(RESUMED, 5)

    assert told.resumed_since("CA1", 5)
    assert not told.resumed_since("CA1", 6)
    assert not told.resumed_since("CA2", 0)
