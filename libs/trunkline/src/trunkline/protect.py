"""Numbers out of sight: an index that only we can compute, and a text that only we can read.

The index is keyed because a plain hash of a telephone number is found by trying them all. It covers
the tenant, so that the same person is not the same row for two of them.

Both kinds of key can be rotated while calls go on. New rows use the first key; a look-up asks for
the number under all of them. Two processes that know different keys still exclude each other, as
long as they have one in common: locks are taken under every key.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from trunkline.errors import Invalid

MIN_KEY_BYTES = 32
_BYTES = 16  # half of SHA-256: no two numbers meet, and a million rows have smaller indexes


@dataclass(frozen=True, slots=True)
class Index:
    """A number under one key: `num_key` and `num_hmac`."""

    key: str
    hmac: bytes


class NumberVault:
    """Hides numbers, and finds them again. The first key of each kind is used for new rows."""

    def __init__(self, peppers: Mapping[str, bytes], fernet_keys: Sequence[str]) -> None:
        if not peppers or min(map(len, peppers.values())) < MIN_KEY_BYTES:
            raise ValueError(f"A pepper has at least {MIN_KEY_BYTES} bytes, and there is one.")
        self._peppers = dict(peppers)
        self._fernet = MultiFernet([Fernet(key) for key in fernet_keys])

    def index(self, tenant_id: str, e164: str) -> Index:
        """What a new row is stored under."""
        return self.indexes(tenant_id, e164)[0]

    def indexes(self, tenant_id: str, e164: str) -> tuple[Index, ...]:
        """What rows of the number may be stored under, that of new ones first."""
        message = f"{tenant_id}\0{e164}".encode()
        return tuple(
            Index(key, hmac.digest(pepper, message, hashlib.sha256)[:_BYTES])
            for key, pepper in self._peppers.items()
        )

    def locks(self, tenant_id: str, e164: str) -> list[int]:
        """Advisory locks that exclude everybody else from the number, in the order to take them."""
        found = (index.hmac for index in self.indexes(tenant_id, e164))
        return sorted(int.from_bytes(value[:8], signed=True) for value in found)

    def is_current(self, key: str) -> bool:
        """Whether rows under this key need no new index."""
        return key == next(iter(self._peppers))

    def encrypt(self, text: str) -> bytes:
        """The text, for a column that ends in `_enc`."""
        return self._fernet.encrypt(text.encode())

    def decrypt(self, value: bytes) -> str:
        """Raises `Invalid` if none of the keys fits."""
        try:
            return self._fernet.decrypt(value).decode()
        except (InvalidToken, UnicodeError):
            raise Invalid("Not encrypted with a key of ours.") from None

    def rotate(self, value: bytes) -> bytes:
        """The same text under the newest key; raises `Invalid` if none of the keys fits."""
        try:
            return self._fernet.rotate(value)
        except InvalidToken:
            raise Invalid("Not encrypted with a key of ours.") from None
