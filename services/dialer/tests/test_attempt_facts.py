"""What follows from an attempt as it stands."""

from dataclasses import replace

import pytest
from attempts import fetched, live, posting, status, verdict

from dialer.attempt_events import Event
from dialer.attempt_facts import learned
from dialer.outcomes import Outcome


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        (fetched("busy"), Outcome.BUSY),
        (fetched("no-answer"), None),
        (verdict("human"), None),
    ],
)
def test_another_end_than_the_contact_was_told_is_learned(
    later: Event, outcome: Outcome | None
) -> None:
    told, _ = live(posting(), [status("no-answer")])

    assert learned(told, live(told, [later])[0]) is outcome


def test_a_verdict_that_comes_late_is_learned() -> None:
    told, _ = live(posting(), [status("in-progress"), status("completed")])

    assert learned(told, live(told, [verdict("machine_end_beep")])[0]) is Outcome.MACHINE


def test_before_the_contact_is_told_there_is_nothing_to_correct() -> None:
    told, _ = live(posting(), [status("no-answer")])
    untold = replace(told, settled=False)

    assert learned(untold, live(untold, [fetched("busy")])[0]) is None
