"""The acts of the demo: who calls, how many, and what is to be seen."""

from dataclasses import dataclass
from importlib.resources import as_file, files

from twilio_emulator import Scenario, load_scenario


@dataclass(frozen=True, slots=True)
class Act:
    """One act: callers who follow a script, all at once."""

    title: str
    about: str
    script: Scenario
    callers: int = 1


def acts() -> list[Act]:
    """The acts in their order."""
    return [
        Act(
            "Three questions",
            "The answers stand only in the agent's documents (agents/receptionist/).",
            _script("documents"),
        ),
        Act(
            "An interruption",
            "The caller cuts the agent off in mid-sentence; no stale word may follow.",
            _script("barge-in"),
        ),
        Act(
            "Ten callers at once",
            "Each asks, interrupts and asks again; each call has a Kafka topic of its own.",
            _script("ten-callers"),
            callers=10,
        ),
    ]


def _script(name: str) -> Scenario:
    with as_file(files("trunkline_cli.demo") / "scripts" / f"{name}.yaml") as path:
        return load_scenario(path)
