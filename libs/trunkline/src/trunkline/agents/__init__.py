"""Agents as data: what an agent file may say, as frozen types.

`load.py` reads agent files into these types and explains mistakes by file and line; the published
JSON Schema in `agents/schema.json` is generated from them.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0)]
E164 = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{1,14}$")]
LanguageCode = Annotated[str, Field(pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*|multi)$")]


class Part(BaseModel):
    """A part of an agent file: frozen, and every key in it must be known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Language(Part):
    """A language the agent speaks and understands, as ConversationRelay names things."""

    code: LanguageCode = Field(description="BCP-47 tag, e.g. en-US.")
    tts_provider: str = Field(
        "", description="Google, Amazon or ElevenLabs; empty: Twilio's default."
    )
    voice: str = Field("", description="The provider's name of the voice; empty: its default.")
    transcription_provider: str = Field(
        "", description="Google or Deepgram; empty: Twilio's default."
    )
    speech_model: str = Field("", description="The provider's speech model; empty: its default.")


class Provider(StrEnum):
    """Who runs a model."""

    OFFLINE = "offline"
    SCRIPTED = "scripted"
    GROQ = "groq"


class ModelChoice(Part):
    """A model to ask, with its limits. The first of the list that answers is used."""

    provider: Provider = Field(description="offline needs no key and no network.")
    name: str = Field("", description="The provider's model name; offline and scripted need none.")
    temperature: float | None = Field(None, ge=0, le=2, description="Left to the model if not set.")
    max_tokens: int = Field(400, gt=0, description="Longest reply, in the model's tokens.")
    first_token_seconds: Seconds = Field(
        4.0, description="How long to wait for the first word before the next model is asked."
    )


class Document(Part):
    """A document the agent knows. `source` is the file it came from, beside the agent file."""

    source: str
    text: str


class Relay(Part):
    """ConversationRelay attributes that are not about a language. None is left to a default."""

    interruptible: str = Field("any", pattern="^(none|dtmf|speech|any)$")
    welcome_greeting_interruptible: str = Field("any", pattern="^(none|dtmf|speech|any)$")
    interrupt_sensitivity: str = Field("high", pattern="^(low|medium|high)$")
    dtmf_detection: bool = True
    report_input_during_agent_speech: str = Field("none", pattern="^(none|dtmf|speech|any)$")
    events: tuple[Annotated[str, Field(pattern="^(speaker-events|tokens-played)$")], ...] = (
        "speaker-events",
        "tokens-played",
    )
    hints: tuple[str, ...] = Field((), description="Words that speech recognition should expect.")


class Silence(Part):
    """What happens when the caller says nothing, counted from the end of the agent's speech."""

    after_seconds: Seconds = Field(8.0, description="Silence before each re-prompt.")
    reprompts: tuple[str, ...] = Field(
        ("Are you still there?",), description="Said one after the other, one per silence."
    )


class Limits(Part):
    """Bounds of one call with this agent."""

    turn_seconds: Seconds = Field(
        20.0, le=40, description="A reply that is not complete by then ends with the apology."
    )
    call_seconds: Seconds = Field(1800.0, le=14_400, description="Longest call.")
    history_turns: int = Field(40, gt=0, description="Turns the model is shown in full.")
    history_characters: int = Field(
        24_000, ge=1000, description="Characters of conversation the model is shown in full."
    )


class Phrases(Part):
    """What the gateway says on its own."""

    apology: str = "I am sorry, I could not work that out. Could you say it again?"
    goodbye: str = "Thank you for calling. Goodbye."
    failed: str = "I am sorry, we have a technical problem. Please call again later."


class Agent(Part):
    """One agent: whom callers talk to."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,62}$", description="Name of the agent in all data.")
    version: str = Field(
        "", description="Hash of the agent's content; set when the file is read, never written."
    )
    tenant_id: str = Field("default", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    numbers: tuple[E164, ...] = Field((), description="Called numbers this agent answers.")
    greeting: str = Field(description="Said first. May hold {{variables}}.")
    instructions: str = Field(description="The model's instructions. May hold {{variables}}.")
    variables: dict[str, str] = Field({}, description="Variables and their values by default.")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = Field(
        description="The first is the one the call begins in."
    )
    models: Annotated[tuple[ModelChoice, ...], Field(min_length=1)] = Field(
        description="Asked in this order until one answers."
    )
    knowledge: tuple[Document, ...] = Field(
        (), description="Documents, put before the model whole."
    )
    relay: Relay = Relay()
    silence: Silence = Silence()
    limits: Limits = Limits()
    phrases: Phrases = Phrases()
    speaking_rate: float = Field(
        15.0,
        gt=0,
        description="Characters spoken per second, for estimates of what was heard.",
    )

    @property
    def language(self) -> str:
        """The language the call begins in."""
        return self.languages[0].code
