"""How long a key is remembered."""

from dataclasses import dataclass, field, replace

import pytest

from trunkline.api.authenticate import CACHE_KEYS, CACHE_SECONDS, Authenticator
from trunkline.api.keys import ApiKey, Principal, StoredKey, Unauthenticated


def key(n: int = 0) -> ApiKey:
    return ApiKey(f"{n:032x}", "x" * 43)


def stored(n: int = 0, usable_seconds: float = 1e9) -> StoredKey:
    principal = Principal(key(n).id, "acme", frozenset(), 20)
    return StoredKey(principal, key(n).hash, usable_seconds)


@dataclass
class Keys:
    """The keys of a database, and how often it was asked."""

    rows: dict[str, StoredKey] = field(default_factory=lambda: {key().id: stored()})
    asked: int = 0
    touched: list[str] = field(default_factory=list)

    async def find(self, key_id: str) -> StoredKey | None:
        self.asked += 1
        return self.rows.get(key_id)

    async def touch(self, key_id: str) -> None:
        self.touched.append(key_id)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def header(n: int = 0) -> str:
    return f"Bearer {key(n).text()}"


async def test_a_key_is_looked_up_once_in_a_while() -> None:
    keys, clock = Keys(), Clock()
    authenticator = Authenticator(keys, clock)
    for clock.now in (0, 1, CACHE_SECONDS - 0.1, CACHE_SECONDS, CACHE_SECONDS + 1):
        await authenticator.authenticate(header())

    assert (keys.asked, keys.touched) == (2, [key().id] * 2)


async def test_a_revoked_key_is_good_no_longer_than_it_is_remembered() -> None:
    keys, clock = Keys(), Clock()
    authenticator = Authenticator(keys, clock)
    await authenticator.authenticate(header())
    keys.rows[key().id] = replace(stored(), usable_seconds=0)
    clock.now = CACHE_SECONDS

    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(header())


async def test_a_key_is_not_remembered_beyond_its_expiry() -> None:
    keys, clock = Keys({key().id: stored(usable_seconds=5)}), Clock()
    authenticator = Authenticator(keys, clock)
    await authenticator.authenticate(header())
    keys.rows.clear()
    clock.now = 5

    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(header())


async def test_a_wrong_secret_is_refused_while_the_right_one_is_remembered() -> None:
    keys = Keys()
    authenticator = Authenticator(keys, Clock())
    await authenticator.authenticate(header())

    with pytest.raises(Unauthenticated):
        await authenticator.authenticate(header()[:-1] + "y")

    await authenticator.authenticate(header())

    assert keys.asked == 1


async def test_wrong_keys_are_not_remembered_and_drive_nobody_out() -> None:
    keys = Keys()
    authenticator = Authenticator(keys, Clock())
    await authenticator.authenticate(header())
    for n in range(1, CACHE_KEYS + 2):
        with pytest.raises(Unauthenticated):
            await authenticator.authenticate(header(n))
    asked = keys.asked
    await authenticator.authenticate(header())

    assert keys.asked == asked
