"""People out of the lines of a file with one JSON object per line; pure. Lines count from 1."""

from pydantic import ValidationError

from dialer.importer.contacts import RowError
from dialer.importer.lines import BROKEN, Line, Overlong
from dialer.importer.listed import Listed, NewContact
from dialer.rows import RowCode


def read_line(row: int, line: Line) -> Listed | list[RowError]:
    """What a line says, or its mistakes."""
    if isinstance(line, Overlong):
        return [RowError(row, "", RowCode.VARIABLE_TOO_LONG)]
    if "\0" in line or BROKEN in line:
        return [RowError(row, "", RowCode.BAD_ENCODING)]
    try:
        return NewContact.model_validate_json(line).listed(row)
    except ValidationError as error:
        return row_errors(row, error)


def row_errors(row: int, error: ValidationError) -> list[RowError]:
    """Which fields of an object are not as they must be."""
    places = dict.fromkeys(_place(one["loc"]) for one in error.errors(include_input=False))
    return [RowError(row, place, _code(place, error)) for place in places]


def _place(location: tuple[int | str, ...]) -> str:
    """The field by its name in our models; of a name that is not ours, nothing is repeated."""
    first = str(location[0]) if location else ""
    return first if first in NewContact.model_fields else ""


def _code(place: str, error: ValidationError) -> RowCode:
    kinds = {
        one["type"] for one in error.errors(include_input=False) if _place(one["loc"]) == place
    }
    if place == "number" and "missing" in kinds:
        return RowCode.MISSING_NUMBER
    return RowCode.INVALID_VALUE if place else RowCode.MALFORMED_ROW
