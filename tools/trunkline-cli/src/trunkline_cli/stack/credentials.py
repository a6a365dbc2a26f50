"""The Twilio account and the ticket key of a local stack, made up once where none is set."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

from trunkline_cli.files import write_private


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the gateways check signatures with and encrypt tickets with."""

    account_sid: str
    auth_tokens: tuple[str, ...] = field(repr=False)
    ticket_keys: tuple[str, ...] = field(repr=False)


def local_credentials(path: Path) -> Credentials:
    """Read the file, or make it: they stay the same, so that tickets outlive a restart."""
    if not path.exists():
        made = Credentials(
            account_sid=f"AC{secrets.token_hex(16)}",
            auth_tokens=(secrets.token_hex(16),),
            ticket_keys=(Fernet.generate_key().decode(),),
        )
        write_private(path, json.dumps(asdict(made)))
    kept = json.loads(path.read_text())
    return Credentials(kept["account_sid"], tuple(kept["auth_tokens"]), tuple(kept["ticket_keys"]))
