"""The metrics this service records."""

from collections.abc import Callable

from trunkline.metrics import Registry

# Milliseconds between the moment that was meant and the one at which a request went out.
LAG_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2)


class DialerMetrics:
    """Everything the dialer counts; the names are said here and nowhere else."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.double_dials = registry.counter(
            "trunkline_dialer_double_dial_total",
            "Second calls that claimed an attempt. Must stay 0.",
        )
        self._alarms = registry.counter(
            "trunkline_dialer_alarms_total",
            "Things that should not be: a call of another account, of no request, after its attempt"
            " was over, of nobody; several calls that could be one attempt's, or one call several"
            " attempts'; a fault of ours.",
            labels=("reason",),
        )
        self._posts = registry.counter(
            "trunkline_dialer_posts_total",
            "Requests to place a call, by what they came to: created, refused, nothing_sent,"
            " unclear.",
            labels=("outcome",),
        )
        self._closed = registry.counter(
            "trunkline_dialer_gates_closed_total",
            "Calls that were not placed, or not yet, by the gate that was closed.",
            labels=("gate",),
        )
        self.send_lag_seconds = registry.histogram(
            "trunkline_dialer_send_lag_seconds",
            "From the moment that the rate limits gave to the request being written.",
            unit="seconds",
            buckets=LAG_SECONDS,
        )
        self.opt_out_seconds = registry.histogram(
            "trunkline_dialer_opt_out_seconds",
            "From an opt-out being written to the bus to its suppression being committed.",
            unit="seconds",
        )
        self.inbox_unknown = registry.counter(
            "trunkline_dialer_inbox_unknown_total", "Records of attempts that nobody knows."
        )
        self.inbox_misfits = registry.counter(
            "trunkline_dialer_inbox_misfits_total",
            "Records that speak of an attempt in another tenant's name.",
        )
        self.inbox_dead = registry.counter(
            "trunkline_dialer_inbox_dead_total", "Records that were set aside."
        )
        self.foreign_calls = registry.counter(
            "trunkline_dialer_foreign_calls_total",
            "Calls from our numbers that no attempt of ours has placed.",
        )
        self.errands_dropped = registry.counter(
            "trunkline_dialer_errands_dropped_total",
            "Questions to Twilio that were left out because too many waited; their timers repeat"
            " them.",
        )
        self.relayed = registry.counter(
            "trunkline_dialer_events_relayed_total", "Events that the bus has."
        )

    def alarm(self, reason: str) -> None:
        """Count something that should not be."""
        self._alarms.labels(reason).inc()

    def posted(self, outcome: str) -> None:
        """Count a request."""
        self._posts.labels(outcome).inc()

    def closed(self, gate: str) -> None:
        """Count a gate that was closed."""
        self._closed.labels(gate).inc()

    def watch(
        self,
        skew: Callable[[], float],
        lag: Callable[[], float],
        free_slots: Callable[[], float],
        may_dial: Callable[[], float],
    ) -> None:
        """Show what the gates are shown."""
        gauge = self._registry.gauge
        gauge(
            "trunkline_dialer_clock_skew_seconds",
            "This machine's clock minus the database's. Above 5 an alert, above 15 not ready.",
            unit="seconds",
            read=skew,
        )
        gauge(
            "trunkline_dialer_bus_lag_seconds",
            "How far the inbox is behind the bus. Above 10 nobody is called; -1: not known.",
            unit="seconds",
            read=lag,
        )
        gauge(
            "trunkline_dialer_free_slots",
            "Calls that the gateways can take.",
            unit="slots",
            read=free_slots,
        )
        gauge(
            "trunkline_dialer_dialing_processes",
            "1 while this process may place calls, else 0.",
            unit="processes",
            read=may_dial,
        )
