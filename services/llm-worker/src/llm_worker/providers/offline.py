"""A model that answers from the agent's own documents, with no key and no network.

It finds the sentences that speak of what the caller asked and says them as they stand. When the
documents do not speak of it, it says so. The same question always has the same answer.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from llm_worker.model import Delta, Finished, Question, TextDelta
from llm_worker.prompt import caller_words
from llm_worker.providers.english import ENGLISH
from llm_worker.providers.passages import Hit, PassageIndex
from llm_worker.providers.portuguese import PORTUGUESE
from llm_worker.providers.spanish import SPANISH
from llm_worker.providers.spoken import Spoken, words_of
from trunkline.agents import Agent
from trunkline.events.call import Usage

COVERED = 0.5  # below it the passage speaks of something else that shares a word
LONGEST_ANSWER = 260  # characters: some 17 s of speech, as much as one follows on the telephone
INDEXES = 64  # agent versions and languages kept; one of 50 documents takes about a megabyte

_SPOKEN = {"en": ENGLISH, "es": SPANISH, "pt": PORTUGUESE}

_TOKEN = re.compile(r"\S+\s*")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the answer comes, as from a quick model on the network."""

    first_seconds: float = 0.03
    token_seconds: float = 0.01


class OfflineModel:
    """Answers by retrieval; keeps one index per version of an agent and language."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._indexes: OrderedDict[tuple[str, str, str], PassageIndex] = OrderedDict()

    def prepare(self, agent: Agent) -> None:
        for language in agent.languages:
            self._index(agent, language.code)

    async def reply(self, question: Question) -> AsyncGenerator[Delta, None]:
        answer = self.answer(question)
        tokens = _TOKEN.findall(answer)
        spoken = len(question.prefix)
        await asyncio.sleep(self._pace.first_seconds)
        for token in tokens:
            spoken -= len(token)
            if spoken < 0:  # what the caller has heard already takes no time again
                await asyncio.sleep(self._pace.token_seconds)
            yield TextDelta(token)
        yield Finished(Usage("offline/retrieval", 0, len(tokens)))

    def answer(self, question: Question) -> str:
        """The whole answer to what the caller said last, in the language of the question."""
        spoken = spoken_in(question.language)
        said, *before = [words_of(text) for text in caller_words(question.messages)] or [[]]
        if (manners := spoken.small_talk(said)) is not None:
            return manners
        hints = [*spoken.pairs(said), *spoken.terms(before[0] if before else [])]
        index = self._index(question.agent, question.language)
        found = index.search(spoken.terms(said), hints)
        hits = [hit for hit in found if hit.coverage >= COVERED]
        return compose(hits) if hits else spoken.answers.unknown

    def _index(self, agent: Agent, language: str) -> PassageIndex:
        key = (agent.id, agent.version, language)
        if key not in self._indexes:
            stemming = spoken_in(language).stemming
            self._indexes[key] = PassageIndex(agent.knows(language), stemming.tokenizer)
        self._indexes.move_to_end(key)
        if len(self._indexes) > INDEXES:
            self._indexes.popitem(last=False)
        return self._indexes[key]


def spoken_in(language: str) -> Spoken:
    """What is known of the language with this tag; English stands in for one that is unknown."""
    return _SPOKEN.get(language.partition("-")[0].lower(), ENGLISH)


def compose(hits: Sequence[Hit]) -> str:
    """The best sentence, and those of its paragraph that answer nearly as well, in their order."""
    best = hits[0]
    near = {
        hit.passage.text
        for hit in hits
        if hit.passage.paragraph == best.passage.paragraph and hit.score >= 0.6 * best.score
    }
    sentences = [s for s in _order(best.passage.paragraph, near) if s]
    answer = " ".join(sentences)
    return answer if len(answer) <= LONGEST_ANSWER else best.passage.text


def _order(paragraph: str, sentences: set[str]) -> list[str]:
    return sorted(sentences, key=paragraph.find)
