"""The Idempotency-Key of a request, and whether another request with it is the same one."""

import hashlib
import re
from dataclasses import dataclass

from trunkline.api.problem import Problem

# A quoted string (draft-ietf-httpapi-idempotency-key-header-07), or bare, as most clients send it.
_HEADER = re.compile(
    r'"(?P<quoted>[\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|(?P<bare>[\x21\x23-\x7e]{1,255})'
)


class IdempotencyKeyMissing(Problem):
    """The request needs an Idempotency-Key, so that it can be repeated without harm."""

    code = "idempotency_key_missing"
    title = "The request needs an Idempotency-Key"


class IdempotencyKeyInvalid(Problem):
    """An Idempotency-Key has 1 to 255 printable ASCII characters."""

    code = "idempotency_key_invalid"
    title = "An Idempotency-Key has 1 to 255 printable ASCII characters"


class IdempotencyKeyReused(Problem):
    """The Idempotency-Key was used for another request."""

    status = 422
    code = "idempotency_key_reused"
    title = "The Idempotency-Key was used for another request"


class StillRunning(Problem):
    """A request with this Idempotency-Key is still running."""

    status = 409
    code = "request_still_running"
    title = "A request with this Idempotency-Key is still running"
    retryable = True


@dataclass(frozen=True, slots=True)
class Claim:
    """One use of a key: the scope in which it is unique, and the request it stands for.

    `key` is a hash: clients put anything into it, numbers too. It also salts the fingerprint, so
    that a short body cannot be guessed from that.
    """

    tenant_id: str
    method: str
    path: str
    key: str
    fingerprint: bytes

    def lock(self, schema: str) -> int:
        """A number for PostgreSQL's advisory lock; two claims share one once in 2⁶⁴."""
        text = "\n".join([schema, self.tenant_id, self.method, self.path, self.key])
        return int.from_bytes(_sha256(text.encode())[:8], "big", signed=True)


def claim(header: str | None, tenant_id: str, method: str, path: str, body: bytes) -> Claim:
    """What the header and the request amount to. `body` is the body itself, or a digest of it."""
    key = _key(header)
    return Claim(
        tenant_id=tenant_id,
        method=method,
        path=path,
        key=_sha256(b"idempotency-key\n" + key).hex(),
        fingerprint=_sha256(len(key).to_bytes(2, "big") + key + body),
    )


def _key(header: str | None) -> bytes:
    if header is None:
        raise IdempotencyKeyMissing
    found = _HEADER.fullmatch(header.strip())
    if found is None:
        raise IdempotencyKeyInvalid
    return (found["quoted"] or found["bare"]).encode()


def _sha256(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
