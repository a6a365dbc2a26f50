"""Lists of Intelligence, cut into pages, in the form that has a `meta`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from urllib.parse import urlencode

from twilio_emulator.rest.listing import Position

Json = dict[str, object]
Row = tuple[int, Json]
"""What is shown, behind a number by which the rows of a list ascend, and which they keep."""


def page_json(
    key: str, rows: Iterable[Row], position: Position, url: str, query: Sequence[tuple[str, str]]
) -> Json:
    """A page of the list. Its links carry the filters on, and do not shift with new rows."""
    found, is_more = _cut(rows, position)
    filters = [pair for pair in query if pair[0] not in ("Page", "PageToken", "PageSize")]
    filters.append(("PageSize", str(position.size)))

    def link(number: int, token: str | None) -> str:
        shown = [*filters, ("Page", str(number))]
        return f"{url}?{urlencode([*shown, ('PageToken', token)] if token else shown)}"

    number = position.number
    following = link(number + 1, f"PA{found[-1][0]}") if is_more and found else None
    previous = link(number - 1, f"PB{found[0][0]}") if number and found else None
    return {
        key: [shown for _, shown in found],
        "meta": {
            "key": key,
            "page": number,
            "page_size": position.size,
            "first_page_url": link(0, None),
            "previous_page_url": previous,
            "url": link(number, position.token),
            "next_page_url": following,
        },
    }


def _cut(rows: Iterable[Row], position: Position) -> tuple[list[Row], bool]:
    """The rows of a page, and whether there are more behind it."""
    size, token = position.size, position.token or ""
    mark = _mark(token)
    if mark is not None and token.startswith("PB"):
        return [row for row in rows if row[0] < mark][-size:], True
    if mark is None:
        rows = islice(rows, position.number * size, None)
    else:
        rows = (row for row in rows if row[0] > mark)
    found = list(islice(rows, size + 1))
    return found[:size], len(found) > size


def _mark(token: str) -> int | None:
    digits = token[2:].removeprefix("-")
    return int(token[2:]) if token[:2] in ("PA", "PB") and digits.isdecimal() else None
