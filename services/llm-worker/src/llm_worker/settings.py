"""What one llm-worker process is told from outside."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from llm_worker.tools.hosts import parse_hosts
from trunkline.errors import Invalid
from trunkline.settings import AgentSettings, KafkaSettings, LogSettings, split_list


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
    tool_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Comma-separated hosts that tools may call, as in their URLs: host or "
        "host:port; host=http://other:port where it is really served. Empty: none.",
    )
    tool_secrets_dir: Path | None = Field(
        None, description="Folder of the secrets that tools' headers name, one file each."
    )
    groq_api_key: SecretStr | None = Field(
        None, description="API key of Groq, for agents that use it."
    )
    groq_base_url: str = Field(
        "https://api.groq.com", description="Groq's host; the client adds the path."
    )
    openai_api_key: SecretStr | None = Field(
        None, description="API key of OpenAI, for agents that use it."
    )
    openai_base_url: str = Field(
        "https://api.openai.com/v1", description="OpenAI's address, up to /chat/completions."
    )
    anthropic_api_key: SecretStr | None = Field(
        None, description="API key of Anthropic, for agents that use it."
    )
    anthropic_base_url: str = Field(
        "https://api.anthropic.com", description="Anthropic's host; the client adds the path."
    )
    gemini_api_key: SecretStr | None = Field(
        None, description="API key of Google's Gemini, for agents that use it."
    )
    gemini_base_url: str = Field(
        "https://generativelanguage.googleapis.com/v1beta/openai",
        description="Gemini's address, up to /chat/completions.",
    )
    deepseek_api_key: SecretStr | None = Field(
        None, description="API key of DeepSeek, for agents that use it."
    )
    deepseek_base_url: str = Field(
        "https://api.deepseek.com", description="DeepSeek's address, up to /chat/completions."
    )
    ollama_base_url: str | None = Field(
        None,
        description="Ollama's address, such as http://localhost:11434/v1, for agents that use it.",
    )
    vllm_base_url: str | None = Field(
        None,
        description="vLLM's address, such as http://localhost:8000/v1, for agents that use it.",
    )
    vllm_api_key: SecretStr | None = Field(None, description="vLLM's API key, if it asks for one.")
    offline_first_token_ms: int = Field(
        30, ge=0, description="How long the offline and scripted models take to their first word."
    )
    offline_token_ms: int = Field(
        10, ge=0, description="How long the offline and scripted models take from word to word."
    )

    @field_validator("tool_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return split_list(value)

    @field_validator("tool_hosts")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            parse_hosts(value)
        except Invalid as error:
            raise ValueError(str(error)) from None
        return value
