"""Where a page of a list ends: an opaque, signed cursor over (created_at, id).

Pages stay stable while rows are added, and the next page costs as much as the first. The signature
covers the list that the cursor belongs to, so that a cursor can neither be made up nor be used for
another tenant, address or filter.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from trunkline.api.problem import Problem

_SIGNATURE_BYTES = 16
_MAX_LENGTH = 300


class MalformedCursor(Problem):
    """The cursor is not one that this list has given out."""

    code = "invalid_cursor"
    title = "The cursor is not one that this list has given out"


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page. `created_us` is Unix time in microseconds, the database's own."""

    created_us: int
    id: str


class Cursors:
    """Makes and reads cursors. The first secret signs; all are accepted, for rotation."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets or not all(secrets):
            raise ValueError("A cursor needs a secret to be signed with.")
        self._secrets = tuple(secrets)

    def encode(self, position: Position, of_list: str) -> str:
        """The cursor after which the list goes on. `of_list` names the list and its filters."""
        body = f"{position.created_us}.{position.id}".encode()
        signature = _signature(self._secrets[0], body, of_list)
        return base64.urlsafe_b64encode(signature + body).decode().rstrip("=")

    def decode(self, cursor: str, of_list: str) -> Position:
        """Raises `MalformedCursor` for anything that `encode` did not give out for this list."""
        raw = _unpacked(cursor)
        signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not any(
            hmac.compare_digest(signature, _signature(secret, body, of_list))
            for secret in self._secrets
        ):
            raise MalformedCursor
        created_us, _, row_id = body.decode().partition(".")
        return Position(int(created_us), row_id)


def _unpacked(cursor: str) -> bytes:
    if len(cursor) > _MAX_LENGTH:
        raise MalformedCursor
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise MalformedCursor from None


def _signature(secret: bytes, body: bytes, of_list: str) -> bytes:
    text = len(of_list).to_bytes(4, "big") + of_list.encode() + body
    return hmac.digest(secret, text, hashlib.sha256)[:_SIGNATURE_BYTES]
