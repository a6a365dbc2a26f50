"""Finding a phrase in what was said, though it was said or written a little differently: pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from intelligence_ingest.operators.story import Utterance, folded

ANY_LANGUAGE = "any"
SPREAD = 1  # words that a phrase may be longer or shorter than it was written


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase that was found: which, where, how alike, and the words themselves."""

    phrase: str
    words: str
    score: float
    """0 to 100."""
    utterance: Utterance

    def evidence(self) -> dict[str, object]:
        """As it is stored beside a result."""
        return {
            "phrase": self.phrase,
            "words": self.words,
            "score": round(self.score, 1),
            "speaker": self.utterance.speaker,
            "turn": self.utterance.turn,
        }


def matches(
    phrases: Mapping[str, Sequence[str]], utterances: Iterable[Utterance], least: float
) -> list[Match]:
    """The best place of each phrase, if it is alike enough; best first."""
    found: dict[str, Match] = {}
    for utterance in utterances:
        said = folded(utterance.text)
        for phrase in phrases_for(phrases, utterance.language):
            match = _match(phrase, said, utterance, least)
            if match and match.score > getattr(found.get(phrase), "score", 0.0):
                found[phrase] = match
    return sorted(found.values(), key=lambda match: -match.score)


def phrases_for(phrases: Mapping[str, Sequence[str]], language: str) -> Iterator[str]:
    """Those of the language and those of any; all of them if the language is not known."""
    wanted = language.partition("-")[0].lower()
    for name, some in phrases.items():
        if not wanted or name in (ANY_LANGUAGE, wanted, language):
            yield from some


def _match(phrase: str, said: str, utterance: Utterance, least: float) -> Match | None:
    wanted = folded(phrase)
    # Cheap, and never below what any run of whole words scores by more than its spread allows.
    if not wanted or fuzz.partial_ratio(wanted, said) < least:
        return None
    words, score = _best_run(wanted, said.split())
    return Match(phrase, words, score, utterance) if score >= least else None


def _best_run(wanted: str, said: Sequence[str]) -> tuple[str, float]:
    """The run of whole words that is most alike: "art" is not found in "party"."""
    length = len(wanted.split())
    runs = (
        " ".join(said[begin : begin + size])
        for size in range(max(1, length - SPREAD), length + SPREAD + 1)
        for begin in range(max(1, len(said) - size + 1))
    )
    return max(((run, fuzz.ratio(wanted, run)) for run in runs), key=lambda found: found[1])
