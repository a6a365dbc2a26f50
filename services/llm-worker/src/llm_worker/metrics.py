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
            "Models that gave no complete reply, by provider and fault; another was asked, or the "
            "same again.",
            labels=("provider", "fault"),
        )
        self._turn_seconds = registry.histogram(
            "trunkline_worker_turn_seconds",
            "From reading a prompt to the end of its run.",
            unit="seconds",
        )
        self._tool_uses = registry.counter(
            "trunkline_worker_tool_uses_total",
            "Uses of tools, by tool and by how they ended: succeeded, failed, not_run, unknown (no "
            "answer: the effect may have happened), unavailable (this process may not use it).",
            labels=("tool", "outcome"),
        )
        self._tool_seconds = registry.histogram(
            "trunkline_worker_tool_seconds",
            "From the use of a tool to its end, by tool.",
            unit="seconds",
            labels=("tool",),
        )
        self._unavailable_tools = registry.gauge(
            "trunkline_worker_unavailable_tools",
            "Tools of the agents that this process cannot use: see the log of its start.",
            unit="tools",
        )
        self.tool_results_lost = registry.counter(
            "trunkline_worker_tool_results_lost_total",
            "Uses of tools whose end the call's log does not tell: it was not confirmed in time.",
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

    def tool_ended(self, tool: str, outcome: str, seconds: float) -> None:
        """Count a use of a tool by how it ended; `tool` is its name in the agent file."""
        self._tool_uses.labels(tool, outcome).inc()
        self._tool_seconds.labels(tool).observe(seconds)

    def tools_unavailable(self, tools: int) -> None:
        """Note how many tools cannot be used."""
        self._unavailable_tools.set(tools)

    def model_failed(self, provider: Provider, fault: Fault) -> None:
        """Count a model that gave no complete reply."""
        self._model_failures.labels(provider, fault).inc()
