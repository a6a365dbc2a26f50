"""What the columns of a list mean, by their headings; pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dialer.importer.listed import FIELDS, Listed
from trunkline.errors import Invalid

VARIABLE = "variables."

_ALSO = {
    "number": ("phone", "phone_number", "telephone", "mobile", "to", "to_number", "msisdn"),
    "external_id": ("id", "contact_id", "customer_id"),
    "region": ("country", "country_code"),
    "timezone": ("time_zone", "tz"),
    "subdivision": ("state", "province"),
    "consent": ("consent_type",),
    "extension": ("ext",),
    "language": ("locale",),
}
_NAMES = {name: name for name in FIELDS} | {
    other: name for name, others in _ALSO.items() for other in others
}


class NoSuchList(Invalid):
    """The list as a whole cannot be read; its code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the fields and the variables stand in a row, and which columns mean nothing."""

    width: int
    fields: Mapping[str, int]
    variables: Mapping[str, int]
    ignored: Sequence[str]
    headings: Sequence[str]

    def listed(self, row: int, cells: Sequence[str]) -> Listed:
        """What a row says; cells that are missing at its end are empty."""
        return Listed(
            row,
            {name: text for name, at in self.fields.items() if (text := _cell(cells, at))},
            {name: text for name, at in self.variables.items() if (text := _cell(cells, at))},
        )

    def heading(self, name: str) -> str:
        """The file's own name of a field, or of a variable (`variables.name`)."""
        at = self.fields.get(name, self.variables.get(name.removeprefix(VARIABLE)))
        return name if at is None else self.headings[at]


def read_columns(
    headings: Sequence[str], chosen: Mapping[str, str], variables: Collection[str]
) -> Columns:
    """What each column is: as chosen (`{"Vorname": "variables.name"}`), else by its heading.

    Raises `NoSuchList` if no column is the number, or two are the same.
    """
    meant: dict[str, int] = {}
    ignored: list[str] = []
    for at, heading in enumerate(headings):
        name = chosen.get(heading.strip()) or _meaning(heading, variables)
        if not name:
            ignored.append(heading.strip())
        elif name in meant:
            raise NoSuchList("column_twice")
        else:
            meant[name] = at
    if "number" not in meant:
        raise NoSuchList("no_number_column")
    return Columns(
        len(headings),
        {name: at for name, at in meant.items() if name in FIELDS},
        {name.removeprefix(VARIABLE): at for name, at in meant.items() if VARIABLE in name},
        tuple(name for name in ignored if name),
        tuple(heading.strip() for heading in headings),
    )


def _meaning(heading: str, variables: Collection[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")
    if plain in variables:
        return VARIABLE + plain
    return _NAMES.get(plain, "")


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at].strip() if at < len(cells) else ""
