"""Phrase checks: was something said, as the disclosure, or a wish not to be called again. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from intelligence_ingest.operators.matching import matches
from intelligence_ingest.operators.story import Story, said_by
from intelligence_ingest.results import OperatorResult

MAX_EVIDENCE = 3


@dataclass(frozen=True, slots=True)
class PhraseCheck:
    """Whether one side, or either, said one of the phrases."""

    name: str
    phrases: Mapping[str, Sequence[str]]
    speaker: str = ""
    """agent, customer, or empty for both."""
    least: float = 85.0

    def run(self, story: Story) -> OperatorResult:
        """Matched, with how alike and where."""
        found = matches(self.phrases, said_by(story.words, self.speaker), self.least)
        return OperatorResult(
            key=self.name,
            name=self.name,
            type="phrase",
            matched=bool(found),
            match_score=round(found[0].score / 100, 3) if found else None,
            evidence=[match.evidence() for match in found[:MAX_EVIDENCE]],
        )
