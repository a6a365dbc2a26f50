"""Lost updates refused: who changes a thing names the version they have seen (RFC 9110, §13)."""

from trunkline.api.problem import Problem


class PreconditionRequired(Problem):
    """The request must say which version it changes, in If-Match."""

    status = 428
    code = "if_match_required"
    title = "The request must say which version it changes, in If-Match"


class PreconditionFailed(Problem):
    """It was changed since: read it again."""

    status = 412
    code = "version_changed"
    title = "It was changed since it was read"


def etag(version: int) -> str:
    """The strong validator of a thing's version."""
    return f'"{version}"'


def check_if_match(header: str | None, version: int) -> None:
    """Raise unless the header names this version, or any (`*`).

    A weak validator never matches: that is what If-Match asks for.
    """
    if header is None or not header.strip():
        raise PreconditionRequired
    named = [part.strip() for part in header.split(",")]
    if named != ["*"] and etag(version) not in named:
        raise PreconditionFailed(headers={"ETag": etag(version)})
