"""The Twilio account and the keys of a local stack, made up once where none is set."""

import base64
import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from trunkline_cli.files import write_private


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signatures are checked with, and what tickets, numbers and words are hidden with."""

    account_sid: str
    auth_tokens: tuple[str, ...] = field(repr=False)
    ticket_keys: tuple[str, ...] = field(repr=False)
    number_keys: str = field(repr=False)
    """That numbers are indexed with, as a setting: id:base64."""
    data_keys: str = field(repr=False)


def local_credentials(path: Path) -> Credentials:
    """Read the file, or make it: they stay the same, so that tickets and rows outlive a restart.

    What a file of an earlier version lacks is added to it.
    """
    made = _made_up()
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    if made.keys() - kept.keys():
        kept = made | kept
        write_private(path, json.dumps(kept))
    tokens, tickets = tuple(kept["auth_tokens"]), tuple(kept["ticket_keys"])
    return Credentials(kept["account_sid"], tokens, tickets, kept["number_keys"], kept["data_keys"])


def _made_up() -> dict[str, Any]:
    pepper = base64.b64encode(secrets.token_bytes(32)).decode()
    return asdict(
        Credentials(
            account_sid=f"AC{secrets.token_hex(16)}",
            auth_tokens=(secrets.token_hex(16),),
            ticket_keys=(Fernet.generate_key().decode(),),
            number_keys=f"local:{pepper}",
            data_keys=Fernet.generate_key().decode(),
        )
    )
