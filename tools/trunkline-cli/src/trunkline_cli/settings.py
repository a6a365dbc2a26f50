"""What the `trunkline` command is told from outside."""

from pathlib import Path

from pydantic import Field, field_validator

from trunkline.settings import Settings


class CliSettings(Settings):
    """Settings of the `trunkline` command and of the tests' servers."""

    trunkline_cache_dir: Path = Field(
        Path("~/.cache/trunkline"), description="Where Kafka's jars are kept, once per machine."
    )
    trunkline_state_dir: Path = Field(
        Path(".trunkline"),
        description="Where the local stack keeps its data, logs and generated credentials.",
    )

    @field_validator("trunkline_cache_dir", "trunkline_state_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()
