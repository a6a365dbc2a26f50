"""Lost updates refused: who changes a thing names the version they have seen (RFC 9110, §13).

And answers that somebody has already are not sent again.
"""

import hashlib

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


def content_etag(body: bytes) -> str:
    """The strong validator of an answer that has no version: the same bytes, the same tag."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def is_known(header: str | None, tag: str) -> bool:
    """Whether If-None-Match names this tag, weak or strong, or any (`*`)."""
    named = [part.strip().removeprefix("W/") for part in (header or "").split(",")]
    return tag in named or "*" in named


def check_if_match(header: str | None, version: int) -> None:
    """Raise unless the header names this version, or any (`*`).

    A weak validator never matches: that is what If-Match asks for.
    """
    if header is None or not header.strip():
        raise PreconditionRequired
    named = [part.strip() for part in header.split(",")]
    if named != ["*"] and etag(version) not in named:
        raise PreconditionFailed(headers={"ETag": etag(version)})
