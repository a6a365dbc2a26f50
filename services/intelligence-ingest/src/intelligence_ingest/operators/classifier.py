"""The Service Classifier: which of the declared services the caller wanted. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from intelligence_ingest.operators.matching import Match, matches
from intelligence_ingest.operators.story import CUSTOMER, Story, said_by
from intelligence_ingest.results import OperatorResult

MAX_EVIDENCE = 5  # phrases kept beside the label


@dataclass(frozen=True, slots=True)
class Service:
    """A service, and what callers say when they want it, by language."""

    label: str
    aliases: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class ServiceClassifier:
    """Compares what the caller said with every alias of every service."""

    name: str
    services: Sequence[Service]
    least: float = 82.0
    """How alike an alias must be, 0 to 100."""
    speaker: str = CUSTOMER

    def run(self, story: Story) -> OperatorResult:
        """The service of the best match; of equals the one with more of its aliases said."""
        said = said_by(story.words, self.speaker)
        found = {
            service.label: matches(service.aliases, said, self.least) for service in self.services
        }
        ranked = sorted(
            ((label, some) for label, some in found.items() if some),
            key=lambda each: (-each[1][0].score, -len(each[1])),
        )
        label, best = ranked[0] if ranked else (None, [])
        return OperatorResult(
            key=self.name,
            name=self.name,
            type="classifier",
            label=label,
            score=_share(best) if best else None,
            label_scores={each: _share(some) for each, some in ranked} or None,
            evidence=[match.evidence() for match in best[:MAX_EVIDENCE]],
        )


def _share(found: Sequence[Match]) -> float:
    return round(found[0].score / 100, 3)
