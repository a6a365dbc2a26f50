"""Who takes part in a run: accounts of the emulated Twilio, and the keys all processes share."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.fernet import Fernet

from trunkline.protect import NumberVault
from trunkline_cli.settings import CliSettings
from twilio_emulator.rest import Account

PEPPER = "chaos"


@dataclass(frozen=True, slots=True)
class Identities:
    """One account and its subaccounts, and every secret; made up for one run."""

    accounts: tuple[Account, ...]
    """The first owns the others."""
    ticket_key: str = field(repr=False)
    pepper: bytes = field(repr=False)
    data_key: str = field(repr=False)

    @classmethod
    def make(cls, subaccounts: int, cps: float) -> "Identities":
        """An account with so many subaccounts, each with so many calls per second."""
        own = _account(cps)
        others = (_account(cps, own.sid) for _ in range(subaccounts))
        key, data_key = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        return cls((own, *others), key, secrets.token_bytes(32), data_key)

    @property
    def vault(self) -> NumberVault:
        """Hides numbers as the dialer does."""
        return NumberVault({PEPPER: self.pepper}, [self.data_key])

    @property
    def subaccounts(self) -> str:
        """The setting TWILIO_SUBACCOUNTS."""
        return ",".join(f"{each.sid}:{each.auth_token}" for each in self.accounts[1:])

    @property
    def dialer_keys(self) -> Mapping[str, str]:
        """The settings that name the dialer's keys."""
        pepper = base64.b64encode(self.pepper).decode()
        return {"DIALER_NUM_KEYS": f"{PEPPER}:{pepper}", "DIALER_DATA_KEYS": self.data_key}

    def settings(self, state_dir: str) -> CliSettings:
        """Settings of a local stack in which these are known; what the environment says is not."""
        own = self.accounts[0]
        return CliSettings(
            trunkline_state_dir=state_dir,
            kafka_bootstrap_servers="",
            database_url="",
            public_url="",
            twilio_account_sid=own.sid,
            twilio_auth_tokens=own.auth_token,
            ticket_keys=self.ticket_key,
        )


def _account(cps: float, parent: str | None = None) -> Account:
    return Account(
        sid=f"AC{secrets.token_hex(16)}",
        auth_token=secrets.token_hex(16),
        parent_sid=parent,
        cps=cps,
    )
