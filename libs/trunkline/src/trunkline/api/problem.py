"""Errors as an API tells them: application/problem+json (RFC 9457).

Each error owns its status, code and title; it stands next to the code that raises it, and those
here belong to all. `detail` and `errors` say what is wrong with a request and never repeat what
stood in it, which may be a number or somebody's words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

from trunkline.errors import TrunklineError

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one part of a request.

    `pointer` leads to it: a JSON pointer as a fragment for the body (`#/contacts/3/number`), and
    for the rest its place and name (`query/limit`).
    """

    pointer: str
    code: str
    detail: str


class Problem(TrunklineError):
    """The request cannot be served."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "The request cannot be served"
    retryable: ClassVar[bool] = False
    """Whether the same request, unchanged, may succeed later."""

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def document(self, trace_id: str) -> dict[str, object]:
        """The body of the answer. Clients decide by `code`, which never changes its meaning."""
        optional = {
            "detail": self.detail,
            "errors": [asdict(error) for error in self.errors],
        }
        return {
            "type": f"urn:trunkline:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "retryable": self.retryable,
            "trace_id": trace_id,
            **{name: value for name, value in optional.items() if value},
        }


class InvalidRequest(Problem):
    """Parts of the request are not as they must be."""

    status = 422
    code = "invalid_request"
    title = "Parts of the request are not as they must be"


class NotFound(Problem):
    """There is no such thing, or it is not this key's to see."""

    status = 404
    code = "not_found"
    title = "There is no such thing"


class MethodNotAllowed(Problem):
    """The address does not know this method."""

    status = 405
    code = "method_not_allowed"
    title = "The address does not know this method"


class RequestTimeout(Problem):
    """The body came too slowly."""

    status = 408
    code = "request_timeout"
    title = "The body came too slowly"
    retryable = True


class Conflict(Problem):
    """The thing's present state does not allow it."""

    status = 409
    code = "conflict"
    title = "The present state does not allow this"


class BodyTooLarge(Problem):
    """The body is larger than this API accepts."""

    status = 413
    code = "body_too_large"
    title = "The body is larger than accepted here"


class UnsupportedMediaType(Problem):
    """The body is of a type that is not understood here."""

    status = 415
    code = "unsupported_media_type"
    title = "The body's type is not understood here"


class InternalError(Problem):
    """A mistake of the service itself."""

    status = 500
    code = "internal_error"
    title = "The service made a mistake"


class Unavailable(Problem):
    """Something that the service needs does not work now."""

    status = 503
    code = "unavailable"
    title = "The service cannot do this now"
    retryable = True
