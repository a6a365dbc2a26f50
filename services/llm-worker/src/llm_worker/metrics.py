"""The metrics this service records."""

from collections.abc import Callable
from enum import StrEnum

from llm_worker.model import Fault
from trunkline.agents import Provider
from trunkline.metrics import Registry


class Outcome(StrEnum):
    """How one prompt ended for this worker."""

    ANSWERED = "answered"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    UNCONFIRMED = "unconfirmed"
    BROKEN = "broken"


class WorkerMetrics:
    """Everything the worker counts; the names are said here and nowhere else."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._prompts = registry.counter(
            "trunkline_worker_prompts_total",
            "Turns requested, by how they ended here: answered (a failure of all models included), "
            "cancelled, refused, unconfirmed (a record was not confirmed in time), broken (a fault "
            "of ours).",
            labels=("outcome",),
        )
        self._model_failures = registry.counter(
            "trunkline_worker_model_failures_total",
            "Models that gave no complete reply, by provider and fault; the next one was asked.",
            labels=("provider", "fault"),
        )
        self._turn_seconds = registry.histogram(
            "trunkline_worker_turn_seconds",
            "From reading a prompt to the end of its run.",
            unit="seconds",
        )
        self.invalid_records = registry.counter(
            "trunkline_worker_invalid_records_total", "Records read that could not be understood."
        )
        self.other_agent_versions = registry.counter(
            "trunkline_worker_other_agent_versions_total",
            "Calls and turns of an agent's version that this worker does not have.",
        )
        self.errands_dropped = registry.counter(
            "trunkline_worker_errands_dropped_total",
            "Refusals and warm-ups left out because too many were waiting for the bus.",
        )

    def watch_turns(self, read: Callable[[], float]) -> None:
        """Show the number of turns in hand, whether they have a slot or wait for one."""
        self._registry.gauge(
            "trunkline_worker_live_turns",
            "Turns in hand, running or waiting for a slot.",
            unit="turns",
            read=read,
        )

    def prompt_ended(self, outcome: Outcome) -> None:
        """Count a prompt by how it ended."""
        self._prompts.labels(outcome).inc()

    def turn_took(self, seconds: float) -> None:
        """Note how long a turn was in hand."""
        self._turn_seconds.observe(seconds)

    def model_failed(self, provider: Provider, fault: Fault) -> None:
        """Count a model that gave no complete reply."""
        self._model_failures.labels(provider, fault).inc()
