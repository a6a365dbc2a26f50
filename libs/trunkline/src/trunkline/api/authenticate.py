"""Whose request it is: the key of its Authorization header, looked up and remembered shortly."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from trunkline.api.keys import Principal, StoredKey, parse_key, verified
from trunkline.api.recent import Recent

CACHE_SECONDS = 30.0  # so long may a revoked key still be good in another process
CACHE_KEYS = 1_000


class StoredKeys(Protocol):
    """Where keys are found."""

    async def find(self, key_id: str) -> StoredKey | None:
        """The key's row, if there is one."""

    async def touch(self, key_id: str) -> None:
        """Note that the key is in use."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    stored: StoredKey
    until: float


class Authenticator:
    """Knows who a key belongs to. Only keys whose secret was right are remembered."""

    def __init__(self, keys: StoredKeys, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._clock = clock
        self._remembered: Recent[str, _Remembered] = Recent(CACHE_KEYS)

    async def authenticate(self, authorization: str | None) -> Principal:
        """Raises `Unauthenticated`, which does not tell why."""
        key = parse_key(authorization)
        remembered = self._remembered.get(key.id)
        if remembered is not None and self._clock() < remembered.until:
            return verified(key, remembered.stored)
        asked_at = self._clock()
        stored = await self._keys.find(key.id)
        principal = verified(key, stored)
        if stored is not None:
            until = asked_at + min(CACHE_SECONDS, stored.usable_seconds)
            self._remembered.put(key.id, _Remembered(stored, until))
            await self._keys.touch(key.id)
        return principal

    def forget(self, key_id: str) -> None:
        """Ask the database at the next use: the key was revoked here."""
        self._remembered.drop(key_id)
