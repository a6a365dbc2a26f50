"""What one gateway process is told from outside."""

from math import ceil
from pathlib import Path
from typing import Annotated

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from trunkline.settings import AgentSettings, KafkaSettings, LogSettings, TwilioSettings, split_list


class GatewaySettings(KafkaSettings, TwilioSettings, AgentSettings, LogSettings):
    """Settings of the gateway."""

    public_url: str = Field(
        description="Base URL where Twilio reaches the gateways: https://voice.example.com. "
        "Signatures are checked against it, never against request headers."
    )
    ticket_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        description="Comma-separated Fernet keys for tickets in URLs and parameters; the first "
        "encrypts, all decrypt.",
        min_length=1,
    )
    gateway_id: str = Field("gateway-1", description="Unique name of this process.")
    gateway_url: str = Field(
        "", description="Base URL that leads to this process alone; accepted beside PUBLIC_URL."
    )
    gateway_host: str = Field("127.0.0.1", description="Address the public port listens on.")
    gateway_port: int = Field(8080, ge=0, description="Public port: Twilio's webhooks and sockets.")
    gateway_internal_host: str = Field(
        "127.0.0.1", description="Address the internal port listens on."
    )
    gateway_internal_port: int = Field(
        9080, ge=0, description="Internal port: health, readiness, metrics."
    )
    gateway_slots: int = Field(500, ge=1, description="Calls this process holds at the most.")
    gateway_inbound_reserve: int | None = Field(
        None,
        ge=0,
        description="Of the slots, how many outbound calls leave to inbound ones; not set: a "
        "tenth, rounded up.",
    )
    gateway_drain_seconds: float = Field(
        3600.0, ge=0, description="How long live calls may go on after SIGTERM."
    )
    gateway_topic_creates_per_second: float = Field(
        10.0, ge=0, description="Call topics this process creates per second; 0: none at all."
    )
    gateway_callers_mib: int = Field(
        128,
        ge=0,
        description="Memory for the people whom campaigns have called, who may call back, in MiB; "
        "0: nobody is known.",
    )
    gateway_frame_log: Path | None = Field(
        None, description="File for one JSON line per socket frame, without any words; for tests."
    )

    @property
    def inbound_reserve(self) -> int:
        """Slots kept for inbound calls; by default never all of them."""
        if self.gateway_inbound_reserve is not None:
            return self.gateway_inbound_reserve
        return min(ceil(self.gateway_slots / 10), self.gateway_slots - 1)

    @field_validator("ticket_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        return split_list(value)

    @field_validator("ticket_keys")
    @classmethod
    def _are_fernet_keys(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for key in keys:
            try:
                Fernet(key.get_secret_value())
            except ValueError:
                raise ValueError("each must be 32 bytes in URL-safe base64") from None
        return keys

    @field_validator("public_url", "gateway_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with https:// (or http:// on this machine)")
        return value.rstrip("/")
