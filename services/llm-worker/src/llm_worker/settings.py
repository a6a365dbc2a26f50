"""What one llm-worker process is told from outside."""

from pydantic import Field, SecretStr

from trunkline.settings import AgentSettings, KafkaSettings, LogSettings


class WorkerSettings(KafkaSettings, AgentSettings, LogSettings):
    """Settings of the llm-worker."""

    worker_id: str = Field("llm-worker-1", description="Unique name of this process.")
    worker_internal_host: str = Field(
        "127.0.0.1", description="Address the internal port listens on."
    )
    worker_internal_port: int = Field(
        9081, ge=0, description="Internal port: health, readiness, metrics."
    )
    worker_concurrency: int = Field(
        400, ge=1, description="Turns this process runs at the same time at the most."
    )
    worker_queue: int = Field(
        400, ge=0, description="Turns that may wait for one of those; more are refused."
    )
    worker_drain_seconds: float = Field(
        30.0, ge=0, description="How long running turns may go on after SIGTERM."
    )
    groq_api_key: SecretStr | None = Field(
        None, description="API key of Groq, for agents that use it."
    )
    groq_base_url: str = Field(
        "https://api.groq.com", description="Groq's host; the client adds the path."
    )
    offline_first_token_ms: int = Field(
        30, ge=0, description="How long the offline model takes to its first word."
    )
    offline_token_ms: int = Field(
        10, ge=0, description="How long the offline model takes from word to word."
    )
