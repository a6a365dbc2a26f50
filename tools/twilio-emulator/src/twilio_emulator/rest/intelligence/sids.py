"""Names derived from what they name: the same conversation has the same ones, always. Pure."""

from __future__ import annotations

import hashlib


def derived_sid(prefix: str, *parts: str) -> str:
    """A sid of the classic kind: two letters and 32 hexadecimal digits."""
    return prefix + _digest(parts)[:32]


def derived_id(prefix: str, *parts: str) -> str:
    """An id of the newer kind, such as `conv_conversation_` and 26 characters."""
    return f"{prefix}_{_digest(parts)[:26]}"


def fraction(*parts: str) -> float:
    """A number from 0 to 1 that looks drawn and is not."""
    return int(_digest(parts)[:8], 16) / 0xFFFFFFFF


def _digest(parts: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
