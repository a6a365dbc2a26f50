"""How much of the talking the agent did. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from intelligence_ingest.operators.story import AGENT, CUSTOMER, Story, Utterance, said_by
from intelligence_ingest.results import OperatorResult


@dataclass(frozen=True, slots=True)
class TalkRatio:
    """The agent's share of what was said, 0 to 1: by time if a transcript has it, else letters."""

    name: str

    def run(self, story: Story) -> OperatorResult:
        """No figure if nobody said anything."""
        timed = story.timed()
        sizes = {
            speaker: _seconds(said_by(timed, speaker)) if timed else _letters(story, speaker)
            for speaker in (AGENT, CUSTOMER)
        }
        total = sum(sizes.values())
        return OperatorResult(
            key=self.name,
            name=self.name,
            type="measure",
            measure=round(sizes[AGENT] / total, 3) if total else None,
            evidence={"by": "seconds" if timed else "letters", **sizes},
        )


def _seconds(said: Iterable[Utterance]) -> float:
    return round(sum((each.end_s or 0.0) - (each.start_s or 0.0) for each in said), 2)


def _letters(story: Story, speaker: str) -> float:
    return float(sum(len(each.text) for each in said_by(story.words, speaker)))
