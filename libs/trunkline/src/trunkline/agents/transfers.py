"""Where an agent may pass a call on to."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from trunkline.agents.part import Key, ParameterName, ParameterValue, Part, Slug, Text


class Dial(Part):
    """A telephone that a call is passed on to."""

    number: str = Field(
        pattern=r"^(\+[1-9][0-9]{1,14}|sip:\S+)$",
        description="Number in quotes, or SIP address.",
        examples=["+15005550111"],
    )
    timeout_seconds: Annotated[int, Field(ge=5, le=600)] = Field(
        25, description="How long it rings before the agent takes the call back."
    )
    caller_id: str = Field(
        "", description="Number shown to whoever is called; empty: the caller's."
    )


class Enqueue(Part):
    """A queue, or a TaskRouter workflow, that a call is passed on to."""

    queue: Annotated[str, Field(max_length=64)] = Field("", description="Name of a queue.")
    workflow_sid: Annotated[
        str, Field(pattern=r"^(WW[0-9a-f]{32})?$", examples=[f"WW{'0' * 32}"])
    ] = Field("", description="TaskRouter workflow, WW...")
    attributes: dict[ParameterName, ParameterValue] = Field(
        {}, description="Attributes of the task, beside the reason. May hold {{variables}}."
    )
    priority: Annotated[int, Field(ge=0)] | None = Field(None, description="Of the task.")
    timeout_seconds: Annotated[int, Field(ge=1)] | None = Field(None, description="Of the task.")

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if bool(self.queue) == bool(self.workflow_sid):
            raise ValueError("give either queue or workflow_sid")
        if self.queue and (self.attributes or self.priority or self.timeout_seconds):
            raise ValueError("attributes, priority and timeout_seconds need a workflow_sid")
        return self


class TransferTo(Part):
    """A destination that the agent may pass a call on to."""

    about: Text = Field(description="When to pass a call on to it; the model reads this.")
    dial: Dial | None = Field(None, description="A telephone.")
    enqueue: Enqueue | None = Field(None, description="A queue or a workflow.")
    phrases: tuple[Text, ...] = Field(
        (), description="Words of the caller that ask for it, without the model being asked."
    )
    key: Key | None = Field(None, description="Key that asks for it.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.dial is None) == (self.enqueue is None):
            raise ValueError("give either dial or enqueue")
        return self


Transfers = dict[Slug, TransferTo]
