"""Names of ours inside SQL text, where no parameter can stand."""

import re

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


def checked(name: str) -> str:
    """The schema's name, if it needs no quotes; anything else is a mistake in our own code."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"Not a plain name of a schema: {name!r}")
    return name
