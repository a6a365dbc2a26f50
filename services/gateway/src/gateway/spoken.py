"""Which language a conversation is held in just now; pure."""

from gateway.story import Story
from trunkline.agents import Agent
from trunkline.agents.relay import MULTI


def spoken_language(agent: Agent, story: Story) -> str:
    """The language to speak and to answer in, by the agent's own tag for it.

    Where Twilio detects what is spoken, it is the one the caller was last understood in: Twilio
    says `es` of what the agent may declare as `es-MX`. Until then nobody knows: `multi`.
    """
    language = story.language or agent.language
    if language != MULTI:
        return language
    understood = story.understood or MULTI
    declared = agent.find_language(understood)
    return declared.code if declared else understood
