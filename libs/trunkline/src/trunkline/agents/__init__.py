"""Agents as data: what an agent file may say, as frozen types.

`load.py` reads agent files into these types and explains mistakes by file and line; the published
JSON Schema in `agents/schema.json` is generated from them.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trunkline.agents.variables import VARIABLE_NAME, render

Seconds = Annotated[float, Field(gt=0)]
E164 = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{1,14}$", examples=["+15005550100"])]
LanguageCode = Annotated[
    str, Field(pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*|multi)$", examples=["en-US"])
]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$", examples=["front-desk"])]
VariableName = Annotated[str, Field(pattern=f"^{VARIABLE_NAME}$", examples=["clinic_name"])]
Text = Annotated[str, Field(pattern=r"\S", examples=["Hello."])]
Moment = Literal["none", "dtmf", "speech", "any"]


class Part(BaseModel):
    """A part of an agent file: frozen, and every key in it must be known."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Language(Part):
    """A language the agent speaks and understands, as ConversationRelay names things."""

    code: LanguageCode = Field(
        description="BCP-47 tag, e.g. en-US, or multi: detected while the caller speaks."
    )
    tts_provider: Literal["", "Google", "Amazon", "ElevenLabs"] = Field(
        "", description="Google, Amazon or ElevenLabs; empty: Twilio's default."
    )
    voice: str = Field("", description="The provider's name of the voice; empty: its default.")
    transcription_provider: Literal["", "Google", "Deepgram"] = Field(
        "", description="Google or Deepgram; empty: Twilio's default."
    )
    speech_model: str = Field("", description="The provider's speech model; empty: its default.")

    @model_validator(mode="after")
    def _twilio_accepts_it(self) -> Self:
        # Twilio ends the session (error 64101) on either of these, in mid-call and without a hint.
        detects = self.tts_provider == "ElevenLabs" and self.transcription_provider == "Deepgram"
        if self.code == "multi" and not detects:
            raise ValueError(
                "multi needs tts_provider ElevenLabs and transcription_provider Deepgram"
            )
        if self.voice.startswith(("Polly.", "Google.")):
            name = self.voice.partition(".")[2]
            raise ValueError(f"voice takes no prefix here (only <Say> does): write {name}")
        return self


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

    @model_validator(mode="after")
    def _provider_knows_which(self) -> Self:
        if self.provider is Provider.GROQ and not self.name:
            raise ValueError("groq needs the model's name, e.g. name: openai/gpt-oss-20b")
        return self


class Document(Part):
    """A document the agent knows. `source` is the file it came from, beside the agent file."""

    source: str
    text: str


class Relay(Part):
    """ConversationRelay attributes that are not about a language. None is left to a default."""

    interruptible: Moment = Field("any", description="What the caller may cut the agent off with.")
    welcome_greeting_interruptible: Moment = Field(
        "any", description="What the caller may cut the greeting off with."
    )
    interrupt_sensitivity: Literal["low", "medium", "high"] = Field(
        "high", description="How little speech counts as an interruption: high, the least."
    )
    dtmf_detection: bool = Field(True, description="Whether pressed keys reach the agent.")
    report_input_during_agent_speech: Moment = Field(
        "none", description="What is reported while the agent speaks, interruptible or not."
    )
    events: tuple[Literal["speaker-events", "tokens-played"], ...] = Field(
        ("speaker-events", "tokens-played"),
        description="What Twilio tells about speech; without it, what was heard is estimated.",
    )
    hints: tuple[Annotated[str, Field(pattern=r"^[^,]+$", examples=["Trunkline"])], ...] = Field(
        (), description="Words that speech recognition should expect; none may hold a comma."
    )


class Silence(Part):
    """What happens when the caller says nothing, counted from the end of the agent's speech."""

    after_seconds: Seconds = Field(8.0, description="Silence before each re-prompt.")
    reprompts: tuple[Text, ...] = Field(
        ("Are you still there?",),
        description="Said one after the other, one per silence; then the goodbye.",
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
    """What the gateway says on its own. Each may hold {{variables}}."""

    apology: Text = Field(
        "I am sorry, I could not work that out. Could you say it again?",
        description="Said when no model has a reply.",
    )
    goodbye: Text = Field(
        "Thank you for calling. Goodbye.", description="Said before the agent hangs up."
    )
    failed: Text = Field(
        "I am sorry, we have a technical problem. Please call again later.",
        description="Said when the conversation cannot go on.",
    )


class AgentBody(Part):
    """What an agent file and a loaded agent have in common."""

    id: Slug = Field(description="Name of the agent in all data.")
    tenant_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["acme"])] = (
        Field("default", description="Whose agent it is.")
    )
    numbers: tuple[E164, ...] = Field(
        (), description="Called numbers this agent answers, in quotes."
    )
    greeting: Text = Field(description="Said first. May hold {{variables}}.")
    instructions: Text = Field(description="The model's instructions. May hold {{variables}}.")
    variables: dict[VariableName, str] = Field(
        {}, description="Variables and their values by default; a call may bring others."
    )
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = Field(
        description="The first is the one the call begins in."
    )
    models: Annotated[tuple[ModelChoice, ...], Field(min_length=1)] = Field(
        description="Asked in this order until one answers."
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


class Agent(AgentBody):
    """One agent: whom callers talk to."""

    version: str = Field(
        "", description="Hash of the agent's content; set when the file is read, never written."
    )
    knowledge: tuple[Document, ...] = Field(
        (), description="Documents, put before the model whole."
    )

    @property
    def language(self) -> str:
        """The language the call begins in."""
        return self.languages[0].code

    def render(self, text: str, variables: Mapping[str, str]) -> str:
        """Fill in a text of this agent with the call's variables, or else with their defaults."""
        return render(text, {**self.variables, **variables})
