"""How often the caller cut the agent short. Pure."""

from dataclasses import dataclass

from intelligence_ingest.operators.story import Story
from intelligence_ingest.results import OperatorResult


@dataclass(frozen=True, slots=True)
class InterruptionCount:
    """Counts the turns that were interrupted."""

    name: str

    def run(self, story: Story) -> OperatorResult:
        """A figure always: 0 is one, too."""
        return OperatorResult(
            key=self.name,
            name=self.name,
            type="measure",
            measure=float(story.interruptions),
            evidence={"turns": len({each.turn for each in story.heard})},
        )
