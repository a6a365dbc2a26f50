"""Writes `.env.example` from the settings classes: `python -m trunkline_cli.env_example`."""

import textwrap
from collections.abc import Iterator
from enum import Enum

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from dialer.settings import DialerSettings
from gateway.settings import GatewaySettings
from intelligence_ingest.settings import IngestSettings
from llm_worker.settings import WorkerSettings
from trunkline.settings import Settings
from trunkline_cli.paths import ROOT
from trunkline_cli.settings import CliSettings, DialerClientSettings, IngestClientSettings

FILE = ROOT / ".env.example"
CLASSES: tuple[type[Settings], ...] = (
    GatewaySettings,
    WorkerSettings,
    DialerSettings,
    IngestSettings,
    CliSettings,
    DialerClientSettings,
    IngestClientSettings,
)

_HEADING = """\
# Every setting, with its default. Copy this file to `.env`, or set variables in the environment,
# which wins. An empty value counts as not set.
#
# `trunkline up` and `make demo` need none of them: what is required and not set, they make up for
# the local stack. They choose the names and ports of the processes they start themselves.
# Written by `python -m trunkline_cli.env_example`.
"""


def example() -> str:
    """The text of `.env.example`."""
    return "\n".join([_HEADING, *_sections()])


def _sections() -> Iterator[str]:
    seen: set[str] = set()
    for cls in CLASSES:
        yield f"## {(cls.__doc__ or '').splitlines()[0]}\n"
        for name, field in cls.model_fields.items():
            if name not in seen:
                yield _entry(name, field)
        seen.update(cls.model_fields)


def _entry(name: str, field: FieldInfo) -> str:
    meaning = f"{field.description}{' Required.' if field.is_required() else ''}"
    comment = textwrap.fill(meaning, 98, initial_indent="# ", subsequent_indent="# ")
    default = "" if field.is_required() else _text(field.default)
    return f"{comment}\n{name.upper()}={default}\n"


def _text(default: object) -> str:
    """A default as one would write it."""
    match default:
        case None | ():
            return ""
        case SecretStr():
            return default.get_secret_value()
        case Enum():
            return str(default.value)
        case _:
            return str(default)


if __name__ == "__main__":
    FILE.write_text(example())
