"""The registry of metrics: each name with kind, unit, meaning and labels, said exactly once.

A service's `metrics.py` declares its metrics as attributes of one class, so that a wrong name does
not type-check; dashboards and alerts are held against `Registry.declared`. Labels have few values:
never a call, a number or anything a caller said.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

# Seconds. Fine where a caller notices (a first word within 0.2-1 s), up to the longest turn.
LATENCY_SECONDS = (
    0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 20, 40,
)  # fmt: skip

_NAME = re.compile(r"trunkline_[a-z][a-z0-9_]*")


class Kind(StrEnum):
    """What a metric can do: only grow, move both ways, or count observations by size."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One declared metric. `name` is the name as exposed, and ends in the unit."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    labels: tuple[str, ...] = ()


class Registry:
    """The metrics of one process."""

    def __init__(self) -> None:
        self._collectors = CollectorRegistry()
        self._declared: dict[str, Metric] = {}
        ProcessCollector(registry=self._collectors)
        GCCollector(registry=self._collectors)

    @property
    def declared(self) -> tuple[Metric, ...]:
        """Everything declared, in order."""
        return tuple(self._declared.values())

    def counter(self, name: str, meaning: str, *, labels: Sequence[str] = ()) -> Counter:
        """Declare a number that only grows; its name ends in `_total`."""
        self._declare(Metric(name, Kind.COUNTER, "total", meaning, tuple(labels)))
        return Counter(name, meaning, labels, registry=self._collectors)

    def gauge(
        self,
        name: str,
        meaning: str,
        *,
        unit: str,
        labels: Sequence[str] = (),
        read: Callable[[], float] | None = None,
    ) -> Gauge:
        """Declare a number that moves both ways; `read`, if given, is asked at each scrape."""
        self._declare(Metric(name, Kind.GAUGE, unit, meaning, tuple(labels)))
        gauge = Gauge(name, meaning, labels, registry=self._collectors)
        if read is not None:
            gauge.set_function(read)
        return gauge

    def histogram(
        self,
        name: str,
        meaning: str,
        *,
        unit: str,
        labels: Sequence[str] = (),
        buckets: Sequence[float] = LATENCY_SECONDS,
    ) -> Histogram:
        """Declare a distribution; `buckets` are upper bounds in the metric's unit."""
        self._declare(Metric(name, Kind.HISTOGRAM, unit, meaning, tuple(labels)))
        return Histogram(name, meaning, labels, registry=self._collectors, buckets=buckets)

    def exposition(self) -> bytes:
        """All values in Prometheus' text format."""
        return generate_latest(self._collectors)

    def _declare(self, metric: Metric) -> None:
        if not _NAME.fullmatch(metric.name) or not metric.name.endswith(f"_{metric.unit}"):
            raise ValueError(f"{metric.name}: must be trunkline_<what>_{metric.unit}")
        if metric.name in self._declared:
            raise ValueError(f"{metric.name}: declared twice")
        self._declared[metric.name] = metric
