"""What the service is told from outside."""

import base64
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from intelligence_ingest.settings import IngestSettings

NEEDED: dict[str, Any] = {
    "kafka_bootstrap_servers": "127.0.0.1:9092",
    "database_url": "postgresql://u:p@127.0.0.1/db",
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_tokens": "secret",
    "ingest_num_keys": "k1:" + base64.b64encode(bytes(32)).decode(),
    "ingest_data_keys": Fernet.generate_key().decode(),
}


def settings(**values: Any) -> IngestSettings:
    return IngestSettings(_env_file=None, **NEEDED | values)


def test_the_keys_hide_numbers() -> None:
    vault = settings().vault()

    assert vault.decrypt(vault.encrypt("+14155550123")) == "+14155550123"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ingest_num_keys", "k1:short", "base64"),
        ("ingest_num_keys", "k1:" + base64.b64encode(b"short").decode(), "at least 32 bytes"),
        ("ingest_data_keys", "not-a-key", "Fernet"),
        ("ingest_words_days", 500, "words are kept no longer"),
        ("database_url", "mysql://x/y", "PostgreSQL"),
    ],
)
def test_a_setting_that_cannot_work_ends_the_start(name: str, value: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        settings(**{name: value})


def test_secrets_are_not_in_what_is_printed() -> None:
    printed = repr(settings())

    assert NEEDED["ingest_data_keys"] not in printed
    assert NEEDED["ingest_num_keys"] not in printed


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "https://conversations.twilio.com"),
        ({"twilio_api_base_url": "http://127.0.0.1:9"}, "http://127.0.0.1:9"),
        ({"twilio_conversations_base_url": "http://127.0.0.1:8"}, "http://127.0.0.1:8"),
    ],
)
def test_whoever_plays_twilio_plays_all_of_it(given: dict[str, str], expected: str) -> None:
    assert settings(**given).conversations_base_url == expected
