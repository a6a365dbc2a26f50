"""How an agent behaves in conversation: silence, waiting, keys, machines, the end."""

from typing import Annotated, Literal

from pydantic import Field

from trunkline.agents.part import OptionalKey, OptionalToolName, Part, Seconds, Text

# Each prompt carries the history through Kafka, where a record has 1 MiB at the most.
MAX_HISTORY_TURNS = 500
MAX_HISTORY_CHARACTERS = 200_000


class Silence(Part):
    """What happens when the caller says nothing, counted from the end of the agent's speech."""

    after_seconds: Annotated[Seconds, Field(ge=1)] = Field(
        8.0, description="Silence before each re-prompt."
    )
    reprompts: tuple[Text, ...] = Field(
        ("Are you still there?",),
        description="Said one after the other, one per silence; then the goodbye.",
    )


class Filler(Part):
    """What is said while a reply takes its time. Words of the reply cut it short."""

    after_seconds: Seconds = Field(
        1.2, description="Waiting before the first filler, since the caller has finished."
    )
    every_seconds: Seconds = Field(6.0, description="Waiting before each further one.")
    most: Annotated[int, Field(ge=0, le=10)] = Field(2, description="Fillers in one turn.")
    phrases: tuple[Text, ...] = Field(
        (), description="Said in turn, never one twice in a row; none: the caller waits in silence."
    )


class Opening(Part):
    """How an outbound call begins. An inbound call always begins with the greeting."""

    mode: Literal["greet", "listen"] = Field(
        "greet",
        description="greet: the greeting is spoken at once. listen: the other side speaks first, "
        "so that no answering machine is greeted.",
    )
    listen_seconds: Seconds = Field(
        3.0, description="With listen: silence after which the greeting is spoken all the same."
    )


class Voicemail(Part):
    """How an answering machine is recognised on an outbound call by what it says."""

    phrases: tuple[Text, ...] = Field(
        (), description="Words of the other side's first two utterances that only machines say."
    )


class OptOutRule(Part):
    """When a person's wish not to be called any more is noted without the model being asked."""

    phrases: tuple[Text, ...] = Field(
        (),
        description="Words of the person that say so, e.g. take me off your list; it is confirmed, "
        "and the call ends.",
    )


class Keypad(Part):
    """What becomes of keys that the caller presses, where no other rule has a use for them."""

    finish_key: OptionalKey = Field(
        "#", description="Completes the input and is no part of it; empty: no key does."
    )
    max_digits: Annotated[int, Field(ge=0, le=64)] = Field(
        0,
        description="After so many the input is complete; 0: any number, so that without a "
        "finish_key the pause alone completes it.",
    )
    timeout_seconds: Annotated[float, Field(ge=0.5, le=30)] = Field(
        3.0, description="Waiting for the next key after which the input is complete."
    )
    tool: OptionalToolName = Field(
        "", description="Tool that is used with the keys before the model is asked; empty: none."
    )
    argument: str = Field("digits", description="Argument of that tool which takes the keys.")


class Limits(Part):
    """Bounds of one call with this agent."""

    turn_seconds: Seconds = Field(
        20.0, le=40, description="A reply that is not complete by then ends with the apology."
    )
    call_seconds: Seconds = Field(1800.0, le=14_400, description="Longest call.")
    warning_seconds: Annotated[float, Field(ge=0)] = Field(
        60.0, description="How long before that the caller is warned; see phrases.ending_soon."
    )
    history_turns: int = Field(
        40, gt=0, le=MAX_HISTORY_TURNS, description="Turns the model is shown in full."
    )
    history_characters: int = Field(
        24_000,
        ge=1000,
        le=MAX_HISTORY_CHARACTERS,
        description="Characters of conversation the model is shown in full.",
    )
    tool_rounds: Annotated[int, Field(ge=0, le=5)] = Field(
        5, description="How often the model may use tools before it must answer."
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
    busy: Text = Field(
        "I am sorry, all our lines are busy. Please call again later.",
        description="Said when no line is free for the conversation.",
    )
    opt_out_notice: Text = Field(
        "If you do not want us to call you again, please call this number and tell us so.",
        description="Said after the greeting to a person we have called and cannot talk with.",
    )
    recorded: Text = Field(
        "This call is recorded.",
        description="Said before anything else in a call that is recorded, by its campaign.",
    )
    ending_soon: str = Field(
        "", description="Said before the longest call is over; empty: there is no warning."
    )
    opted_out: Text = Field(
        "We will not call you again.", description="Said when a wish not to be called is noted."
    )
    transfer: str = Field(
        "One moment, I am putting you through.",
        description="Said before the call is passed on, if the model has said nothing.",
    )
    transfer_failed: Text = Field(
        "I am sorry, nobody could take the call. What else can I do for you?",
        description="Said when nobody took the call and the agent has it again.",
    )
    resumed: str = Field(
        "",
        description="Said before the rest of what the agent was saying, when the call goes on "
        "after a gateway was lost; empty: the rest alone.",
    )
    lost_track: Text = Field(
        "I am sorry, we were cut off. Could you tell me again what you need?",
        description="Said when the call goes on and nothing is known of what was said before.",
    )
    voicemail: str = Field(
        "", description="Left on an answering machine; empty: the agent hangs up without a word."
    )
