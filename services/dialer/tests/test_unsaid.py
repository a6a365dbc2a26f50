"""What an agent has to say to the people it calls."""

from collections.abc import Mapping
from typing import Any

import pytest
from house import AGENT

from dialer.policy import Policy
from dialer.presets import Purpose
from dialer.unsaid import Unsaid, unsaid
from trunkline.agents import Agent

NOTHING: dict[str, Any] = {}
MESSAGE: dict[str, Any] = {"answering_machines": {"then": "message"}}
CALLED = "We called. No more of us: {{opt_out_number}}."


def agent(**values: Any) -> Agent:
    return Agent.model_validate({**AGENT.model_dump(), **values})


def missing(
    agent: Agent, policy: Mapping[str, Any] = NOTHING, purpose: Purpose = Purpose.MARKETING
) -> list[Unsaid]:
    return list(unsaid(agent, Policy.model_validate(policy), purpose))


@pytest.mark.parametrize("purpose", Purpose)
def test_people_are_told_that_they_talk_with_an_ai_unless_the_policy_says_why_not(
    purpose: Purpose,
) -> None:
    silent = agent(disclosure="")

    assert missing(AGENT, NOTHING, purpose) == []
    assert missing(silent, NOTHING, purpose) == [Unsaid.DISCLOSURE]
    assert missing(silent, {"undisclosed_because": "The greeting says it."}, purpose) == []


def test_they_are_told_in_every_language() -> None:
    spanish = {"code": "es-US", "voice": "y", "words": {"disclosure": "Soy una IA."}}
    languages = [{"code": "en-US", "voice": "x"}, spanish]

    assert missing(agent(disclosure="", languages=languages)) == [Unsaid.DISCLOSURE]
    assert missing(agent(languages=languages)) == []


def test_a_message_of_marketing_names_a_number_for_opting_out() -> None:
    declared = {"name": "you", "opt_out_number": ""}
    mute = agent(phrases={"voicemail": "We called."})
    speaking = agent(phrases={"voicemail": CALLED}, variables=declared)
    number = {"opt_out_number": "+18005550199"}

    assert missing(mute, MESSAGE) == [Unsaid.OPT_OUT, Unsaid.OPT_OUT_NUMBER]
    assert missing(mute, MESSAGE | number) == [Unsaid.OPT_OUT]
    assert missing(speaking, MESSAGE) == [Unsaid.OPT_OUT_NUMBER]
    assert missing(speaking, MESSAGE | number) == []
    assert missing(agent(phrases={"voicemail": CALLED}, variables=number), MESSAGE) == []


def test_who_leaves_no_message_or_sells_nothing_needs_no_number() -> None:
    mute = agent(phrases={"voicemail": "We called."})

    assert missing(AGENT, MESSAGE) == []
    assert missing(mute) == []
    assert missing(mute, MESSAGE, Purpose.INFORMATIONAL) == []


def test_that_a_call_is_recorded_is_said_in_every_language() -> None:
    def with_spanish(**words: str) -> Agent:
        own = {"disclosure": "Soy una IA.", **words}
        spanish = {"code": "es-US", "voice": "y", "words": own}
        return agent(languages=[{"code": "en-US", "voice": "x"}, spanish])

    recording = {"recording": True}

    assert missing(AGENT, recording) == []
    assert missing(with_spanish(), recording) == [Unsaid.RECORDING]
    assert missing(with_spanish(recorded="Esta llamada se graba."), recording) == []
    assert missing(with_spanish()) == []
