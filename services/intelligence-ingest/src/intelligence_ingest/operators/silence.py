"""The longest silence of a call, in seconds. Pure."""

from dataclasses import dataclass

from intelligence_ingest.operators.story import Story
from intelligence_ingest.results import OperatorResult


@dataclass(frozen=True, slots=True)
class LongestSilence:
    """Between utterances of a transcript; without one, the caller's longest wait for a reply."""

    name: str

    def run(self, story: Story) -> OperatorResult:
        """No figure if there is nothing to measure."""
        gaps = _gaps(story)
        waits = [wait / 1000 for wait in story.waits_ms]
        found = gaps or waits
        return OperatorResult(
            key=self.name,
            name=self.name,
            type="measure",
            measure=round(max(found), 3) if found else None,
            evidence={"by": "transcript" if gaps else "turns"},
        )


def _gaps(story: Story) -> list[float]:
    """People speak at the same time, too: silence begins when the last of them has ended."""
    gaps = []
    ended: float | None = None
    for each in story.timed():
        start, end = each.start_s or 0.0, each.end_s or 0.0
        if ended is not None:
            gaps.append(max(0.0, start - ended))
        ended = max(end, ended or 0.0)
    return gaps
