"""What campaigns become by command."""

import pytest

from dialer.api.transitions import CancelMode, Command, State, after, after_stop, firmer

SAME = "same"
TABLE: dict[Command, dict[State, State | str]] = {
    Command.START: {
        State.DRAFT: State.RUNNING,
        State.SCHEDULED: SAME,
        State.RUNNING: SAME,
    },
    Command.PAUSE: {
        State.SCHEDULED: State.PAUSED,
        State.RUNNING: State.PAUSING,
        State.PAUSING: SAME,
        State.PAUSED: SAME,
    },
    Command.RESUME: {
        State.SCHEDULED: SAME,
        State.RUNNING: SAME,
        State.PAUSING: State.RUNNING,
        State.PAUSED: State.RUNNING,
        State.COMPLETED: State.RUNNING,
    },
    Command.CANCEL: {
        State.DRAFT: State.CANCELLING,
        State.SCHEDULED: State.CANCELLING,
        State.RUNNING: State.CANCELLING,
        State.PAUSING: State.CANCELLING,
        State.PAUSED: State.CANCELLING,
        State.CANCELLING: SAME,
        State.CANCELLED: SAME,
    },
}


@pytest.mark.parametrize("command", Command)
@pytest.mark.parametrize("state", State)
def test_a_command_leads_on_is_so_already_or_cannot_be_done(command: Command, state: State) -> None:
    expected = TABLE[command].get(state)

    assert after(state, command) == (state if expected == SAME else expected)


@pytest.mark.parametrize(
    ("now", "wanted", "becomes"),
    [
        (None, CancelMode.DRAIN, CancelMode.DRAIN),
        (CancelMode.DRAIN, CancelMode.HANGUP, CancelMode.HANGUP),
        (CancelMode.HANGUP, CancelMode.DRAIN, CancelMode.HANGUP),
        (CancelMode.CANCEL_QUEUED, CancelMode.CANCEL_QUEUED, CancelMode.CANCEL_QUEUED),
    ],
)
def test_a_cancel_grows_firmer_and_never_less_firm(
    now: CancelMode | None, wanted: CancelMode, becomes: CancelMode
) -> None:
    assert firmer(now, wanted) is becomes


@pytest.mark.parametrize("state", State)
def test_an_emergency_stop_is_a_pause_for_drafts_too(state: State) -> None:
    expected = State.PAUSED if state is State.DRAFT else after(state, Command.PAUSE)

    assert after_stop(state) is expected
