"""Sounds that an agent may play to the caller."""

from typing import Annotated

from pydantic import ConfigDict, Field, model_validator

from trunkline.agents.part import URL, Part, Url


class Sound(Part):
    """A sound, and how it is played. Its URL alone will do in its place."""

    model_config = ConfigDict(json_schema_extra={"type": ["object", "string"], "pattern": URL})

    url: Url = Field(description="Public URL of an audio file.")
    loop: Annotated[int, Field(ge=1, le=1000)] = Field(1, description="How often it is played.")
    seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        10.0, description="How long it lasts once; what Twilio tells of speech counts more."
    )
    interruptible: bool | None = Field(
        None, description="Whether the caller may cut it off; not set: as relay.interruptible says."
    )
    preemptible: bool | None = Field(
        None, description="Whether later words may cut it off; not set: as relay.preemptible says."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_url(cls, value: object) -> object:
        return {"url": value} if isinstance(value, str) else value
