"""What a list says of one person, before anything of it is believed; pure."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from dialer.policy import RingSeconds, TalkSeconds
from trunkline.api.times import Time, format_time

FIELDS = (
    *("number", "extension", "region", "external_id", "timezone", "subdivision", "language"),
    *("consent", "consent_at", "consent_source", "scrubbed_at", "not_before", "expires_at"),
    *("ring_seconds", "talk_seconds"),
)
"""What a column can be, besides a variable of the agent."""

Short = Annotated[str, Field(max_length=200)]


class Listed(NamedTuple):
    """One person: `fields` by the names above, as text, and the agent's variables."""

    row: int
    fields: Mapping[str, str]
    variables: Mapping[str, str]


class Strict(BaseModel):
    """A part of a request: a name that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def values(self) -> dict[str, Any]:
        """The fields by name, as they are: times stay times."""
        return {name: getattr(self, name) for name in type(self).model_fields}


class NewConsent(Strict):
    """What the person has agreed to. Marketing needs it written, with time and source."""

    type: Literal["none", "implied", "express", "written"] = "none"
    at: Time | None = None
    source: str = Field("", max_length=500, examples=["web form /offers, version 3"])


class NewContact(Strict):
    """A person to be called."""

    number: str = Field(
        max_length=64, examples=["+12025550143"], description="E.164, or national with a region."
    )
    external_id: Short = Field(
        "", description="Your own name for the contact: a list sent twice adds nobody twice."
    )
    extension: Annotated[str, Field(max_length=20)] = ""
    region: Annotated[str, Field(pattern="^([A-Z]{2})?$")] = Field(
        "", description="Country (ISO 3166-1) of a number without one; else the campaign's."
    )
    timezone: Short = Field("", examples=["America/New_York"], description="IANA name.")
    subdivision: Annotated[str, Field(max_length=10)] = Field(
        "", examples=["FL"], description="State or province of the address (ISO 3166-2)."
    )
    language: Annotated[str, Field(max_length=35)] = Field(
        "", description="One of the agent's languages; else its first."
    )
    variables: dict[str, str] = Field({}, description="Values of the agent's variables, 2 KiB.")
    consent: NewConsent = NewConsent()
    scrubbed_at: Time | None = Field(
        None, description="When the number was last compared with a list of reassigned numbers."
    )
    ring_seconds: RingSeconds | None = Field(None, description="Null: the campaign's.")
    talk_seconds: TalkSeconds | None = Field(None, description="Null: the campaign's.")
    not_before: Time | None = Field(None, description="The first call comes no earlier.")
    expires_at: Time | None = Field(None, description="No call comes later.")

    def listed(self, row: int) -> Listed:
        """The same as text, as a file would say it."""
        times = {
            "consent_at": self.consent.at,
            "scrubbed_at": self.scrubbed_at,
            "not_before": self.not_before,
            "expires_at": self.expires_at,
        }
        fields = {
            "number": self.number,
            "extension": self.extension,
            "region": self.region,
            "external_id": self.external_id,
            "timezone": self.timezone,
            "subdivision": self.subdivision,
            "language": self.language,
            "consent": self.consent.type,
            "consent_source": self.consent.source,
            "ring_seconds": str(self.ring_seconds or ""),
            "talk_seconds": str(self.talk_seconds or ""),
            **{name: format_time(at) for name, at in times.items() if at is not None},
        }
        return Listed(row, {name: text for name, text in fields.items() if text}, self.variables)
