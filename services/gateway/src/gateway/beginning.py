"""How a session begins: in which language, and with which words; pure."""

from collections.abc import Mapping

from trunkline.agents import Agent, Language, Words

MAX_GREETING = 4096  # characters, with the variables filled in


def language_of(agent: Agent, code: str) -> Language:
    """The agent's language of this code; the one its calls begin in where it has none such."""
    return agent.find_language(code) or agent.languages[0]


def is_outbound(direction: str) -> bool:
    """Whether we have placed the call, as a webhook's `Direction` or a `setup` says."""
    return direction.startswith("outbound")


def greeting_of(
    agent: Agent,
    language: str,
    variables: Mapping[str, str],
    direction: str,
    *,
    is_recorded: bool = False,
) -> str:
    """What Twilio greets the other side with; nothing where the agent listens first, unless it has
    to be said that the call is recorded."""
    if agent.opening.mode == "listen" and is_outbound(direction) and not is_recorded:
        return ""
    text = first_words(agent.words(language), is_recorded=is_recorded)
    return agent.render(text, variables)[:MAX_GREETING]


def first_words(words: Words, *, is_recorded: bool) -> str:
    """The greeting, with what has to be said before and after it."""
    return announced(words, words.greeting, words.disclosure, is_recorded=is_recorded)


def announced(words: Words, *phrases: str | None, is_recorded: bool) -> str:
    """Phrases for somebody who may not have heard yet that the call is recorded."""
    return " ".join(filter(None, (words.recorded if is_recorded else "", *phrases)))
