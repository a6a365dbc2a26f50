"""Settings that cannot work end the start with a sentence, and show no secret."""

import base64
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from dialer.settings import DialerSettings
from dialer.twilio_api import Login

ACCOUNT, SUB = "AC" + "1" * 32, "AC" + "2" * 32
PEPPER = base64.b64encode(b"p" * 32).decode()


def settings(**values: Any) -> DialerSettings:
    given: dict[str, Any] = {
        "kafka_bootstrap_servers": "127.0.0.1:9092",
        "database_url": "postgresql://127.0.0.1/d",
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_tokens": "token,next",
        "public_url": "https://voice.example",
        "ticket_keys": Fernet.generate_key().decode(),
        "dialer_num_keys": f"k2:{PEPPER},k1:{PEPPER}",
        "dialer_data_keys": Fernet.generate_key().decode(),
    }
    return DialerSettings(**(given | values))


def test_accounts_sign_in_with_their_first_token_or_their_api_key() -> None:
    found = settings(
        twilio_subaccounts=f"{SUB}:subtoken", twilio_api_keys=f"{SUB}:SK1:secret"
    ).logins()

    assert found == {ACCOUNT: Login(ACCOUNT, "token"), SUB: Login("SK1", "secret")}


def test_the_first_key_is_for_new_rows() -> None:
    vault = settings().vault()

    assert [index.key for index in vault.indexes("acme", "+1")] == ["k2", "k1"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"dialer_num_keys": "k1:short"},
        {"dialer_num_keys": f"k1:{base64.b64encode(b'x').decode()}"},
        {"dialer_data_keys": "secret-nonsense"},
        {"twilio_api_keys": "secret-nonsense"},
        {"dialer_crash_at": "nowhere:1"},
        {"database_url": "sqlite:///x"},
    ],
)
def test_what_cannot_work_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_nobody_real_is_called_unless_it_was_said() -> None:
    assert not settings().dialer_live


def test_no_secret_is_in_what_is_shown() -> None:
    shown = repr(settings(dialer_allowed_destinations="+15005550101"))

    assert "token" not in shown.replace("auth_tokens", "")
    assert PEPPER not in shown
    assert "+15005550101" not in shown
