"""What one intelligence-ingest process is told from outside."""

from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from intelligence_ingest.retention import Days
from intelligence_ingest.sweep import Rhythm
from trunkline.database.settings import DatabaseSettings
from trunkline.protect import NumberVault
from trunkline.settings import (
    KafkaSettings,
    LogSettings,
    Secrets,
    TwilioSettings,
    peppers,
    split_list,
)

TWILIO_API = "https://api.twilio.com"
TWILIO_CONVERSATIONS = "https://conversations.twilio.com"
OPERATORS = Path(__file__).parent / "operators.yaml"


class IngestSettings(KafkaSettings, DatabaseSettings, TwilioSettings, LogSettings):
    """Settings of intelligence-ingest."""

    ingest_id: str = Field("intelligence-ingest-1", description="Unique name of this process.")
    ingest_host: str = Field("127.0.0.1", description="Address the query API listens on.")
    ingest_port: int = Field(8083, ge=0, description="Port of the query API.")
    ingest_internal_host: str = Field(
        "127.0.0.1", description="Address the internal port listens on."
    )
    ingest_internal_port: int = Field(
        9083, ge=0, description="Internal port: health, readiness, metrics."
    )
    ingest_tenant_id: str = Field(
        "default", description="Tenant of transcripts whose call is not one of ours."
    )
    ingest_num_keys: Secrets = Field(
        description="Keys under which telephone numbers are indexed, comma-separated id:base64 of "
        "32 bytes or more; the first is for new rows.",
        min_length=1,
    )
    ingest_data_keys: Secrets = Field(
        description="Comma-separated Fernet keys that encrypt numbers, keys pressed and tools' "
        "arguments; the first is for new rows.",
        min_length=1,
    )
    twilio_intelligence_base_url: str = Field(
        "https://intelligence.twilio.com",
        description="Twilio's Conversational Intelligence API, or what plays it.",
    )
    twilio_api_base_url: str = Field(
        TWILIO_API,
        description="Twilio's REST API, where erased calls are deleted, or what plays it.",
    )
    twilio_conversations_base_url: str = Field(
        "",
        description="Twilio's Conversations API, where erased conversations are deleted. Empty: "
        "Twilio's own, or what plays TWILIO_API_BASE_URL.",
    )
    ingest_fetches_at_once: int = Field(
        64, ge=1, le=500, description="Requests to that API that may be under way."
    )
    ingest_operators_file: Path | None = Field(
        None, description="YAML file of our own operators. Empty: those that come with the service."
    )
    ingest_sweep_minutes: float = Field(
        10.0, gt=0, description="How often Twilio's list of transcripts is compared with ours."
    )
    ingest_sweep_overlap_hours: float = Field(
        24.0, ge=0, description="How much of the list is compared again each time."
    )
    ingest_sweep_first_days: float = Field(
        7.0, gt=0, description="How far back the first comparison of an account goes."
    )
    ingest_sweep_per_second: float = Field(
        5.0, gt=0, description="Transcripts that a comparison may fetch in a second."
    )
    ingest_words_days: int = Field(
        30, ge=1, description="How long words are kept: said, heard, typed, extracted."
    )
    ingest_detail_days: int = Field(
        400, ge=1, description="How long calls, turns and labels are kept, without their words."
    )
    ingest_evidence_days: int = Field(
        1900, ge=1, description="How long opt-outs and phrase checks are kept."
    )

    @field_validator("ingest_num_keys", "ingest_data_keys", mode="before")
    @classmethod
    def _split_lists(cls, value: object) -> object:
        return split_list(value)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self.vault()
        if not self.ingest_words_days <= self.ingest_detail_days <= self.ingest_evidence_days:
            raise ValueError("words are kept no longer than detail, and detail than evidence")
        return self

    def vault(self) -> NumberVault:
        """What hides numbers. Raises `ValueError` for keys that are none."""
        indexing = peppers(self.ingest_num_keys, "INGEST_NUM_KEYS")
        return NumberVault(indexing, [key.get_secret_value() for key in self.ingest_data_keys])

    def rhythm(self) -> Rhythm:
        """How the transcripts are swept."""
        return Rhythm(
            every=timedelta(minutes=self.ingest_sweep_minutes),
            overlap=timedelta(hours=self.ingest_sweep_overlap_hours),
            first=timedelta(days=self.ingest_sweep_first_days),
            per_second=self.ingest_sweep_per_second,
        )

    def days(self) -> Days:
        """How long each kind is kept, for tenants that have said nothing else."""
        return Days(self.ingest_words_days, self.ingest_detail_days, self.ingest_evidence_days)

    @property
    def conversations_base_url(self) -> str:
        """Never Twilio's own while somebody else plays the rest of it."""
        played = "" if self.twilio_api_base_url == TWILIO_API else self.twilio_api_base_url
        return self.twilio_conversations_base_url or played or TWILIO_CONVERSATIONS

    @property
    def operators_file(self) -> Path:
        """Where our own operators are declared."""
        return self.ingest_operators_file or OPERATORS
