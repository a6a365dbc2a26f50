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
from llm_worker.providers import english
from llm_worker.providers.passages import Hit, PassageIndex, words_of
from trunkline.agents import Agent
from trunkline.events.call import Usage

COVERED = 0.5  # below it the passage speaks of something else that shares a word
LONGEST_ANSWER = 260  # characters: some 17 s of speech, as much as one follows on the telephone
INDEXES = 64  # agent versions kept ready; one of 50 documents takes about a megabyte

_TOKEN = re.compile(r"\S+\s*")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the answer comes, as from a quick model on the network."""

    first_seconds: float = 0.03
    token_seconds: float = 0.01


class OfflineModel:
    """Answers by retrieval; keeps one index per version of an agent."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._indexes: OrderedDict[tuple[str, str], PassageIndex] = OrderedDict()

    def prepare(self, agent: Agent) -> None:
        self._index(agent)

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
        """The whole answer to what the caller said last."""
        said, *before = [*caller_words(question.messages), ""]
        if (manners := english.small_talk(words_of(said))) is not None:
            return manners
        terms = english.terms(words_of(said))
        hints = [*english.pairs(words_of(said)), *english.terms(words_of(" ".join(before[:1])))]
        found = self._index(question.agent).search(terms, hints)
        hits = [hit for hit in found if hit.coverage >= COVERED]
        return compose(hits) if hits else english.UNKNOWN

    def _index(self, agent: Agent) -> PassageIndex:
        key = (agent.id, agent.version)
        if key not in self._indexes:
            self._indexes[key] = PassageIndex(agent.knowledge)
        self._indexes.move_to_end(key)
        if len(self._indexes) > INDEXES:
            self._indexes.popitem(last=False)
        return self._indexes[key]


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
