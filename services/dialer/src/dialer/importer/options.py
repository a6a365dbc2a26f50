"""How the customer wants a file to be read; pure."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from dialer.importer.listed import Strict


class Format(StrEnum):
    """What kind of file it is."""

    CSV = "csv"
    NDJSON = "ndjson"


class ImportOptions(Strict):
    """All of it can be left out."""

    delimiter: Annotated[str, Field(pattern="^[,;\t|]?$")] = Field(
        "", description="Between the cells of a CSV file; empty: found out from its first line."
    )
    encoding: Literal["", "utf-8", "utf-16", "windows-1252", "iso-8859-1"] = Field(
        "", description="Empty: UTF-8, or UTF-16 where that is seen."
    )
    columns: Annotated[dict[str, str], Field(max_length=200)] = Field(
        {},
        description="What columns are whose headings do not say it: fields, `variables.<name>`.",
        examples=[{"Vorname": "variables.first_name"}],
    )
    default_region: Annotated[str, Field(pattern="^([A-Z]{2})?$")] = Field(
        "", description="Country of numbers without one; empty: the campaign's."
    )
    skip_called_within_hours: Annotated[int, Field(ge=0, le=24 * 366)] = Field(
        0, description="Leave out numbers that were called so lately, by any campaign."
    )
