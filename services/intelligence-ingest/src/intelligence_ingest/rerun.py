"""Runs own operators over calls of the past: `python -m intelligence_ingest rerun`.

The run is a row: who starts the same run again goes on where it was left.
"""

import argparse
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from intelligence_ingest.operators.declared import Operator
from intelligence_ingest.store.anchors import share_erasure_lock
from intelligence_ingest.store.rows import Values
from intelligence_ingest.store.stories import finished_calls, operate
from trunkline.database.transaction import Repeatable, in_transaction, transaction
from trunkline.errors import Invalid

PAGE = 200

UNFINISHED = """
    SELECT id, done, left_out, total FROM intelligence.operator_run
    WHERE operators = :operators AND since = :since AND finished_at IS NULL
    ORDER BY created_at DESC LIMIT 1
"""
BEGIN = """
    INSERT INTO intelligence.operator_run (id, operators, since, until, total)
    SELECT :id, :operators, :since, clock_timestamp(), count(*) FROM intelligence.call
    WHERE filed_at >= :since AND NOT live
    RETURNING id, done, left_out, total
"""
# By the primary keys of the months' partitions, in the order of time.
NEXT = """
    SELECT c.call_sid, c.filed_at FROM intelligence.call c, intelligence.operator_run r
    WHERE r.id = :id AND NOT c.live AND c.filed_at >= r.since AND c.filed_at < r.until
      AND (r.after_call_sid IS NULL
           OR (c.filed_at, c.call_sid) > (r.after_filed_at, r.after_call_sid))
    ORDER BY c.filed_at, c.call_sid LIMIT :limit
"""
GO_ON = """
    UPDATE intelligence.operator_run SET done = done + :more, left_out = left_out + :wordless,
        after_filed_at = :filed_at, after_call_sid = :call_sid WHERE id = :id
"""
FINISH = "UPDATE intelligence.operator_run SET finished_at = clock_timestamp() WHERE id = :id"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be run, on calls of when."""

    operators: Sequence[Operator]
    since: datetime


def wanted(arguments: Sequence[str], operators: Sequence[Operator]) -> Wanted:
    """Reads the command line. Raises `Invalid` for operators that nobody declared."""
    parser = argparse.ArgumentParser("rerun", description="Run own operators over past calls.")
    parser.add_argument("--operator", action="append", help="its name; all of them if left out")
    parser.add_argument("--since", required=True, type=_time, help="2026-01-31, or with a time")
    found = parser.parse_args(arguments)
    names = found.operator or [each.name for each in operators]
    unknown = set(names) - {each.name for each in operators}
    if unknown:
        raise Invalid(f"There is no operator {', '.join(sorted(unknown))}.")
    return Wanted([each for each in operators if each.name in names], found.since)


@dataclass(frozen=True, slots=True)
class Done:
    """How many calls a run has passed, and how many of them it left as they were."""

    calls: int
    left_out: int = 0
    """Their words are gone."""

    def __add__(self, more: Self) -> Self:
        return replace(self, calls=self.calls + more.calls, left_out=self.left_out + more.left_out)


async def rerun(engine: AsyncEngine, what: Wanted) -> Done:
    """Run them on every call since then, and show how far it is."""
    run = await _begun(engine, what)
    done, total = Done(run["done"], run["left_out"]), run["total"]
    while (more := await in_transaction(engine, _page(what, run["id"]))).calls:
        done += more
        sys.stderr.write(f"\r{done.calls} of {total} calls")
    async with transaction(engine) as connection:
        await connection.execute(text(FINISH), {"id": run["id"]})
    sys.stderr.write(
        f"\r{done.calls} calls done; "
        f"{done.left_out} of them left as they were: their words are gone.\n"
    )
    return done


async def _begun(engine: AsyncEngine, what: Wanted) -> Values:
    values = {"operators": sorted(each.name for each in what.operators), "since": what.since}
    async with transaction(engine) as connection:
        found = (await connection.execute(text(UNFINISHED), values)).mappings().one_or_none()
        if found is None:
            begun = await connection.execute(text(BEGIN), values | {"id": uuid.uuid4()})
            found = begun.mappings().one()
    return dict(found)


def _page(what: Wanted, run_id: uuid.UUID) -> Repeatable[Done]:
    @Repeatable
    async def work(connection: AsyncConnection) -> Done:
        await share_erasure_lock(connection)
        found = await connection.execute(text(NEXT), {"id": run_id, "limit": PAGE})
        rows = found.all()
        if not rows:
            return Done(0)
        calls = await finished_calls(connection, [row.call_sid for row in rows])
        await operate(connection, what.operators, calls)
        done = Done(len(rows), len(rows) - len(calls))
        last = {"filed_at": rows[-1].filed_at, "call_sid": rows[-1].call_sid}
        counted = {"id": run_id, "more": done.calls, "wordless": done.left_out}
        await connection.execute(text(GO_ON), counted | last)
        return done

    return work


def _time(value: str) -> datetime:
    found = datetime.fromisoformat(value)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
