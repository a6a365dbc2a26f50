"""Why a call ends, how long its last words may take, and what is told of it."""

import pytest
from rooms import ASKED, room

from gateway.effects import Append, SendEnd, Timer
from gateway.ending import GOODBYE_GRACE_SECONDS, SLOWNESS, Ending
from gateway.handoff import Handoff, decode_handoff
from trunkline.events.call import ActionDone, EndCall, Ended, EndReason, PhraseKind, Transfer
from trunkline.events.lifecycle import CallEnded

TO_DESK = ActionDone(1, "", Transfer("desk", "asks for a person"))
HUNG_UP = EndReason.CALLER_HUNG_UP


def test_without_a_reason_a_call_does_not_end() -> None:
    here = room()

    assert Ending(here.scribe, here.mouth).reason is None


def test_an_end_that_is_called_off_leaves_neither_reason_nor_act() -> None:
    here = room()
    ending = Ending(here.scribe, here.mouth)
    ending.intend(EndReason.TRANSFERRED, TO_DESK)
    ending.call_off()

    assert (ending.reason, ending.act, ending.passed_to) == (None, None, "")


@pytest.mark.parametrize(
    ("reason", "act", "passed_to"),
    [
        (EndReason.TRANSFERRED, TO_DESK, "desk"),
        (HUNG_UP, TO_DESK, ""),  # they hung up before it was done
        (EndReason.AGENT_ENDED, ActionDone(1, "", EndCall()), ""),
        (EndReason.TRANSFERRED, None, ""),
    ],
)
def test_a_call_was_passed_on_only_if_that_is_how_it_ended(
    reason: EndReason, act: ActionDone | None, passed_to: str
) -> None:
    here = room()
    ending = Ending(here.scribe, here.mouth)
    ending.intend(reason, act)

    assert ending.passed_to == passed_to


def test_last_words_may_be_spoken_more_slowly_than_we_think_but_not_without_end() -> None:
    here = room()
    here.mouth.say("x" * 20, PhraseKind.GOODBYE)  # two seconds
    here.wanted()
    Ending(here.scribe, here.mouth).wait_for_goodbye()

    limit = 2.0 * SLOWNESS + GOODBYE_GRACE_SECONDS
    assert here.timers()[Timer.GOODBYE] == pytest.approx(limit)


def test_the_act_is_written_down_before_the_call_ends_and_says_where_it_goes() -> None:
    here = room(None, ASKED)
    ending = Ending(here.scribe, here.mouth)
    ending.intend(EndReason.TRANSFERRED, TO_DESK)
    ending.hang_up()
    appended, end = here.wanted()

    assert isinstance(appended, Append)
    assert isinstance(end, SendEnd)
    assert appended.record.event == TO_DESK
    assert decode_handoff(end.handoff) == Handoff("desk", "asks for a person", "en-US")


def test_an_end_without_an_act_is_only_an_end() -> None:
    here = room()
    Ending(here.scribe, here.mouth).hang_up()

    assert here.wanted() == [SendEnd("")]


def test_an_end_is_noted_with_its_reason() -> None:
    here = room()
    ending = Ending(here.scribe, here.mouth)
    ending.note(HUNG_UP)

    assert here.written() == [Ended(HUNG_UP)]
    assert ending.reason is HUNG_UP


def test_what_is_told_of_an_end_counts_turns_and_time() -> None:
    here = room(None, ASKED)
    ending = Ending(here.scribe, here.mouth)
    ending.began, here.scribe.at = 10.0, 12.5
    ending.tell(HUNG_UP)

    (told,) = here.told()
    assert isinstance(told, CallEnded)
    assert (told.reason, told.turns, told.duration_ms) == ("caller_hung_up", 1, 2500)
