"""How Twilio speaks and listens: ConversationRelay's attributes, as an agent file sets them.

Names are Twilio's, in snake case. What Twilio refuses only in mid-call, or ignores in silence, is a
mistake here.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from trunkline.agents.part import (
    Key,
    LanguageCode,
    Moment,
    OptionalLanguageCode,
    ParameterName,
    ParameterValue,
    Part,
    Text,
)

Hint = Annotated[str, Field(pattern=r"^[^,]{1,100}$", examples=["Trunkline"])]
Hints = Annotated[tuple[Hint, ...], Field(max_length=500)]
Normalization = Literal["", "auto", "on", "off"]
TtsProvider = Literal["", "Google", "Amazon", "ElevenLabs"]
TranscriptionProvider = Literal["", "Google", "Deepgram"]

MAX_OF_CALL = 250  # characters of an attribute that is another one in each call
IntelligenceService = Annotated[str, Field(pattern=r"^[\w.-]{0,64}$", examples=[f"GA{'0' * 32}"])]
ConversationConfiguration = Annotated[
    str, Field(pattern=r"^(conv_configuration_\w+)?$", examples=["conv_configuration_01abc"])
]
OfCall = Annotated[str, Field(max_length=MAX_OF_CALL)]

MULTI = "multi"
"""The language that is none: Twilio recognises whichever is spoken. No voice speaks it."""

DEFAULT_TTS_PROVIDER, DEFAULT_TRANSCRIPTION_PROVIDER = "ElevenLabs", "Deepgram"
"""Twilio's. Accounts that are older than September 2025 are heard by Google by default."""

TICKET_PARAMETER = "ticket"
"""The `<Parameter>` that Trunkline itself needs."""


class Words(Part):
    """What the gateway says in one language; what is not set here is said as the agent says it."""

    greeting: Text | None = Field(None, description="Said first in a call of this language.")
    disclosure: Text | None = Field(None, description="Said after the greeting.")
    recorded: Text | None = Field(None, description="Said before a greeting that is recorded.")
    apology: Text | None = Field(None, description="Said when no model has a reply.")
    goodbye: Text | None = Field(None, description="Said before the agent hangs up.")
    failed: Text | None = Field(None, description="Said when the conversation cannot go on.")
    busy: Text | None = Field(None, description="Said when no line is free.")
    opt_out_notice: Text | None = Field(
        None, description="Said to a person we have called and cannot talk with."
    )
    ending_soon: Text | None = Field(None, description="Said before the longest call is over.")
    opted_out: Text | None = Field(None, description="Said when a wish not to be called is noted.")
    transfer: Text | None = Field(None, description="Said before the call is passed on.")
    transfer_failed: Text | None = Field(None, description="Said when nobody took the call.")
    resumed: Text | None = Field(None, description="Said before the rest of a cut reply.")
    lost_track: Text | None = Field(None, description="Said when nothing is known of the call.")
    voicemail: Text | None = Field(None, description="Left on an answering machine.")
    reprompts: tuple[Text, ...] | None = Field(None, description="Said when the caller is silent.")
    fillers: tuple[Text, ...] | None = Field(None, description="Said while a reply takes long.")


class Switch(Part):
    """When a call changes to this language without the model being asked."""

    phrases: tuple[Text, ...] = Field(
        (), description="Words of the caller that ask for this language, e.g. english please."
    )
    key: Key | None = Field(None, description="Key that chooses this language.")


def _refuse_prefix(voice: str) -> None:
    if voice.startswith(("Polly.", "Google.")):
        name = voice.partition(".")[2]
        raise ValueError(f"voice takes no prefix here (only <Say> does): write {name}")


class Fallback(Part):
    """What a language is spoken and understood with once that has failed in a call.

    A side that names nothing gets another provider, with what that does by default.
    """

    tts_provider: TtsProvider = Field("", description="Google, Amazon or ElevenLabs.")
    voice: str = Field("", description="That provider's name of the voice; empty: its default.")
    transcription_provider: TranscriptionProvider = Field("", description="Google or Deepgram.")
    speech_model: str = Field("", description="That provider's model; empty: its default.")

    @model_validator(mode="after")
    def _names_providers(self) -> Self:
        if self.voice and not self.tts_provider:
            raise ValueError("voice: name its tts_provider, too")
        if self.speech_model and not self.transcription_provider:
            raise ValueError("speech_model: name its transcription_provider, too")
        _refuse_prefix(self.voice)
        return self


class Language(Part):
    """A language the agent speaks and understands, as ConversationRelay names things."""

    code: LanguageCode = Field(
        description="BCP-47 tag, e.g. en-US, or multi: detected while the caller speaks."
    )
    tts_provider: TtsProvider = Field(
        "", description="Google, Amazon or ElevenLabs; empty: Twilio's default."
    )
    voice: str = Field("", description="The provider's name of the voice; empty: its default.")
    transcription_provider: TranscriptionProvider = Field(
        "", description="Google or Deepgram; empty: Twilio's default."
    )
    speech_model: str = Field("", description="The provider's speech model; empty: its default.")
    fallback: Fallback = Field(
        Fallback(), description="What it is spoken and understood with once that has failed."
    )
    hints: Hints = Field((), description="Words to expect in this language, beside the relay's.")
    smart_format: bool | None = Field(
        None, description="Whether recognised numbers, dates and sums are written as such."
    )
    text_normalization: Normalization = Field(
        "", description="Whether the voice spells out numbers and signs; empty: Twilio's default."
    )
    language_text_normalization: bool | None = Field(
        None, description="Whether that is done by the rules of this language."
    )
    speaking_rate: float | None = Field(
        None,
        gt=0,
        description="Characters spoken per second in it, where that differs from the agent's: "
        "about 5 to 7 in Chinese and Japanese, 12 to 17 in most alphabets.",
    )
    switch: Switch = Field(
        Switch(), description="When a call changes to it without the model being asked."
    )
    words: Words = Field(Words(), description="What the gateway says in it, where it differs.")
    knowledge: tuple[str, ...] = Field(
        (), description="Documents for this language alone, by their path from the agent file."
    )

    @model_validator(mode="after")
    def _twilio_accepts_it(self) -> Self:
        # Twilio ends the session (error 64101) on either of these, in mid-call and without a hint.
        detects = self.tts_provider == "ElevenLabs" and self.transcription_provider == "Deepgram"
        instead = (self.fallback.tts_provider, self.fallback.transcription_provider)
        if self.code == MULTI and not (detects and set(instead) <= {"", "ElevenLabs", "Deepgram"}):
            raise ValueError(
                "multi needs tts_provider ElevenLabs and transcription_provider Deepgram"
            )
        _refuse_prefix(self.voice)
        return self


class Relay(Part):
    """ConversationRelay attributes that are not about a language. None is left to a default."""

    tts_language: OptionalLanguageCode = Field(
        "",
        description="What the voice speaks as the session begins, where that is not the session's "
        "language, as with multi.",
    )
    transcription_language: OptionalLanguageCode = Field(
        "", description="What is understood as the session begins, where that is another language."
    )
    interruptible: Moment = Field("any", description="What the caller may cut the agent off with.")
    welcome_greeting_interruptible: Moment = Field(
        "any", description="What the caller may cut the greeting off with."
    )
    interrupt_sensitivity: Literal["low", "medium", "high"] = Field(
        "high", description="How little speech counts as an interruption: high, the least."
    )
    ignore_backchannel: bool = Field(
        False, description="Whether sounds such as uh-huh are no interruption."
    )
    preemptible: bool = Field(
        False,
        description="Whether later words may cut a greeting or a sound short. A reply is never cut "
        "short so, a filler always: their words say that themselves.",
    )
    dtmf_detection: bool = Field(True, description="Whether pressed keys reach the agent.")
    report_input_during_agent_speech: Moment = Field(
        "dtmf",
        description="What is reported while the agent speaks, interruptible or not; without dtmf a "
        "key pressed then may be lost.",
    )
    speech_timeout_ms: Annotated[int, Field(ge=600, le=5000)] | None = Field(
        None, description="Silence after which the caller has finished; left to Twilio if not set."
    )
    eot_threshold: Annotated[float, Field(ge=0.5, le=0.9)] | None = Field(
        None, description="How sure a flux speech model must be that the caller has finished."
    )
    eager_eot_threshold: Annotated[float, Field(ge=0.3, le=0.9)] | None = Field(
        None, description="How sure it must be to guess so early; lower than eot_threshold."
    )
    turn_detection: bool = Field(
        False, description="Twilio's own detection of turns; not for PCI or HIPAA workloads."
    )
    partial_prompts: bool = Field(
        False, description="Whether unfinished words are reported; they are never answered."
    )
    partial_prompt_on_hangup: bool = Field(
        False, description="Whether the words that a hang-up cut off are reported."
    )
    echo_prompt_filtering: bool = Field(
        False, description="Whether the agent's own echo is kept from being heard as the caller."
    )
    profanity_filter: bool = Field(False, description="Whether swear words are masked.")
    background_noise_reduction: str = Field(
        "", description="Passed to Twilio as it is; empty: Twilio's default."
    )
    events: tuple[Literal["speaker-events", "tokens-played"], ...] = Field(
        ("speaker-events", "tokens-played"),
        description="What Twilio tells about speech; without it, what was heard is estimated.",
    )
    debug: bool = Field(False, description="Whether Twilio reports round-trip times.")
    intelligence_service: IntelligenceService = Field(
        "",
        description="Conversational Intelligence service, GA... or its unique name; not together "
        "with conversation_configuration.",
    )
    conversation_configuration: ConversationConfiguration = Field(
        "", description="Conversation Orchestrator configuration, conv_configuration_..."
    )
    conversation_id: OfCall = Field(
        "", description="Conversation that the call belongs to already. May hold {{variables}}."
    )
    customer_name: OfCall = Field(
        "",
        description="The person, for conversations and Intelligence; empty: their number. "
        "May hold {{variables}}.",
    )
    hints: Hints = Field(
        (), description="Words that speech recognition should expect; none may hold a comma."
    )
    parameters: dict[ParameterName, ParameterValue] = Field(
        {}, description="Custom parameters that Twilio hands back at the session's start."
    )

    @model_validator(mode="after")
    def _twilio_accepts_it(self) -> Self:
        if TICKET_PARAMETER in self.parameters:
            raise ValueError(f"parameters: {TICKET_PARAMETER} is Trunkline's own: choose another")
        return self
