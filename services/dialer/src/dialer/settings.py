"""What one dialer process is told from outside."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from dialer.crash import crash_points
from dialer.importer.workers import Keys
from dialer.twilio_api import Login
from trunkline.database.settings import DatabaseSettings
from trunkline.protect import NumberVault
from trunkline.settings import (
    AgentSettings,
    KafkaSettings,
    LogSettings,
    Secrets,
    TwilioSettings,
    peppers,
    split_list,
)


class DialerSettings(KafkaSettings, DatabaseSettings, TwilioSettings, AgentSettings, LogSettings):
    """Settings of the dialer."""

    dialer_id: str = Field("dialer-1", description="Unique name of this process.")
    dialer_host: str = Field("127.0.0.1", description="Address the API listens on.")
    dialer_port: int = Field(8082, ge=0, description="Port of the API.")
    dialer_internal_host: str = Field(
        "127.0.0.1", description="Address the internal port listens on."
    )
    dialer_internal_port: int = Field(
        9082, ge=0, description="Internal port: health, readiness, metrics."
    )
    public_url: str = Field(
        description="Where Twilio reaches the gateways: https://host, without a path."
    )
    ticket_keys: Secrets = Field(
        description="Comma-separated Fernet keys of the tickets in URLs, those of the gateways.",
        min_length=1,
    )
    twilio_api_keys: Secrets = Field(
        (),
        description="API keys to sign in with instead of auth tokens, comma-separated: "
        "AC...:SK...:secret",
    )
    twilio_api_base_url: str = Field(
        "https://api.twilio.com", description="Twilio's REST API, or what plays it."
    )
    dialer_num_keys: Secrets = Field(
        description="Keys that telephone numbers are indexed with, comma-separated id:base64 of 32 "
        "bytes or more; the first is for new rows.",
        min_length=1,
    )
    dialer_data_keys: Secrets = Field(
        description="Comma-separated Fernet keys that encrypt numbers and variables; the first is "
        "for new rows.",
        min_length=1,
    )
    dialer_live: bool = Field(
        False, description="Ring up real people. Without it Twilio itself is asked for no call."
    )
    dialer_allowed_destinations: Secrets = Field(
        (), description="Comma-separated E.164 numbers that may be rung up without DIALER_LIVE."
    )
    dialer_posts_at_once: int = Field(
        200, ge=1, le=2000, description="Requests to place a call that may wait for their answers."
    )
    dialer_drain_seconds: float = Field(
        30.0, ge=0, description="How long requests may wait for their answers after SIGTERM."
    )
    dialer_import_processes: int = Field(
        2, ge=0, le=32, description="Processes that make the rows of large lists ready; 0: none."
    )
    dialer_crash_at: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="For tests: die at these points, comma-separated name:probability."
    )

    @field_validator(
        "ticket_keys", "twilio_api_keys", "dialer_num_keys", "dialer_data_keys",
        "dialer_allowed_destinations", "dialer_crash_at", mode="before",
    )  # fmt: skip
    @classmethod
    def _split_lists(cls, value: object) -> object:
        return split_list(value)

    @field_validator("dialer_crash_at")
    @classmethod
    def _are_points(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        crash_points(value)
        return value

    @model_validator(mode="after")
    def _keys_work(self) -> Self:
        self.vault()
        self.logins()
        return self

    def keys(self) -> Keys:
        """What hides numbers and texts, to be handed on. Raises `ValueError` for what is none."""
        indexing = peppers(self.dialer_num_keys, "DIALER_NUM_KEYS")
        return Keys(indexing, tuple(secrets(self.dialer_data_keys)))

    def vault(self) -> NumberVault:
        """What hides numbers and texts."""
        return self.keys().vault()

    def logins(self) -> Mapping[str, Login]:
        """How each account signs in: by its API key if it has one."""
        tokens = {sid: Login(sid, tokens[0]) for sid, tokens in self.auth_tokens.items()}
        return tokens | dict(_api_key(key.get_secret_value()) for key in self.twilio_api_keys)


def secrets(values: tuple[SecretStr, ...]) -> list[str]:
    """The values in clear, for those who use them."""
    return [value.get_secret_value() for value in values]


def _api_key(text: str) -> tuple[str, Login]:
    parts = text.split(":")
    if len(parts) != 3 or not parts[0].startswith("AC"):
        raise ValueError("TWILIO_API_KEYS: each is AC..., SK... and the secret, with colons")
    return parts[0], Login(parts[1], parts[2])
