"""Every statement is one that PostgreSQL understands, whoever runs it first."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import asyncpg
import pytest
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.asyncpg import dialect

import dialer.store


def statements() -> Iterator[tuple[str, TextClause]]:
    modules = []
    for found in pkgutil.iter_modules(dialer.store.__path__, "dialer.store."):
        modules.append(importlib.import_module(found.name))
    for module in modules:
        for name, value in vars(module).items():
            if isinstance(value, TextClause):
                yield f"{module.__name__}.{name}", value


def sql_of(statement: TextClause) -> str:
    return str(statement.compile(dialect=dialect()))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("attempts._DUE", "attempt_due"),
        ("contacts._READY", "contact_ready"),
        ("contacts._WAITING", "contact_waiting"),
        ("contacts._EXPIRED", "contact_expiry"),
        ("queue._QUEUES", "contact_ready"),
        ("sweeping._ANSWERED", "attempt_answered"),
        ("abandonment._SHARES", "attempt_answered"),
        ("senders._CHOICE", "attempt_sender"),
    ],
)
async def test_what_time_bounds_is_bounded_in_the_index(
    connection: asyncpg.Connection, name: str, index: str
) -> None:
    """By a clock that stands still in a transaction: one that moves on would be compared with every
    row of a million."""
    await connection.execute(
        "SET enable_seqscan = off; SET enable_bitmapscan = off;"
        " SET plan_cache_mode = force_generic_plan"
    )
    sql = sql_of(dict(statements())[f"dialer.store.{name}"])
    nulls = ["NULL" for _ in (await connection.prepare(sql)).get_parameters()]
    arguments = f"({', '.join(nulls)})" if nulls else ""
    await connection.execute(f"PREPARE asked AS {sql}")

    rows = await connection.fetch(f"EXPLAIN EXECUTE asked{arguments}")
    plan = "\n".join(row[0] for row in rows)

    assert re.search(rf"{index}.*\n *Index Cond: .*now\(\)", plan), plan


async def test_every_statement_can_be_prepared(connection: asyncpg.Connection) -> None:
    wrong = {}
    for name, statement in statements():
        try:
            await connection.prepare(sql_of(statement))
        except asyncpg.PostgresError as error:
            wrong[name] = str(error)

    assert wrong == {}
    assert len(list(statements())) > 40
