"""What an agent's file decides without asking a model: words, keys and machines that it names."""

import re
import unicodedata
from collections.abc import Iterable

from trunkline.agents import Agent
from trunkline.events.call import OptOut, SwitchLanguage, Transfer

_WORD = re.compile(r"\w+")

MACHINE_TURNS = 2  # utterances in which an answering machine shows itself


Asked = SwitchLanguage | Transfer | OptOut
"""What may be asked for without the model."""


def spoken_rule(agent: Agent, text: str) -> Asked | None:
    """What these words of the caller ask for by one of the agent's rules."""
    if says_any(text, agent.opt_out.phrases):
        return OptOut()
    for language in agent.languages:
        if says_any(text, language.switch.phrases):
            return SwitchLanguage(language.code)
    for name, destination in agent.transfers.items():
        if says_any(text, destination.phrases):
            return Transfer(name)
    return None


def key_rule(agent: Agent, digit: str, opt_out_key: str = "") -> Asked | None:
    """What this key asks for by one of the agent's rules, or by the call's own."""
    if digit == opt_out_key:
        return OptOut()
    for language in agent.languages:
        if digit == language.switch.key:
            return SwitchLanguage(language.code)
    for name, destination in agent.transfers.items():
        if digit == destination.key:
            return Transfer(name)
    return None


def speaks_like_machine(agent: Agent, text: str, turn: int) -> bool:
    """Whether this utterance, the other side's first or second, is an answering machine's."""
    return turn <= MACHINE_TURNS and says_any(text, agent.voicemail.phrases)


def says_any(text: str, phrases: Iterable[str]) -> bool:
    """Whether one of the phrases stands in the text; case and accents aside.

    Phrases fit whole words. Scripts that put no spaces between words have none: there they fit
    wherever they stand.
    """
    said = f" {' '.join(_words(text))} "
    return any(_fits(" ".join(_words(phrase)), said) for phrase in phrases)


def _fits(phrase: str, said: str) -> bool:
    if not phrase:
        return False
    if any(unicodedata.east_asian_width(character) in "WF" for character in phrase):
        return phrase.replace(" ", "") in said.replace(" ", "")
    return f" {phrase} " in said


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))
