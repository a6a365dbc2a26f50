"""A process sends only while nobody can have taken its work over, from the database it knows."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from desk import ACCOUNT, Desk, at_desk
from rows import insert

from dialer.clock import DatabaseClock
from dialer.ownership import SAFE_SECONDS, Ownership
from dialer.store import fence
from dialer.store.fence import Memory, Recovery
from trunkline.database.transaction import transaction

SUSPENDED = "AC" + "f" * 32


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with at_desk(database_url) as desk:
        yield desk


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def owner(desk: Desk, clock: Clock | None = None) -> Ownership:
    clock = clock or Clock()
    return Ownership(desk.engine, "dialer-1", DatabaseClock(clock), clock)


async def test_what_was_reserved_is_ours_as_long_as_we_can_say_so(desk: Desk) -> None:
    clock = Clock()
    ownership = owner(desk, clock)
    await ownership.beat()
    epoch = ownership.epoch
    assert epoch is not None
    assert ownership.holds(epoch, ACCOUNT)

    clock.now += SAFE_SECONDS - 1
    assert ownership.holds(epoch, ACCOUNT)
    clock.now += 1
    assert not ownership.holds(epoch, ACCOUNT)
    assert ownership.epoch is None
    await ownership.beat()
    assert ownership.epoch == epoch


async def test_a_lease_that_was_lost_makes_another_worker_of_us(desk: Desk) -> None:
    """The process was stopped until others had taken its work."""
    ownership = owner(desk)
    await ownership.beat()
    epoch = ownership.epoch
    assert epoch is not None
    await desk.connection.execute("UPDATE dialer.worker SET lease_until = clock_timestamp()")
    await ownership.beat()

    assert ownership.epoch not in (None, epoch)
    assert not ownership.holds(epoch, ACCOUNT)


async def test_a_worker_that_ends_says_so(desk: Desk) -> None:
    ownership = owner(desk)
    await ownership.beat()
    await ownership.end()

    row = await desk.row("worker", ownership.epoch, "epoch")
    assert row["ended_at"] is not None


async def change(desk: Desk, **columns: object) -> None:
    for name, value in columns.items():
        await desk.connection.execute(f"UPDATE dialer.fence SET {name} = $1", value)


async def compare(desk: Desk, account_sid: str) -> None:
    """As if all of the account's calls of before the change had been compared."""
    await desk.connection.execute(
        "UPDATE dialer.account SET swept_until = clock_timestamp() + interval '1 s'"
        " WHERE account_sid = $1",
        account_sid,
    )


async def test_an_account_that_cannot_be_compared_keeps_no_other_customer_from_calling(
    desk: Desk,
) -> None:
    """Its credentials are gone, or Twilio has suspended it."""
    await insert(desk.connection, "account", account_sid=SUSPENDED, tenant_id="other")
    ownership = owner(desk)
    await ownership.beat()
    await change(desk, timeline_id=0)
    await ownership.beat()
    await compare(desk, ACCOUNT)
    await ownership.beat()

    assert not ownership.recovery.holds(ACCOUNT)
    assert ownership.recovery.holds(SUSPENDED)


async def test_accounts_of_one_customer_wait_for_each_other_but_not_for_ever(desk: Desk) -> None:
    """A call of the one may have been forgotten, and the other wants the same person."""
    await insert(desk.connection, "account", account_sid=SUSPENDED)
    ownership = owner(desk)
    await ownership.beat()
    await change(desk, timeline_id=0)
    await ownership.beat()
    await compare(desk, ACCOUNT)
    await ownership.beat()
    assert ownership.recovery.holds(ACCOUNT)
    await desk.connection.execute(
        "UPDATE dialer.fence SET changed_at = changed_at - interval '1 hour'"
    )
    await ownership.beat()

    assert not ownership.recovery.holds(ACCOUNT)
    assert ownership.recovery.holds(SUSPENDED)


async def test_a_failover_stops_all_sending_until_every_account_was_compared(desk: Desk) -> None:
    ownership = owner(desk)
    await ownership.beat()
    epoch = ownership.epoch
    assert epoch is not None
    await change(desk, timeline_id=0)
    await ownership.beat()
    assert not ownership.holds(epoch, ACCOUNT)
    await ownership.beat()
    assert ownership.recovery.holds(ACCOUNT)

    await desk.connection.execute(
        "UPDATE dialer.account SET swept_until = clock_timestamp() + interval '1 s'"
    )
    await ownership.beat()
    assert ownership.holds(epoch, ACCOUNT)


async def test_what_waits_for_a_person_waits_on_through_a_failover(desk: Desk) -> None:
    ownership = owner(desk)
    await ownership.beat()
    await change(desk, system_identifier="another")
    await ownership.beat()
    await change(desk, timeline_id=0)
    await ownership.beat()
    await compare(desk, ACCOUNT)
    await ownership.beat()

    assert ownership.recovery.waits_for_person


@pytest.mark.parametrize(("behind", "waits"), [("20 s", False), ("1 hour", True)])
async def test_an_older_copy_of_the_same_database_is_known_by_what_it_has_forgotten(
    desk: Desk, behind: str, waits: bool
) -> None:
    """The data directory of before, or a snapshot of its disk, was simply started."""
    ownership = owner(desk)
    await ownership.beat()
    epoch = ownership.epoch
    assert epoch is not None
    await desk.connection.execute(
        f"UPDATE dialer.worker SET heartbeat_at = heartbeat_at - interval '{behind}'"
    )
    await ownership.beat()

    assert not ownership.holds(epoch, ACCOUNT)
    assert ownership.recovery.waits_for_person is waits


async def test_a_database_that_does_not_even_know_the_worker_is_an_older_one(desk: Desk) -> None:
    ownership = owner(desk)
    await ownership.beat()
    await desk.connection.execute("DELETE FROM dialer.worker WHERE epoch = $1", ownership.epoch)
    await ownership.beat()

    assert ownership.recovery.holds(ACCOUNT)


def test_as_much_is_missing_as_the_worker_has_lived_where_nobody_knows_it() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    memory = Memory(uuid.uuid4(), at, at + timedelta(hours=1))

    assert memory.lost(None) == timedelta(hours=1)
    assert memory.lost(at + timedelta(minutes=59)) == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("column", "value"), [("system_identifier", "another"), ("timeline_id", 0)]
)
async def test_a_restored_backup_waits_for_a_person(desk: Desk, column: str, value: object) -> None:
    """Another system, or one on which nobody had worked for long when it was copied."""
    ownership = owner(desk)
    await ownership.beat()
    await desk.connection.execute(
        "UPDATE dialer.worker SET heartbeat_at = heartbeat_at - interval '1 hour'"
    )
    await change(desk, **{column: value})
    await ownership.beat()
    await desk.connection.execute(
        "UPDATE dialer.account SET swept_until = clock_timestamp() + interval '1 s'"
    )
    await ownership.beat()
    assert ownership.recovery.waits_for_person

    async with transaction(desk.engine) as connection:
        assert await fence.acknowledge(connection, "me")
    await ownership.beat()
    assert ownership.recovery == Recovery()


def test_the_databases_time_is_told_between_two_looks() -> None:
    clock, wall = Clock(), Clock()
    wall.now = 1_000_000.0
    database = DatabaseClock(clock, wall)
    told = datetime.fromtimestamp(2_000_000).astimezone()
    clock.now += 0.2
    database.note(told, asked_at=clock.now - 0.2)
    clock.now += 10
    wall.now += 10

    assert database.unix() == pytest.approx(2_000_010.1)
    assert database.now() == told + timedelta(seconds=10.1)
    assert database.skew_seconds() == pytest.approx(-1_000_000.1)


def test_whoever_sets_our_clock_moves_nothing_but_the_skew() -> None:
    clock, wall = Clock(), Clock()
    database = DatabaseClock(clock, wall)
    before = database.unix()
    wall.now += 300

    assert database.unix() == before
    assert database.skew_seconds() == pytest.approx(300)


def test_a_slow_look_does_not_spoil_what_a_fast_one_has_told() -> None:
    clock = Clock()
    database = DatabaseClock(clock, Clock())
    fast = datetime.fromtimestamp(2_000_000).astimezone()
    database.note(fast, asked_at=clock.now)
    clock.now += 5
    database.note(fast, asked_at=clock.now - 5)

    assert database.unix() == pytest.approx(2_000_005)
