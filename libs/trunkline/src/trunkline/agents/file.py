"""The form of an agent file, and its published JSON Schema."""

import json
from typing import Annotated, Any

from pydantic import Field

from trunkline.agents import AgentBody


class AgentFile(AgentBody):
    """One agent, as its file is written. The file's version is computed, never written."""

    knowledge: tuple[Annotated[str, Field(examples=["receptionist/hours.md"])], ...] = Field(
        (), description="Paths of the agent's documents, beginning at the agent file's folder."
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an agent file."""
    schema = AgentFile.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Trunkline agent",
    }


def schema_text() -> str:
    """Return the schema as it is published in `agents/schema.json`."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
