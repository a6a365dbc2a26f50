"""What pydantic found wrong with a request, as field errors that repeat nothing of it."""

import re
from collections.abc import Mapping, Sequence

from trunkline.api.problem import FieldError

MAX_ERRORS = 50  # a list of thousands with the same mistake is explained well enough

# Names that a program or a person gives to a field. Anything else may be data: somebody used a
# phone number as the name of a variable.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_HIDDEN = "…"

# Messages of pydantic's that quote the input.
_QUOTING = {
    "assertion_error": "is not as it must be",
    "union_tag_invalid": "names a kind that is not known here",
    "uuid_parsing": "must be a UUID",
    "url_parsing": "must be a URL",
}


def field_errors(found: Sequence[Mapping[str, object]]) -> tuple[FieldError, ...]:
    """The first mistakes, in the order of the request."""
    return tuple(_field_error(one) for one in found[:MAX_ERRORS])


def _field_error(one: Mapping[str, object]) -> FieldError:
    code = str(one["type"])
    message = str(one["msg"]).removeprefix("Value error, ")
    location = one["loc"]
    return FieldError(
        pointer=_pointer(location if isinstance(location, tuple) else ()),
        code=code,
        detail=_QUOTING.get(code, message),
    )


def _pointer(location: tuple[object, ...]) -> str:
    place, *rest = location or ("body",)
    parts = [_part(part) for part in rest]
    if place != "body":
        return "/".join([str(place), *parts])
    # In JSON that cannot be read, the only part is a position in the text.
    return "#" + "".join(f"/{part}" for part in parts)


def _part(part: object) -> str:
    if isinstance(part, int) or (isinstance(part, str) and _NAME.fullmatch(part)):
        return str(part)
    return _HIDDEN
