"""What becomes of a call when its session, or its transfer, is over, as tables."""

import pytest

from gateway.after import (
    MAX_RETURNS,
    MAX_TRIES,
    AfterSession,
    AfterTransfer,
    after_session,
    after_transfer,
    is_gone,
)


@pytest.mark.parametrize(
    ("session", "call", "tries", "then"),
    [
        ("failed", "in-progress", 0, AfterSession.RECONNECT),
        ("failed", "in-progress", MAX_TRIES - 1, AfterSession.RECONNECT),
        ("failed", "in-progress", MAX_TRIES, AfterSession.GIVE_UP),
        ("failed", "in-progress", MAX_TRIES + 1, AfterSession.GIVE_UP),
        ("failed", "ringing", 0, AfterSession.RECONNECT),
        ("", "in-progress", 0, AfterSession.RECONNECT),
        ("something-new", "in-progress", 0, AfterSession.RECONNECT),
        ("ended", "in-progress", 0, AfterSession.HANG_UP),
        ("ended", "in-progress", MAX_TRIES, AfterSession.HANG_UP),
        ("completed", "in-progress", 0, AfterSession.HANG_UP),
        ("completed", "completed", 0, AfterSession.NOTHING),
        ("ended", "completed", 0, AfterSession.NOTHING),
        ("failed", "completed", 0, AfterSession.NOTHING),
        ("failed", "canceled", 0, AfterSession.NOTHING),
        ("failed", "", 0, AfterSession.NOTHING),
    ],
)
def test_what_follows_a_session(session: str, call: str, tries: int, then: AfterSession) -> None:
    assert after_session(session, call, tries) is then


@pytest.mark.parametrize(
    ("session", "call", "then"),
    [
        ("ended", "in-progress", AfterSession.TRANSFER),
        ("ended", "completed", AfterSession.NOTHING),
        ("completed", "in-progress", AfterSession.HANG_UP),
        ("failed", "in-progress", AfterSession.RECONNECT),
    ],
)
def test_only_a_session_that_we_have_ended_passes_its_call_on(
    session: str, call: str, then: AfterSession
) -> None:
    assert after_session(session, call, 0, is_handed_over=True) is then


@pytest.mark.parametrize(
    ("tries", "then"),
    [
        (0, AfterSession.RECONNECT),
        (MAX_TRIES - 1, AfterSession.RECONNECT),
        (MAX_TRIES, AfterSession.FALL_BACK),
    ],
)
def test_a_call_that_cannot_go_on_is_for_whom_the_agent_names(
    tries: int, then: AfterSession
) -> None:
    assert after_session("failed", "in-progress", tries, has_fallback=True) is then


@pytest.mark.parametrize(
    ("session", "step", "gone"),
    [
        ("failed", AfterSession.FALL_BACK, True),
        ("failed", AfterSession.NOTHING, True),
        ("failed", AfterSession.GIVE_UP, True),
        ("something-new", AfterSession.NOTHING, True),
        ("failed", AfterSession.RECONNECT, False),
        ("completed", AfterSession.NOTHING, False),
        ("ended", AfterSession.NOTHING, False),
        ("ended", AfterSession.HANG_UP, False),
        ("ended", AfterSession.TRANSFER, False),
    ],
)
def test_a_call_is_gone_whose_session_failed_and_which_does_not_go_on(
    session: str, step: AfterSession, gone: bool
) -> None:
    assert is_gone(step, session) is gone


def test_a_session_is_taken_up_twice_at_most() -> None:
    assert MAX_TRIES == 2


@pytest.mark.parametrize("outcome", ["completed", "answered", "bridged", "leave"])
def test_a_call_that_was_taken_ends_when_that_is_over(outcome: str) -> None:
    assert after_transfer(outcome, "in-progress", 0) is AfterTransfer.HANG_UP


@pytest.mark.parametrize("outcome", ["bridging-in-process", "redirected", "hangup"])
def test_a_call_that_is_elsewhere_is_left_alone(outcome: str) -> None:
    assert after_transfer(outcome, "in-progress", 0) is AfterTransfer.NOTHING


@pytest.mark.parametrize(
    "outcome",
    [
        *("busy", "no-answer", "failed", "canceled"),
        *("queue-full", "error", "system-error", "something-new", ""),
    ],
)
def test_a_call_that_nobody_took_comes_back_until_that_is_too_often(outcome: str) -> None:
    after = [after_transfer(outcome, "in-progress", returns) for returns in range(MAX_RETURNS + 2)]

    assert after == [AfterTransfer.TAKE_BACK] * 3 + [AfterTransfer.GIVE_UP] * 2


@pytest.mark.parametrize("call", ["completed", "canceled", "failed", ""])
@pytest.mark.parametrize("outcome", ["completed", "busy", "bridged", "queue-full"])
def test_nothing_follows_a_transfer_whose_call_is_over(outcome: str, call: str) -> None:
    assert after_transfer(outcome, call, 0) is AfterTransfer.NOTHING
