"""How a session begins: in which language, and with which words; pure."""

from collections.abc import Mapping

from trunkline.agents import Agent, Language

MAX_GREETING = 4096  # characters, with the variables filled in


def language_of(agent: Agent, code: str) -> Language:
    """The agent's language of this code; the one its calls begin in where it has none such."""
    return agent.find_language(code) or agent.languages[0]


def is_outbound(direction: str) -> bool:
    """Whether we have placed the call, as a webhook's `Direction` or a `setup` says."""
    return direction.startswith("outbound")


def greeting_of(agent: Agent, language: str, variables: Mapping[str, str], direction: str) -> str:
    """What Twilio greets the other side with; nothing where the agent listens first."""
    if agent.opening.mode == "listen" and is_outbound(direction):
        return ""
    words = agent.words(language)
    text = " ".join(filter(None, (words.greeting, words.disclosure)))
    return agent.render(text, variables)[:MAX_GREETING]
