"""An agent's documents, cut into sentences and indexed for full-text search in memory."""

import math
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trunkline.agents import Document

# How much a term counts that stands not in the sentence but around it: its paragraph, its heading.
CONTEXT = 0.5

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-ÖØ-Þ0-9¿¡\"'“])")
_TITLE = re.compile(
    r"\b(?:Dr|Dra|Mr|Mrs|Ms|Sr|Sra|Prof|St|Av|a\.m|p\.m)\.\s|\bNo\.\s(?=\d)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence. `heading` and `paragraph` are where it stands."""

    text: str
    heading: str
    paragraph: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage and how well it answers.

    `score` orders hits; `coverage` is the share of the question that the passage speaks of, from 0
    to 1, rare words counting more. A word that stands in no document is never covered.
    """

    passage: Passage
    score: float
    coverage: float


class PassageIndex:
    """Finds passages by the words of a question. Built once, never changed."""

    def __init__(self, documents: Sequence[Document], tokenizer: str) -> None:
        self._passages = [passage for document in documents for passage in cut(document)]
        self._database = sqlite3.connect(":memory:")
        self._database.execute(
            f"CREATE VIRTUAL TABLE passage USING fts5(text, context, tokenize = '{tokenizer}')"
        )
        self._database.executemany(
            "INSERT INTO passage (rowid, text, context) VALUES (?, ?, ?)",
            [(i, p.text, f"{p.heading} {p.paragraph}") for i, p in enumerate(self._passages)],
        )

    def search(self, terms: Mapping[str, Sequence[str]], hints: Sequence[str] = ()) -> list[Hit]:
        """Find what speaks of the terms, the best first.

        A term maps to all words that may stand for it; one that ends in a star stands for all that
        begin so. Hints order what the terms have found.
        """
        found = {term: self._find(words) for term, words in terms.items()}
        hinted = [self._find([hint]) for hint in hints]
        weights = {term: self._rarity(rows) for term, rows in found.items()}
        total = sum(weights.values())
        hits = []
        for row in sorted(set().union(*found.values())):
            known = sum(weights[term] * rows.get(row, 0.0) for term, rows in found.items())
            covered = sum(weights[term] for term, rows in found.items() if row in rows)
            extra = sum(0.2 * self._rarity(rows) * rows.get(row, 0.0) for rows in hinted)
            hits.append(Hit(self._passages[row], known + extra, covered / total))
        return sorted(hits, key=lambda hit: -hit.score)

    def _find(self, words: Sequence[str]) -> dict[int, float]:
        """Rows that hold any of the words, with how much that counts."""
        either = " OR ".join(_quoted(word) for word in words)
        return {
            row: 1.0 if in_text else CONTEXT
            for row, in_text in self._database.execute(
                "SELECT rowid, rowid IN (SELECT rowid FROM passage WHERE passage MATCH ?) "
                "FROM passage WHERE passage MATCH ?",
                (f"text : ({either})", either),
            )
        }

    def _rarity(self, rows: Mapping[int, float]) -> float:
        return math.log(1 + len(self._passages) / (1 + len(rows)))


def _quoted(word: str) -> str:
    return f'"{word[:-1]}"*' if word.endswith("*") else f'"{word}"'


def cut(document: Document) -> Iterator[Passage]:
    """Cut a document into sentences, each with its heading and its paragraph."""
    heading = ""
    for block in re.split(r"\n\s*\n|\n(?=#)|(?<=\n)(?=[-*] )", document.text):
        text = " ".join(block.split())
        if text.startswith("#"):
            heading, _, text = block.strip().lstrip("# ").partition("\n")
            text = " ".join(text.split())
        text = re.sub(r"^[-*] |[*_`]", "", text)
        for sentence in _sentences(text):
            yield Passage(sentence, heading, text)


def _sentences(text: str) -> Iterator[str]:
    guarded = _TITLE.sub(lambda found: found[0].rstrip() + "\0", text)
    for sentence in _SENTENCE_END.split(guarded):
        if sentence.strip():
            yield sentence.replace("\0", " ").strip()
