"""Which models an agent asks."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from trunkline.agents.part import OptionalToolName, Part, Seconds


class Provider(StrEnum):
    """Who runs a model."""

    OFFLINE = "offline"
    SCRIPTED = "scripted"
    GROQ = "groq"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"
    DEEPSEEK = "deepseek"
    OLLAMA = "ollama"
    VLLM = "vllm"


_NEEDS_NO_NAME = (Provider.OFFLINE, Provider.SCRIPTED)
EXAMPLES = {
    Provider.GROQ: "openai/gpt-oss-20b",
    Provider.OPENAI: "gpt-6-luna",
    Provider.ANTHROPIC: "claude-haiku-5-5",
    Provider.GEMINI: "gemini-3-flash",
    Provider.DEEPSEEK: "deepseek-flash",
    Provider.OLLAMA: "qwen3",
    Provider.VLLM: "the name it serves",
}
"""A model of each provider that speaks well enough on a telephone."""


class Rule(Part):
    """A rule of a scripted model: the first that fits is followed.

    `say` and the arguments may hold {{variables}}, {{1}}, {{2}} ... for the groups of `when`, and
    {{result.key}} for what the tool answered.
    """

    when: Annotated[str, Field(max_length=200)] = Field(
        "", description="Regular expression for what the caller said last."
    )
    after: OptionalToolName = Field(
        "", description="Follow the rule when this tool has answered; then `when` is not asked."
    )
    status: Literal["", "succeeded", "failed", "unknown"] = Field(
        "", description="... and has ended so; empty: however it ended."
    )
    language: str = Field("", description="Only in this language; empty: in any.")
    say: str = Field("", description="What is said.")
    call: OptionalToolName = Field("", description="Tool or action that is used.")
    arguments: dict[str, str | int | float | bool] = Field({}, description="Its arguments.")

    @model_validator(mode="after")
    def _is_a_rule(self) -> Self:
        if not self.when and not self.after:
            raise ValueError("give when or after")
        if not self.say and not self.call:
            raise ValueError("give say or call")
        return self


class ModelChoice(Part):
    """A model to ask, with its limits. The first of the list that answers is used."""

    provider: Provider = Field(
        description="offline answers from the documents; it needs no key and no network."
    )
    name: str = Field("", description="The provider's model name; offline and scripted need none.")
    temperature: float | None = Field(None, ge=0, le=2, description="Left to the model if not set.")
    reasoning_effort: Literal["", "none", "minimal", "low", "medium", "high"] = Field(
        "", description="How long the model may think before it speaks; left to it if empty."
    )
    max_tokens: int = Field(400, gt=0, description="Longest reply, in the model's tokens.")
    first_token_seconds: Seconds = Field(
        4.0, description="How long to wait for the first word before the next model is asked."
    )
    rules: Annotated[tuple[Rule, ...], Field(max_length=200)] = Field(
        (), description="For scripted: what it answers; where none fits, the next model is asked."
    )

    @model_validator(mode="after")
    def _provider_knows_which(self) -> Self:
        if not self.name and self.provider not in _NEEDS_NO_NAME:
            example = EXAMPLES[self.provider]
            raise ValueError(f"{self.provider} needs the model's name, e.g. name: {example}")
        if self.rules and self.provider is not Provider.SCRIPTED:
            raise ValueError("rules are for provider scripted alone")
        return self
