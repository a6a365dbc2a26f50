"""The settings blocks that services share. A service's own class inherits the blocks it needs.

Every name here is the name of an environment variable in lower case; a `.env` file in the working
directory is read too, and the environment wins. A missing or wrong value ends the start with a
sentence that names the variable.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Secrets = Annotated[tuple[SecretStr, ...], NoDecode]
"""Several secrets, comma-separated in the environment: see `split_list`."""


class LogFormat(StrEnum):
    """How log lines are written."""

    AUTO = "auto"
    JSON = "json"
    CONSOLE = "console"


class Settings(BaseSettings):
    """What all settings classes have in common: frozen, from the environment or `.env`."""

    model_config = SettingsConfigDict(
        frozen=True, env_file=".env", env_ignore_empty=True, extra="ignore"
    )


class LogSettings(Settings):
    """How a process logs."""

    log_format: LogFormat = Field(
        LogFormat.AUTO,
        description="json, console, or auto: console when standard error is a terminal.",
    )
    log_level: str = Field("info", description="Lowest level written: debug, info, warning, error.")
    log_pii: bool = Field(
        False, description="Write callers' words and numbers too. For a developer's machine only."
    )


class KafkaSettings(Settings):
    """Where the cluster is."""

    kafka_bootstrap_servers: str = Field(
        description="Comma-separated host:port list of Kafka brokers."
    )


class AgentSettings(Settings):
    """Where the agents are."""

    agents_dir: Path = Field(Path("agents"), description="Folder of the agent files, *.yaml.")


_SUBACCOUNT = re.compile(r"(AC[0-9a-f]{32}):([^|:\s]+(?:\|[^|:\s]+)*)")


class Subaccount(BaseModel):
    """A further Twilio account, and the auth tokens that are valid for it."""

    model_config = ConfigDict(frozen=True)

    sid: str
    auth_tokens: tuple[SecretStr, ...]


class TwilioSettings(Settings):
    """The Twilio accounts whose requests are accepted."""

    twilio_account_sid: str = Field(
        description="Account SID, AC followed by 32 hexadecimal digits."
    )
    twilio_auth_tokens: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        description="Comma-separated auth tokens; more than one while a token is being rotated.",
        min_length=1,
    )

    twilio_subaccounts: Annotated[tuple[Subaccount, ...], NoDecode] = Field(
        (),
        description="Further accounts whose requests are accepted, each with its auth tokens: "
        "AC...:token,AC...:token|next-token",
    )

    @field_validator("twilio_auth_tokens", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return split_list(value)

    @field_validator("twilio_subaccounts", mode="before")
    @classmethod
    def _split_accounts(cls, value: object) -> object:
        parts = split_list(value)
        return [_subaccount(part) for part in parts] if isinstance(parts, tuple | list) else parts

    @property
    def auth_tokens(self) -> Mapping[str, tuple[str, ...]]:
        """Every account's auth tokens, by its SID."""
        own = Subaccount(sid=self.twilio_account_sid, auth_tokens=self.twilio_auth_tokens)
        return {
            account.sid: tuple(token.get_secret_value() for token in account.auth_tokens)
            for account in (*self.twilio_subaccounts, own)
        }


def _subaccount(part: object) -> object:
    """Read AC...:token|token; what is a subaccount already is left alone."""
    if not isinstance(part, str):
        return part
    match = _SUBACCOUNT.fullmatch(part)
    if match is None:
        raise ValueError("each must be AC..., a colon and its auth token; more tokens after a |")
    return {"sid": match[1], "auth_tokens": match[2].split("|")}


def split_list(value: object) -> object:
    """Turn "a, b" into ("a", "b"), for settings that hold several values; leave the rest alone."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def peppers(values: Sequence[SecretStr], setting: str) -> dict[str, bytes]:
    """Keys that numbers are indexed with, by their ids. Raises `ValueError` with a sentence."""
    return dict(_pepper(value.get_secret_value(), setting) for value in values)


def _pepper(text: str, setting: str) -> tuple[str, bytes]:
    name, _, encoded = text.partition(":")
    try:
        return name, base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ValueError(f"{setting}: each is an id, a colon and base64") from None


S = TypeVar("S", bound=Settings)


def load_settings(cls: type[S]) -> S:
    """Read the settings, or end the process with a sentence for each variable that is not right."""
    try:
        return cls()
    except ValidationError as error:
        raise SystemExit("\n".join(explain(cls, error))) from None


def explain(cls: type[Settings], error: ValidationError) -> list[str]:
    """Say for each wrong variable what it is, what is wrong and where to mend it.

    Values are left out: they may be secrets.
    """
    sentences = []
    for problem in error.errors(include_input=False, include_url=False):
        name = str(problem["loc"][0]) if problem["loc"] else ""
        field = cls.model_fields.get(name)
        why = problem["msg"].removeprefix("Value error, ")
        wrong = "is not set" if problem["type"] == "missing" else f"is wrong: {why}"
        meaning = f" It means: {field.description}" if field and field.description else ""
        sentences.append(
            f"{name.upper()} {wrong.rstrip('.')}. Set it in the environment or in .env.{meaning}"
        )
    return sentences
