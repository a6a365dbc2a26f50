"""What the session tells those who keep the books: that it began, went on, and ended."""

import pytest
from builders import (
    ATTEMPT,
    CALL_SID,
    EPOCH,
    OUR_NUMBER,
    TENANT,
    THEIR_NUMBER,
    agent,
    announced,
    attached,
    attachment,
    listening_call,
    new_call,
    only,
    record,
    resumed_call,
    words,
)

from gateway.effects import AgentSpeaking, SocketClosed, TakenOver
from gateway.session import CallSession
from gateway.story import Story, tell
from trunkline.agents import Dial, Opening, TransferTo
from trunkline.events.call import NO_EPOCH, CallerSpoke, EndReason, Transfer
from trunkline.events.lifecycle import CallEnded, CallResumed, CallStarted

AT_MS = 1_000_100_000  # second 100 of the session's clock
NAMES = (TENANT, CALL_SID, EPOCH, "", "VX1")
SECOND = EPOCH + 20


def test_a_call_that_begins_says_so_with_all_that_is_known_of_it() -> None:
    story = tell([record(attached())])
    session = CallSession(attachment(is_outbound=True), agent(), story, written=1)

    (started,) = announced(session.start(100.0))

    assert started == CallStarted(
        *(TENANT, CALL_SID, EPOCH, ATTEMPT, "VX1", "receptionist", "v1", "outbound-api"),
        *(OUR_NUMBER, THEIR_NUMBER, AT_MS),
    )


def test_a_call_without_a_topic_has_no_epoch_to_tell() -> None:
    session = CallSession(attachment(epoch=NO_EPOCH), agent(), Story(), written=1)

    assert only(announced(session.start(100.0))).epoch == NO_EPOCH


def test_a_call_that_is_taken_up_again_says_so() -> None:
    story = tell([record(attached()), record(CallerSpoke(1, "Hello?"))])

    _, effects = resumed_call(story)

    assert announced(effects) == [CallResumed(TENANT, CALL_SID, SECOND, "", "VX1", AT_MS)]


def test_a_call_whose_first_session_never_began_begins_with_its_second() -> None:
    """The gateway it came to was full: nobody has greeted the caller, and the log is empty."""
    story = tell([record(attached(""))])

    _, effects = resumed_call(story)

    assert [type(event) for event in announced(effects)] == [CallStarted]
    assert words(effects) == "Welcome to the clinic."


def test_an_agent_that_listens_first_listens_also_then() -> None:
    me = attachment("attachment-2", SECOND, is_resumed=True, is_outbound=True)
    story = tell([record(attached(""))])
    session = CallSession(me, agent(opening=Opening(mode="listen")), story, written=1)

    assert words(session.start(100.0)) == ""


def test_a_recorded_call_whose_first_session_never_began_is_told_of_that_first() -> None:
    """Twilio records since the first: also an agent that would listen has to speak."""
    me = attachment("attachment-2", SECOND, is_resumed=True, is_outbound=True, is_recorded=True)
    story = tell([record(attached(""))])
    session = CallSession(me, agent(opening=Opening(mode="listen")), story, written=1)

    assert words(session.start(100.0)) == "This call is recorded. Welcome to the clinic."


def test_of_a_call_that_is_taken_up_without_a_log_nothing_is_known_and_that_is_said() -> None:
    me = attachment(epoch=NO_EPOCH, is_resumed=True)

    effects = CallSession(me, agent(), Story(), written=1).start(100.0)

    assert [type(event) for event in announced(effects)] == [CallResumed]
    assert words(effects).startswith("I am sorry, we were cut off.")


def test_of_a_recorded_call_without_a_log_nobody_knows_whether_that_was_heard() -> None:
    me = attachment(epoch=NO_EPOCH, is_resumed=True, is_recorded=True)

    effects = CallSession(me, agent(), Story(), written=1).start(100.0)

    assert words(effects).startswith("This call is recorded. I am sorry, we were cut off.")


def test_a_call_that_ends_says_why_and_after_how_much() -> None:
    call = listening_call()
    call.answered("We open at nine.")
    began = 100.0

    (ended,) = announced(call.happens(SocketClosed(1000)))

    lasted = round((call.at - began) * 1000)
    assert ended == CallEnded(
        *(TENANT, CALL_SID, EPOCH, "", "caller_hung_up", "", 1, lasted, AT_MS + lasted)
    )


def test_a_call_that_is_passed_on_says_where_to() -> None:
    desk = TransferTo(about="People.", dial=Dial(number="+15005550111"))
    call = listening_call(agent(transfers={"desk": desk}))
    run = call.prompted("A person, please.")
    call.writes(run.started(), run.chunk("Yes."), run.requests(Transfer("desk")), run.finished())

    (ended,) = announced(call.happens(AgentSpeaking(on=False)) + call.passes(1.1))

    assert isinstance(ended, CallEnded)
    assert (ended.reason, ended.transferred_to) == ("transferred", "desk")


@pytest.mark.parametrize("event", [SocketClosed(1006), TakenOver()])
def test_a_session_that_ends_before_its_call_says_nothing_of_an_end(
    event: SocketClosed | TakenOver,
) -> None:
    assert announced(listening_call().happens(event)) == []


def test_when_nobody_has_taken_a_call_up_its_last_session_can_say_so() -> None:
    call = new_call(is_outbound=True)
    call.happens(SocketClosed(1006))

    lost = call.session.lost(call.at)

    assert (lost.reason, lost.epoch, lost.attempt_id) == (
        EndReason.LOST.name.lower(),
        EPOCH,
        ATTEMPT,
    )
