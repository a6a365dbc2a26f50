"""The accounts there are, and who may act for them. Pure."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from twilio_emulator.rest.errors import unauthorized


@dataclass(slots=True, kw_only=True)
class Account:
    """An account or, with a parent, a subaccount. Its rate and status may change at any time."""

    sid: str
    auth_token: str = field(repr=False)
    parent_sid: str | None = None
    api_keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Secrets by SK sid."""

    cps: float = 1.0
    """Calls dialled a second, in real seconds; what comes faster waits."""

    numbers: Mapping[str, str] = field(default_factory=dict)
    """Voice URLs of the numbers it owns. Without any, every number may be a From."""

    applications: Mapping[str, str] = field(default_factory=dict)
    """Voice URLs by AP sid."""

    configurations: Mapping[str, str] = field(default_factory=dict)
    """Webhook URLs of what TwiML may name as `conversationConfiguration`."""

    friendly_name: str = "Emulated account"
    status: Literal["active", "suspended"] = "active"
    balance: str = "100.00"

    def owns(self, number: str) -> bool:
        return not self.numbers or number in self.numbers


class Accounts:
    """Accounts by sid."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.by_sid = {account.sid: account for account in accounts}

    def authenticate(self, authorization: str) -> list[Account]:
        """The accounts that these credentials reach, the owner first; raises `ApiError`."""
        user, secret = _basic(authorization)
        owner = next((each for each in self.by_sid.values() if _opens(each, user, secret)), None)
        if owner is None:
            raise unauthorized()
        children = [each for each in self.by_sid.values() if each.parent_sid == owner.sid]
        return [owner, *children]


def _opens(account: Account, user: str, secret: str) -> bool:
    expected = account.auth_token if user == account.sid else account.api_keys.get(user)
    return expected is not None and hmac.compare_digest(expected.encode(), secret.encode())


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise unauthorized()
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise unauthorized() from None
    return user, secret
