"""What the `trunkline` command is told from outside."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from trunkline.settings import Settings, split_list


class CliSettings(Settings):
    """Settings of the `trunkline` command. What is empty here is made up for the local stack."""

    trunkline_cache_dir: Path = Field(
        Path("~/.cache/trunkline"), description="Where Kafka's jars are kept, once per machine."
    )
    trunkline_state_dir: Path = Field(
        Path(".trunkline"),
        description="Where the local stack keeps its data, logs and generated credentials.",
    )
    agents_dir: Path = Field(Path("agents"), description="Folder of the agent files, *.yaml.")
    kafka_bootstrap_servers: str = Field(
        "", description="Comma-separated host:port list of Kafka brokers."
    )
    database_url: SecretStr = Field(
        SecretStr(""),
        description="PostgreSQL to use instead of a local one: postgresql://user:password@host/name",
    )
    public_url: str = Field(
        "", description="Base URL where Twilio reaches the gateways: https://voice.example.com."
    )
    twilio_account_sid: str = Field(
        "", description="Account SID, AC followed by 32 hexadecimal digits."
    )
    twilio_auth_tokens: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Comma-separated auth tokens; more than one while a token is being rotated."
    )
    twilio_api_base_url: str = Field(
        "https://api.twilio.com", description="Twilio's REST API, or what stands in for it."
    )
    tool_hosts: str = Field(
        "", description="Hosts that tools may call; empty: the sample agents' own clinic alone."
    )
    ticket_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Comma-separated Fernet keys for tickets in URLs and parameters."
    )

    dialer_num_keys: SecretStr = Field(
        SecretStr(""), description="Keys that the dialer indexes numbers with."
    )
    dialer_data_keys: SecretStr = Field(
        SecretStr(""), description="Keys that the dialer encrypts with."
    )
    ingest_num_keys: SecretStr = Field(
        SecretStr(""), description="Keys that intelligence-ingest indexes numbers with."
    )
    ingest_data_keys: SecretStr = Field(
        SecretStr(""), description="Keys that intelligence-ingest encrypts with."
    )

    @field_validator("trunkline_cache_dir", "trunkline_state_dir", "agents_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("twilio_auth_tokens", "ticket_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return split_list(value)

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must start with https:// (or http:// on this machine)")
        return value.rstrip("/")


class DialerClientSettings(Settings):
    """Settings of `trunkline campaign` and `trunkline call`."""

    dialer_url: str = Field("http://127.0.0.1:8082", description="Where the dialer's API is.")
    dialer_api_key: SecretStr = Field(
        description="API key that `python -m dialer create-key` has made: tk_..."
    )


class IngestClientSettings(Settings):
    """Settings of `trunkline calls`."""

    ingest_url: str = Field(
        "http://127.0.0.1:8083", description="Where the API of intelligence-ingest is."
    )
    ingest_api_key: SecretStr = Field(
        description="API key that `python -m intelligence_ingest create-key` has made: tk_..."
    )


def inherited_environment() -> dict[str, str]:
    """The environment that processes we start get, to be added to."""
    return dict(os.environ)  # noqa: TID251  # handed on as it is, nothing is read from it
