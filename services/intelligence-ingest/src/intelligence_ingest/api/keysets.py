"""Pages of lists whose newest come first, by the time that everything is filed under."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from trunkline.api.cursor import Position
from trunkline.api.times import from_microseconds, to_microseconds


def older(
    after: Position | None, *keys: str, numbers: Collection[str] = ()
) -> tuple[str, Mapping[str, object]]:
    """SQL for the rows that come after a position, and its parameters; `numbers` are those of the
    keys that are no text.

    With `ORDER BY filed_at DESC` and then the keys, all DESC, an index on these columns, behind
    those of the filters, reads the page and nothing else.
    """
    if after is None:
        return "true", {}
    ids = after.id.split(" ", len(keys) - 1)
    names = [f"after_{n}" for n in range(len(keys))]
    columns = ", ".join(("filed_at", *keys))
    values = ", ".join(_value(name, key in numbers) for name, key in zip(names, keys, strict=True))
    condition = f"({columns}) < (CAST(:after_at AS timestamptz), {values})"
    times = {"after_at": from_microseconds(after.created_us)}
    return condition, times | dict(zip(names, ids, strict=True))


def _value(name: str, is_number: bool) -> str:
    """A parameter. The driver would insist on a number's type: it is given all of them as text."""
    plain = f"CAST(:{name} AS text)"
    return f"CAST({plain} AS integer)" if is_number else plain


def position(row: Row[Any], *keys: str) -> Position:
    """Where a row stands. Sids have no blanks; the last key may."""
    told = " ".join(str(row._mapping[key]) for key in keys)
    return Position(to_microseconds(row.filed_at), told)


@dataclass(frozen=True, slots=True)
class Listing:
    """A table's rows as they are listed: by keys that tell those of one moment apart."""

    table: str
    columns: str
    keys: Sequence[str]
    conditions: Mapping[str, str]
    """SQL by the filter's name, which is its parameter's, too."""
    numbers: Collection[str] = ()
    """Those of the keys that are no text."""

    async def page(
        self,
        connection: AsyncConnection,
        tenant_id: str,
        asked: Mapping[str, object],
        after: Position | None,
        limit: int,
    ) -> Sequence[Row[Any]]:
        """One page of a tenant's rows, the newest first; a filter that is None does not matter."""
        given = {name: value for name, value in asked.items() if value is not None}
        condition, values = older(after, *self.keys, numbers=self.numbers)
        wanted = ["tenant_id = :tenant_id", *(self.conditions[name] for name in given), condition]
        order = ", ".join(f"{column} DESC" for column in ("filed_at", *self.keys))
        statement = (
            f"SELECT {self.columns} FROM {self.table} WHERE {' AND '.join(wanted)}"
            f" ORDER BY {order} LIMIT :limit"
        )
        parameters = {**values, **given, "tenant_id": tenant_id, "limit": limit}
        return (await connection.execute(text(statement), parameters)).all()
