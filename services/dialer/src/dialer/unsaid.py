"""What an agent has to say to the people it calls, and would leave unsaid: pure."""

from collections.abc import Iterator
from enum import StrEnum

from dialer.policy import OPT_OUT_NUMBER, Policy
from dialer.presets import Purpose
from trunkline.agents import Agent, Language, Phrases, Words
from trunkline.agents.relay import MULTI
from trunkline.agents.variables import placeholders
from trunkline.outbound import OnMachine


class Unsaid(StrEnum):
    """What is missing."""

    DISCLOSURE = "no_disclosure"
    """That it is an AI, in one of its languages."""
    OPT_OUT = "no_opt_out_in_voicemail"
    """In a message to a machine, that there is a number for those who want no more of them."""
    OPT_OUT_NUMBER = "no_opt_out_number"
    """That number."""
    RECORDING = "no_recording_announcement"
    """That the call is recorded, in one of its languages."""


def unsaid(agent: Agent, policy: Policy, purpose: Purpose) -> Iterator[Unsaid]:
    """What is missing for calls by this policy; nobody is called before it is there."""
    words = [agent.words(language.code) for language in agent.languages]
    if not policy.undisclosed_because and not all(each.disclosure for each in words):
        yield Unsaid.DISCLOSURE
    if policy.recording and not all(map(_announces, agent.languages, words)):
        yield Unsaid.RECORDING
    messages = [each.voicemail for each in words if each.voicemail]
    leaves = policy.answering_machines.then is OnMachine.MESSAGE and messages
    if not leaves or purpose is not Purpose.MARKETING:
        return
    if not all(_names_number(message) for message in messages):
        yield Unsaid.OPT_OUT
    if not (policy.opt_out_number or agent.variables.get(OPT_OUT_NUMBER)):
        yield Unsaid.OPT_OUT_NUMBER


def _names_number(message: str) -> bool:
    return any(name == OPT_OUT_NUMBER for _, name in placeholders(message))


def _announces(language: Language, words: Words) -> bool:
    """Whether the announcement of a recording is in the language: by default it is English."""
    is_english = language.code.partition("-")[0].lower() in ("en", MULTI)
    return is_english or words.recorded != Phrases().recorded
