"""Every statement is one that PostgreSQL understands, whoever runs it first."""

import importlib
import pkgutil
from collections.abc import Iterator

import asyncpg
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


async def test_every_statement_can_be_prepared(connection: asyncpg.Connection) -> None:
    wrong = {}
    for name, statement in statements():
        sql = str(statement.compile(dialect=dialect()))  # type: ignore[no-untyped-call]
        try:
            await connection.prepare(sql)
        except asyncpg.PostgresError as error:
            wrong[name] = str(error)

    assert wrong == {}
    assert len(list(statements())) > 40
