"""What the offline model knows of a spoken language: which words ask, which mean the same; pure.

One file per language holds the words: `english.py`, `portuguese.py`, `spanish.py`. All are written
here as they are spelt, and compared without accents, as callers' words are.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_TERM = re.compile(r"\w+")
_APOSTROPHE = re.compile(r"['\u2019](?=\w)")


@dataclass(frozen=True, slots=True)
class Answers:
    """What is said when no document is asked for."""

    unknown: str
    welcome: str
    farewell: str
    hello: str


@dataclass(frozen=True, slots=True)
class Stemming:
    """How words that differ in their endings are found as one.

    FTS5 has a stemmer for English alone (`porter`). In other languages a word is looked for by its
    beginning, without the first of the `endings` (spelt without accents) that leaves at least four
    letters.
    """

    tokenizer: str = "unicode61 remove_diacritics 2"
    endings: Sequence[str] = ()

    def stem(self, word: str) -> str:
        """The word without its ending."""
        for ending in self.endings:
            if word.endswith(ending) and len(word) >= len(ending) + 4:
                return word.removesuffix(ending)
        return word

    def search_term(self, word: str) -> str:
        """What to look for; with a star at the end it is the beginning of a word."""
        stem = self.stem(word)
        return word if stem == word else f"{stem}*"


class Spoken:
    """One language, as callers speak it.

    Args:
        answers: What is said when no document is asked for.
        stemming: How words that differ in their endings are found as one.
        grammar: Words that carry the grammar of a question, or the politeness around it, but not
            its subject.
        groups: Each is one meaning: whichever word the caller uses, the documents may use another.
        phrases: Two words side by side, and the word that they mean.
        thanks, greetings, goodbyes: Words that say no more than that.
    """

    def __init__(
        self,
        answers: Answers,
        stemming: Stemming,
        *,
        grammar: str,
        groups: Sequence[str],
        phrases: Mapping[str, str],
        thanks: str,
        greetings: str,
        goodbyes: str,
    ) -> None:
        self.answers = answers
        self.stemming = stemming
        self._grammar = frozenset(words_of(grammar))
        self._same: dict[str, list[str]] = {}
        for group in groups:
            words = words_of(group)
            self._same |= {stemming.stem(word): words for word in words}
        self._phrases = {tuple(words_of(said)): words_of(word)[0] for said, word in phrases.items()}
        self._thanks = frozenset(words_of(thanks))
        self._greetings = frozenset(words_of(greetings))
        self._goodbyes = frozenset(words_of(goodbyes))

    def terms(self, words: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """The subject of a question: each of its words with all that may stand for it."""
        chosen = dict.fromkeys(w for w in words if w not in self._grammar and len(w) > 1)
        side_by_side: set[tuple[str, ...]] = set(pairwise(words))
        for phrase, meaning in self._phrases.items():
            if phrase in side_by_side:
                chosen.pop(phrase[1], None)
                chosen[meaning] = None
        found: dict[str, Sequence[str]] = {}
        for word in chosen:
            group = self._same.get(self.stemming.stem(word), [word])
            found.setdefault(group[0], [*dict.fromkeys(map(self.stemming.search_term, group))])
        return found

    def pairs(self, words: Sequence[str]) -> list[str]:
        """Words of the question that stand side by side: so said in a document, they mean more."""
        return [f"{a} {b}" for a, b in pairwise(words) if not {a, b} & self._grammar]

    def small_talk(self, words: Sequence[str]) -> str | None:
        """The answer to thanks, a greeting or a goodbye, when nothing else was said."""
        if self.terms([w for w in words if w not in self._greetings | self._goodbyes]):
            return None
        said = set(words)
        if said & self._goodbyes:
            return self.answers.farewell
        if said & self._thanks:
            return self.answers.welcome
        return self.answers.hello if said & self._greetings else None


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, as the index sees them: apostrophes joined, no accents."""
    apart = unicodedata.normalize("NFD", _APOSTROPHE.sub("", text.lower()))
    return _TERM.findall("".join(sign for sign in apart if not unicodedata.combining(sign)))
