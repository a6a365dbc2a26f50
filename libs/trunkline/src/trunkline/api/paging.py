"""Pages of a list: `?limit=&cursor=` in, `{data, next_cursor}` out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query, Request
from pydantic import BaseModel

from trunkline.api.app import api_of
from trunkline.api.cursor import Cursors, Position
from trunkline.api.keys import Principal
from trunkline.api.times import from_microseconds

MAX_LIMIT = 1_000
DEFAULT_LIMIT = 100

T = TypeVar("T")
Row = TypeVar("Row")


class Page(BaseModel, Generic[T]):
    """One page; `next_cursor` is null on the last."""

    data: list[T]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Paging:
    """The page that a request asks for: `paging: Annotated[Paging, Depends(paging)]`."""

    limit: int
    cursor: str | None
    list_name: str
    cursors: Cursors

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than the page has, to know whether it is the last."""
        return self.limit + 1

    def after(self, principal: Principal) -> Position | None:
        """The row after which the page begins. Raises `MalformedCursor`."""
        if self.cursor is None:
            return None
        return self.cursors.decode(self.cursor, self._of_list(principal))

    def page(
        self,
        principal: Principal,
        rows: Sequence[Row],
        position: Callable[[Row], Position],
        show: Callable[[Row], T],
    ) -> Page[T]:
        """The page made of these rows, `fetch` of them at most."""
        shown = rows[: self.limit]
        more = len(rows) > self.limit
        cursor = (
            self.cursors.encode(position(shown[-1]), self._of_list(principal)) if more else None
        )
        return Page(data=[show(row) for row in shown], next_cursor=cursor)

    def _of_list(self, principal: Principal) -> str:
        return f"{principal.tenant_id}\n{self.list_name}"


def paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before.")] = None,
) -> Paging:
    """What the request asks for; the cursor is read later, when the tenant is known."""
    filters = sorted(
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in ("limit", "cursor")
    )
    return Paging(limit, cursor, f"{request.url.path}\n{filters}", api_of(request).cursors)


def keyset(
    after: Position | None, *, descending: bool = False, id_type: str = "uuid"
) -> tuple[str, dict[str, object]]:
    """SQL for a WHERE clause, and its parameters: the rows that come after a position.

    With `ORDER BY created_at, id` (both DESC if `descending`), an index on these columns, behind
    those of the filters, reads the page and nothing else.
    """
    if after is None:
        return "true", {}
    sign = "<" if descending else ">"
    # The id comes as text: the driver would insist on a value of the column's type.
    condition = (
        f"(created_at, id) {sign} (CAST(:after_created_at AS timestamptz),"
        f" CAST(CAST(:after_id AS text) AS {id_type}))"
    )
    return condition, {
        "after_created_at": from_microseconds(after.created_us),
        "after_id": after.id,
    }
