"""Many rows of one table in one statement."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row as SqlRow
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Row = Mapping[str, Any]
"""Values by column. Times are datetimes, bytea is bytes, jsonb is what JSON can hold."""

Values = dict[str, Any]
"""The same, put together part by part."""

INSERT = """
    INSERT INTO intelligence.{table} AS kept ({columns})
    SELECT {columns} FROM jsonb_populate_recordset(
        NULL::intelligence.{table}, CAST(:rows AS jsonb))
    ON CONFLICT ({key}) {action} RETURNING {key}
"""


async def upsert(
    connection: AsyncConnection,
    table: str,
    rows: Sequence[Row],
    key: Sequence[str],
    when: str = "true",
    also: str = "",
    kept: Collection[str] = (),
) -> set[tuple[Any, ...]]:
    """Insert the rows, or replace what has their key where `when` holds of `kept` and `excluded`;
    `also` changes what the rows do not tell, and the columns `kept` stay as they were inserted.

    All rows have the same columns, and no two of them the same key. Returns the keys that were
    written. Rows are taken in the order of their keys, so that two writers do not deadlock.
    """
    if not rows:
        return set()
    columns = list(rows[0])
    rest = [column for column in columns if column not in (*key, *kept)]
    changes = ", ".join([f'"{name}" = excluded."{name}"' for name in rest] + [also] * bool(also))
    action = f"DO UPDATE SET {changes} WHERE {when}" if rest else "DO NOTHING"
    statement = INSERT.format(
        table=table, columns=_quoted(columns), key=_quoted(key), action=action
    )
    ordered = sorted(rows, key=lambda row: tuple(row[column] for column in key))
    done = await connection.execute(text(statement), {"rows": as_json(ordered)})
    return {tuple(row) for row in done}


async def update(
    connection: AsyncConnection, table: str, rows: Sequence[Row], changes: str, when: str
) -> Sequence[SqlRow[Any]]:
    """Change rows by the given ones: `changes` and `when` speak of `kept` and `told`.

    Both have the primary key's filed_at, which `when` should compare: it finds the partition.
    """
    if not rows:
        return ()
    statement = f"""
        UPDATE intelligence.{table} AS kept SET {changes} FROM jsonb_populate_recordset(
            NULL::intelligence.{table}, CAST(:rows AS jsonb)) AS told
        WHERE kept.filed_at = told.filed_at AND {when} RETURNING kept.*
    """
    return (await connection.execute(text(statement), {"rows": as_json(rows)})).all()


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def as_json(rows: Sequence[Row]) -> str:
    """As jsonb_populate_recordset reads them: bytea in hexadecimal."""
    plain = [{column: _value(value) for column, value in row.items()} for row in rows]
    return msgspec.json.encode(plain).decode()


def _value(value: Any) -> Any:
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value
