"""API keys: `tk_<id>_<secret>`, what is stored of them, and what they allow.

The id finds the row and may be shown; the secret is 256 random bits and is stored nowhere, only
its SHA-256. A slow hash (argon2, bcrypt) protects secrets that people choose, which can be guessed.
One of 2²⁵⁶ cannot be, so it would buy nothing, and let anybody keep the service busy with wrong
keys.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from trunkline.api.problem import Problem

SECRET_BYTES = 32

_KEY = re.compile(r"tk_(?P<id>[0-9a-f]{32})_(?P<secret>[A-Za-z0-9_-]{43})")
_NOBODY = bytes(32)  # compared with when there is no such key, so that this takes as long


class Unauthenticated(Problem):
    """The request needs a valid API key."""

    status = 401
    code = "invalid_api_key"
    title = "The request needs a valid API key: Authorization: Bearer tk_…"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer realm="trunkline"'})


class InsufficientScope(Problem):
    """The key does not allow this."""

    status = 403
    code = "insufficient_scope"
    title = "The key does not allow this"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as its owner holds it. Its secret is left out of what is printed."""

    id: str
    secret: str = field(repr=False)

    def text(self) -> str:
        """The key as it is handed out, once."""
        return f"tk_{self.id}_{self.secret}"

    @property
    def prefix(self) -> str:
        """The beginning, to recognise it by."""
        return f"tk_{self.id[:8]}"

    @property
    def hash(self) -> bytes:
        """What is stored of the secret."""
        return hashlib.sha256(self.secret.encode()).digest()


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request: a key, and what it stands for."""

    key_id: str
    tenant_id: str
    scopes: frozenset[str]
    requests_per_second: float

    @property
    def actor(self) -> str:
        """The name under which the audit log knows it."""
        return f"key:{self.key_id}"

    def check(self, scope: str) -> None:
        """Raise unless the key has this scope."""
        if scope not in self.scopes:
            raise InsufficientScope(f"It needs the scope {scope}.")


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key as the database holds it; `usable_seconds` is 0 once it is revoked or expired."""

    principal: Principal
    hash: bytes = field(repr=False)
    usable_seconds: float


def parse_key(authorization: str | None) -> ApiKey:
    """The key in an Authorization header."""
    scheme, _, token = (authorization or "").partition(" ")
    found = _KEY.fullmatch(token.strip())
    if scheme.lower() != "bearer" or found is None:
        raise Unauthenticated
    return ApiKey(found["id"], found["secret"])


def verified(key: ApiKey, stored: StoredKey | None) -> Principal:
    """Whose key it is; takes as long for a wrong secret as for a key that does not exist."""
    matches = hmac.compare_digest(key.hash, stored.hash if stored else _NOBODY)
    if stored is None or not matches or stored.usable_seconds <= 0:
        raise Unauthenticated
    return stored.principal


def checked_scopes(scopes: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    """The scopes in order, without repetitions; `ValueError` names those the service has not."""
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in set(known)]
    if unknown or not wanted:
        raise ValueError(
            f"Unknown scopes: {', '.join(unknown) or 'none given'}."
            f" There are: {', '.join(sorted(known))}."
        )
    return tuple(wanted)
