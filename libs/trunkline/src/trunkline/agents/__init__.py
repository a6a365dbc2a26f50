"""Agents as data: what an agent file may say, as frozen types.

`load.py` reads agent files into these types and explains mistakes by file and line; the published
JSON Schema in `agents/schema.json` is generated from them. The parts of a file are described in
`relay.py` (how Twilio speaks and listens), `sounds.py`, `transfers.py`, `models.py`, `tools.py` and
`manners.py`.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from trunkline.agents.manners import (
    Filler,
    Keypad,
    Limits,
    Opening,
    OptOutRule,
    Phrases,
    Silence,
    Voicemail,
)
from trunkline.agents.models import ModelChoice, Provider, Rule
from trunkline.agents.part import E164, Part, Slug, Text, VariableName
from trunkline.agents.relay import (
    MULTI,
    Fallback,
    Language,
    Relay,
    Switch,
    Words,
)
from trunkline.agents.sounds import Sound
from trunkline.agents.tools import MAX_TOOLS, ActionName, Http, Tool
from trunkline.agents.transfers import Dial, Enqueue, Transfers, TransferTo
from trunkline.agents.variables import render

__all__ = [
    "ActionName",
    "Agent",
    "AgentBody",
    "Dial",
    "Document",
    "Enqueue",
    "Fallback",
    "Filler",
    "Http",
    "Keypad",
    "Language",
    "Limits",
    "ModelChoice",
    "Opening",
    "OptOutRule",
    "Phrases",
    "Provider",
    "Relay",
    "Rule",
    "Silence",
    "Sound",
    "Switch",
    "Tool",
    "TransferTo",
    "Voicemail",
    "Words",
]


class Document(Part):
    """A document the agent knows. `source` is the file it came from, beside the agent file."""

    source: str
    text: str
    language: str = ""
    """The language it is for; empty: for all."""


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
    disclosure: str = Field(
        "",
        description="Said after the greeting, e.g. that an AI speaks; said again if the caller "
        "cut it off. May hold {{variables}}.",
    )
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
    tools: Annotated[tuple[Tool, ...], Field(max_length=MAX_TOOLS)] = Field(
        (), description="What the model may use."
    )
    actions: tuple[ActionName, ...] = Field(
        (), description="What the model may do with the call itself."
    )
    transfers: Transfers = Field({}, description="Where calls may be passed on to, by name.")
    fallback: Annotated[str, Field(pattern=r"^([a-z][a-z0-9-]{0,62})?$")] = Field(
        "",
        description="The one of transfers that takes a call that cannot go on: its sessions fail, "
        "or no model has a reply twice in a row. Empty: the agent apologises, and a call whose "
        "sessions fail ends.",
    )
    sounds: dict[Slug, Sound] = Field(
        {}, description="Sounds that may be played, by name: public URLs of audio files."
    )
    relay: Relay = Field(Relay(), description="How Twilio listens and is interrupted.")
    opening: Opening = Field(Opening(), description="How an outbound call begins.")
    voicemail: Voicemail = Field(
        Voicemail(), description="How an answering machine is recognised on an outbound call."
    )
    opt_out: OptOutRule = Field(
        OptOutRule(), description="What ends all calls to a person, without the model."
    )
    silence: Silence = Field(Silence(), description="What happens when the caller says nothing.")
    filler: Filler = Field(Filler(), description="What is said while a reply takes its time.")
    keypad: Keypad = Field(Keypad(), description="What becomes of keys that the caller presses.")
    limits: Limits = Field(Limits(), description="Bounds of one call.")
    phrases: Phrases = Field(Phrases(), description="What the gateway says on its own.")
    speaking_rate: float = Field(
        15.0,
        gt=0,
        description="Characters spoken per second, for estimates of what was heard; a language "
        "may have its own.",
    )

    @property
    def switch_targets(self) -> tuple[str, ...]:
        """The languages that a model may change to: those that a voice can speak."""
        return tuple(one.code for one in self.languages if one.code != MULTI)

    @property
    def can_switch(self) -> bool:
        """Whether there is one to change to."""
        return any(code != self.languages[0].code for code in self.switch_targets)


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

    def find_language(self, code: str) -> Language | None:
        """The agent's language of this tag; else the first with the same primary tag (`en`)."""
        exact = [language for language in self.languages if language.code.lower() == code.lower()]
        primary = code.partition("-")[0].lower()
        near = [one for one in self.languages if one.code.partition("-")[0].lower() == primary]
        return next(iter([*exact, *near]), None)

    def words(self, language: str) -> Words:
        """All that the gateway says, as it says it in this language."""
        own = self.find_language(language)
        said = own.words if own else Words()
        phrases = self.phrases
        return Words(
            greeting=said.greeting or self.greeting,
            disclosure=said.disclosure or self.disclosure or None,
            recorded=said.recorded or phrases.recorded,
            apology=said.apology or phrases.apology,
            goodbye=said.goodbye or phrases.goodbye,
            failed=said.failed or phrases.failed,
            busy=said.busy or phrases.busy,
            opt_out_notice=said.opt_out_notice or phrases.opt_out_notice,
            ending_soon=said.ending_soon or phrases.ending_soon or None,
            opted_out=said.opted_out or phrases.opted_out,
            transfer=said.transfer or phrases.transfer or None,
            transfer_failed=said.transfer_failed or phrases.transfer_failed,
            resumed=said.resumed or phrases.resumed or None,
            lost_track=said.lost_track or phrases.lost_track,
            voicemail=said.voicemail or phrases.voicemail or None,
            reprompts=self.silence.reprompts if said.reprompts is None else said.reprompts,
            fillers=self.filler.phrases if said.fillers is None else said.fillers,
        )

    def knows(self, language: str) -> tuple[Document, ...]:
        """The documents for a conversation in this language."""
        own = self.find_language(language)
        code = own.code if own else ""
        return tuple(one for one in self.knowledge if one.language in ("", code))

    def render(self, text: str, variables: Mapping[str, str]) -> str:
        """Fill in a text of this agent with the call's variables, or else with their defaults."""
        return render(text, {**self.variables, **variables})
