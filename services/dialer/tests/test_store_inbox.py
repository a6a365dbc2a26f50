"""What the bus tells takes effect once, and nothing of it is passed over."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from desk import ACCOUNT, CHANCES, TENANT, Desk, at_desk

from dialer.attempt_events import Alarm, CancelCall, DoubleDial
from dialer.news import News, of_callback, of_lifecycle
from dialer.store import attempts, evidence
from dialer.store.claim import Reserved
from dialer.store.inbox import Batch, Inbox, Told, set_aside
from dialer.store.positions import positions
from trunkline.bus import TopicPartition
from trunkline.database.transaction import transaction
from trunkline.events.lifecycle import GONE, CallEnded, CallStarted, OptOutRequested
from trunkline.events.topics import CALLBACKS, LIFECYCLE
from trunkline.events.twilio import Callback, StatusReported

NUMBER = "+12125550101"
SID = "CA" + "a" * 32
OTHER = "CA" + "b" * 32
WHERE = TopicPartition(CALLBACKS.name, 0)
NOW = datetime.now(UTC)
NOW_MS = round(NOW.timestamp() * 1000)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


@pytest.fixture
async def posted(desk: Desk) -> Reserved:
    """An attempt that is written ahead, and waits for no verdict on machines."""
    policy = '{"answering_machines": {"detect": false}}'
    return await desk.posted(await desk.campaign(policy=policy), NUMBER)


def status(
    reserved: Reserved | uuid.UUID,
    name: str,
    sequence: int = 0,
    *,
    sid: str = SID,
    tenant: str = TENANT,
    account: str = ACCOUNT,
) -> News:
    attempt = reserved if isinstance(reserved, uuid.UUID) else reserved.attempt_id
    told = StatusReported(name, sequence, {"SipResponseCode": "200"})
    return of_callback(Callback(tenant, str(attempt), account, sid, NOW_MS, told))


def started(reserved: Reserved, epoch: int) -> News:
    who = (TENANT, SID, epoch, str(reserved.attempt_id), "VX", "a", "1", "outbound-api", "", "")
    return of_lifecycle(CallStarted(*who, at_ms=NOW_MS))


def ended(reserved: Reserved, epoch: int, reason: str = "hangup") -> News:
    what = (TENANT, SID, epoch, str(reserved.attempt_id), reason, "", 1, 1000, NOW_MS)
    return of_lifecycle(CallEnded(*what))


def opt_out(reserved: Reserved | None, number: str = NUMBER) -> News:
    attempt = str(reserved.attempt_id) if reserved else ""
    return of_lifecycle(OptOutRequested(TENANT, SID, 3, number, "a", 1, attempt))


async def state(desk: Desk, reserved: Reserved) -> str:
    found = (await desk.row("attempt", reserved.attempt_id))["state"]
    assert isinstance(found, str)
    return found


async def test_a_callback_binds_its_call_before_the_answer_does(
    desk: Desk, posted: Reserved
) -> None:
    await desk.take_in(status(posted, "ringing", 1))

    row = await desk.row("attempt", posted.attempt_id)
    assert (row["state"], row["sid"], row["bound_by"]) == ("ringing", SID, "callback")
    assert row["bound_at"] is not None
    async with transaction(desk.engine) as connection:
        assert await positions(connection, [CALLBACKS.name]) == {WHERE: 1}


async def test_a_record_that_comes_again_has_no_second_effect(desk: Desk, posted: Reserved) -> None:
    call = [status(posted, "ringing", 1), status(posted, "busy", 2)]
    await desk.take_in(*call)
    again = await desk.take_in(*call)

    assert not again.todo
    assert await desk.told() == ["AttemptFinished"]


async def test_news_that_twilio_repeats_in_another_record_is_known(
    desk: Desk, posted: Reserved
) -> None:
    await desk.take_in(status(posted, "busy", 2))
    await desk.take_in(status(posted, "busy", 2), first=7)

    assert await desk.told() == ["AttemptFinished"]
    assert await desk.connection.fetchval("SELECT count(*) FROM dialer.inbox") == 1
    async with transaction(desk.engine) as connection:
        assert await positions(connection, [CALLBACKS.name]) == {WHERE: 8}


async def test_batches_of_several_partitions_are_taken_in_together(
    desk: Desk, posted: Reserved
) -> None:
    other = TopicPartition(LIFECYCLE.name, 3)
    batches = [
        Batch(WHERE, [Told(0, status(posted, "in-progress", 2))], 1, NOW),
        Batch(other, [Told(4, ended(posted, 1))], 5, NOW),
    ]
    for _ in range(2):
        async with transaction(desk.engine) as connection:
            taken = await Inbox(desk.vault, CHANCES).take_in(connection, batches)

    assert not taken.unknown
    async with transaction(desk.engine) as connection:
        assert await positions(connection, [CALLBACKS.name, LIFECYCLE.name]) == {WHERE: 1, other: 5}
    row = await desk.row("attempt", posted.attempt_id)
    assert (row["lifecycle_ended"], row["answered_at"] is not None) == (True, True)
    states = await desk.connection.fetch("SELECT state FROM dialer.inbox")
    assert [row["state"] for row in states] == ["reduced", "reduced"]


async def test_a_batch_that_fails_leaves_nothing_behind(desk: Desk, posted: Reserved) -> None:
    batch = Batch(WHERE, [Told(0, status(posted, "ringing", 1))], 1, NOW)
    with pytest.raises(RuntimeError):
        async with transaction(desk.engine) as connection:
            await Inbox(desk.vault, CHANCES).take_in(connection, [batch])
            raise RuntimeError

    assert await state(desk, posted) == "posting"
    async with transaction(desk.engine) as connection:
        assert await positions(connection, [CALLBACKS.name]) == {}


async def test_news_of_an_attempt_that_nobody_knows_is_kept(desk: Desk) -> None:
    taken = await desk.take_in(status(uuid.uuid4(), "ringing"))

    assert taken.unknown == 1
    assert await desk.connection.fetchval("SELECT state FROM dialer.inbox") == "new"


async def test_news_in_another_tenants_name_is_not_believed(desk: Desk, posted: Reserved) -> None:
    taken = await desk.take_in(status(posted, "completed", tenant="other"))

    assert taken.misfits == 1
    assert await state(desk, posted) == "posting"


async def test_news_of_another_account_rings_an_alarm(desk: Desk, posted: Reserved) -> None:
    taken = await desk.take_in(status(posted, "completed", account="AC" + "9" * 32))

    assert [todo.effect for todo in taken.todo] == [Alarm("foreign_account")]
    assert await state(desk, posted) == "posting"


async def test_a_second_call_of_one_attempt_is_ended_and_alarms(
    desk: Desk, posted: Reserved
) -> None:
    await desk.take_in(status(posted, "ringing", 1))
    taken = await desk.take_in(status(posted, "ringing", 1, sid=OTHER), first=1)

    assert [todo.effect for todo in taken.todo] == [
        DoubleDial(SID, OTHER),
        CancelCall(OTHER, answered=True),
    ]
    assert (await desk.row("attempt", posted.attempt_id))["second_sid"] == OTHER


async def test_callbacks_in_any_order_end_alike(desk: Desk, posted: Reserved) -> None:
    await desk.take_in(
        status(posted, "busy", 3), status(posted, "ringing", 2), status(posted, "initiated", 1)
    )

    row = await desk.row("attempt", posted.attempt_id)
    assert (row["state"], row["settled"], row["holds_number"]) == ("busy", True, False)
    assert row["sequence"] == 3


async def test_an_answered_call_frees_its_number_when_its_end_was_read(
    desk: Desk, posted: Reserved
) -> None:
    await desk.take_in(status(posted, "in-progress", 2), status(posted, "completed", 3))
    held = (await desk.row("attempt", posted.attempt_id))["holds_number"]
    await desk.take_in(started(posted, 4), ended(posted, 4), topic=LIFECYCLE.name)

    row = await desk.row("attempt", posted.attempt_id)
    assert (held, row["holds_number"], row["connected_at"] is None) == (True, False, False)


async def test_an_end_is_passed_over_that_an_older_attachment_tells(
    desk: Desk, posted: Reserved
) -> None:
    """The call was taken up again elsewhere, and goes on."""
    await desk.take_in(status(posted, "in-progress", 2))
    await desk.take_in(started(posted, 9), ended(posted, 4), topic=LIFECYCLE.name)
    between = (await desk.row("attempt", posted.attempt_id))["lifecycle_ended"]
    await desk.take_in(ended(posted, -1, GONE), topic=LIFECYCLE.name, first=2)

    assert between is False
    assert (await desk.row("attempt", posted.attempt_id))["lifecycle_ended"]


async def test_an_opt_out_suppresses_the_number_for_all_campaigns(
    desk: Desk, posted: Reserved
) -> None:
    other = await desk.contact(await desk.campaign(), NUMBER)
    await desk.take_in(status(posted, "in-progress", 2))
    await desk.take_in(opt_out(posted), topic=LIFECYCLE.name)

    suppressed = await desk.connection.fetchrow("SELECT * FROM dialer.suppression")
    assert (suppressed["scope"], suppressed["reason"], suppressed["call_sid"]) == (
        *("tenant", "opt_out"),
        SID,
    )
    assert desk.vault.decrypt(suppressed["num_enc"]) == NUMBER
    assert (await desk.row("contact", other))["state"] == "suppressed"
    assert sorted(await desk.told()) == ["ContactFinished", "ContactOptedOut"]


async def test_an_opt_out_ends_calls_to_the_number_that_still_ring(
    desk: Desk, posted: Reserved
) -> None:
    await desk.take_in(status(posted, "ringing", 1))
    taken = await desk.take_in(opt_out(None), topic=LIFECYCLE.name)

    assert [todo.effect for todo in taken.todo] == [CancelCall(SID)]
    assert (await desk.row("attempt", posted.attempt_id))["cancel"] == "unanswered"


async def test_an_opt_out_cancels_a_call_whose_answer_is_still_out(
    desk: Desk, posted: Reserved
) -> None:
    await desk.take_in(opt_out(None), topic=LIFECYCLE.name)
    taken = await desk.take_in(status(posted, "initiated", 0))

    assert [todo.effect for todo in taken.todo] == [CancelCall(SID)]


async def test_an_opt_out_that_is_said_again_changes_nothing(desk: Desk, posted: Reserved) -> None:
    await desk.take_in(opt_out(posted), topic=LIFECYCLE.name)
    await desk.take_in(opt_out(posted), topic=LIFECYCLE.name, first=1)

    assert await desk.connection.fetchval("SELECT count(*) FROM dialer.suppression") == 1
    assert await desk.told() == ["ContactOptedOut"]


async def test_what_nobody_could_read_blocks_the_proof_of_absence(
    desk: Desk, posted: Reserved
) -> None:
    unread = News("", "unreadable", "", "", None, -1, "unreadable")
    async with transaction(desk.engine) as connection:
        await set_aside(connection, WHERE, 0, unread, NOW)
    async with transaction(desk.engine) as connection:
        held = (await attempts.lock(connection, [posted.attempt_id]))[posted.attempt_id]
        proof = await evidence.proof_of(connection, held, [CALLBACKS.name])
        assert await positions(connection, [CALLBACKS.name]) == {WHERE: 1}

    assert proof.dead_letters


async def test_bodies_are_kept_and_not_in_clear(desk: Desk, posted: Reserved) -> None:
    await desk.take_in(status(posted, "ringing", 1))
    body = await desk.connection.fetchval("SELECT body_enc FROM dialer.inbox")

    assert b"SipResponseCode" not in body
    assert "SipResponseCode" in desk.vault.decrypt(body)
