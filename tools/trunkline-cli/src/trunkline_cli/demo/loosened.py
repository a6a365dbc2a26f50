"""A script for an agent whose words nobody knows beforehand: what is done still counts. Pure."""

from msgspec.structs import replace

from twilio_emulator import Scenario
from twilio_emulator.scenario import Expect, Step

PATIENCE_SECONDS = 30.0
_WORDING = "reason"  # of a transfer, which the model words itself


def loosened(script: Scenario) -> Scenario:
    """The same calls; languages, keys, transfers and the end are expected, words are not."""
    steps = tuple(_loosened(step) for step in script.steps)
    return replace(script, steps=steps, patience_seconds=PATIENCE_SECONDS)


def _loosened(step: Step) -> Step:
    if not isinstance(step, Expect):
        return step
    task = step.task and {name: value for name, value in step.task.items() if name != _WORDING}
    return replace(
        step, contains=None, lacks=None, matches=None, heard_contains=None, said=None, task=task
    )
