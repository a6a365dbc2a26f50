"""The demo's last act: one call, as intelligence-ingest tells of it when it is over."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from trunkline_cli.calls.client import CallsClient, CallsError, calls_of
from trunkline_cli.calls.story import story
from trunkline_cli.stack.report import StackReport

LOOK_SECONDS = 0.5
PATIENCE_SECONDS = (
    90.0  # results come ten seconds after the last news of a call, on a quiet machine
)
CLASSIFIER = "service-classifier"
SENTIMENT = "Sentiment Analysis"
SUMMARY = "Summarization"

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """A call's story, and how many calls are stored in all, of those that there were."""

    story: Json = field(repr=False)
    calls: int
    expected: int
    waited_seconds: float

    def result(self, operator: str) -> Json | None:
        """What this operator found."""
        results = self.story.get("results", ())
        return next((each for each in results if each["operator_name"] == operator), None)

    @property
    def turns(self) -> list[Json]:
        """What was said by both sides, turn by turn."""
        timeline = self.story.get("timeline", ())
        return [moment["detail"] for moment in timeline if moment["what"] == "turn"]

    @property
    def missing(self) -> list[str]:
        """What does not stand in it yet."""
        wanted = {
            "its turns": self.turns,
            "its end": self.story and self.story["call"]["outcome"] != "live",
            "an interruption": any(turn["interrupted"] for turn in self.turns),
            "Twilio's sentiment": (self.result(SENTIMENT) or {}).get("label"),
            "Twilio's summary": (self.result(SUMMARY) or {}).get("result_text"),
            "the Service Classifier's label": (self.result(CLASSIFIER) or {}).get("label"),
        }
        return [name for name, there in wanted.items() if not there]

    def figures(self) -> Mapping[str, object]:
        """For the report."""
        label = self.result(CLASSIFIER) or {}
        return {
            "calls_stored": self.calls,
            "turns": len(self.turns),
            "results": len(self.story.get("results", ())),
            "sentiment": (self.result(SENTIMENT) or {}).get("label"),
            "label": label.get("label"),
            "label_score": label.get("score"),
            "waited_seconds": round(self.waited_seconds, 1),
        }

    def problems(self) -> list[str]:
        """What did not come in time."""
        found = [f"the call's story lacks {name}" for name in self.missing]
        if self.calls < self.expected:
            found.append(f"{self.calls} of {self.expected} calls are stored")
        return found


async def tell(report: StackReport, call_sid: str, calls: int, console: Console) -> Told:
    """Wait until all of it is there, and show it. `calls` are those that are to be stored."""
    with calls_of(report.ingests[0].url, report.ingest_api_key) as client:
        told = await asyncio.to_thread(_wait, client, call_sid, calls)
    if told.story:
        console.print(story(told.story))
        console.print()
    return told


def _wait(client: CallsClient, call_sid: str, calls: int) -> Told:
    began = time.monotonic()
    while True:
        waited = time.monotonic() - began
        told = Told(_story(client, call_sid), _stored(client, calls), calls, waited)
        if not told.problems() or waited > PATIENCE_SECONDS:
            return told
        time.sleep(LOOK_SECONDS)


def _story(client: CallsClient, call_sid: str) -> Json:
    try:
        found: Json = client.get(f"/v1/calls/{call_sid}")
    except CallsError:
        return {}  # nobody has told of it yet
    return found


def _stored(client: CallsClient, most: int) -> int:
    return len(client.get("/v1/calls", limit=min(1000, most))["data"])
