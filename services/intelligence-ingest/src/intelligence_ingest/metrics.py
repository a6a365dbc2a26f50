"""The metrics this service records."""

from enum import StrEnum

from trunkline.metrics import Registry


class RecordOutcome(StrEnum):
    """How one record ended."""

    STORED = "stored"
    DEAD = "dead"
    DELAYED = "delayed"


class FoundBy(StrEnum):
    """Who was the first to tell of a transcript."""

    WEBHOOK = "webhook"
    SWEEP = "sweep"


class IngestMetrics:
    """Everything the service counts; the names are said here and nowhere else."""

    def __init__(self, registry: Registry) -> None:
        self._records = registry.counter(
            "trunkline_ingest_records_total",
            "Records read, by topic and by how they ended: stored, dead (a dead letter), delayed "
            "(to be tried again later).",
            labels=("topic", "outcome"),
        )
        self._missed = registry.counter(
            "trunkline_ingest_missed_records_total",
            "Records that had expired on their topic before they were read.",
            labels=("topic",),
        )
        self._halted = registry.gauge(
            "trunkline_ingest_halted_topics",
            "1 while a consumer waits for an operator, because its topic was made anew.",
            unit="topics",
            labels=("consumer",),
        )
        self._transcripts = registry.counter(
            "trunkline_ingest_transcripts_total",
            "Transcripts stored that are new or have changed, by who told of them: webhook, or "
            "sweep (no webhook had come).",
            labels=("found_by",),
        )
        self._sweep_failures = registry.counter(
            "trunkline_ingest_sweep_failures_total",
            "Transcripts that a sweep has found and could not store, by what becomes of them: "
            "again (tried later), given_up.",
            labels=("outcome",),
        )
        self._repeated = registry.counter(
            "trunkline_ingest_repeated_requests_total",
            "Requests to Twilio that were made again, by reason: throttled, failed, unanswered.",
            labels=("reason",),
        )
        self.fetch_seconds = registry.histogram(
            "trunkline_ingest_fetch_seconds",
            "From the first request about a transcript to the last answer.",
            unit="seconds",
        )
        self.delayed = registry.gauge(
            "trunkline_ingest_delayed_notifications",
            "Notifications that wait to be tried again.",
            unit="notifications",
        )
        self.swept_seconds = registry.gauge(
            "trunkline_ingest_sweep_age_seconds",
            "Since the last sweep over an account's transcripts was complete; the oldest account.",
            unit="seconds",
        )
        self.operated = registry.counter(
            "trunkline_ingest_operated_calls_total", "Calls that our own operators were run on."
        )
        self.expired_rows = registry.counter(
            "trunkline_ingest_expired_rows_total",
            "Rows whose words were removed, or that were deleted, because their time was over.",
        )

    def records(self, topic: str, outcome: RecordOutcome) -> None:
        """Count a record by how it ended."""
        self._records.labels(topic, outcome).inc()

    def missed(self, topic: str, records: int) -> None:
        """Count records that were gone before they were read."""
        self._missed.labels(topic).inc(records)

    def halted(self, consumer: str, halted: bool) -> None:
        """Show whether a consumer waits for an operator."""
        self._halted.labels(consumer).set(halted)

    def stored(self, found_by: FoundBy, transcripts: int) -> None:
        """Count transcripts that were stored."""
        self._transcripts.labels(found_by).inc(transcripts)

    def sweep_failed(self, *, again: bool) -> None:
        """Count a transcript that a sweep could not store."""
        self._sweep_failures.labels("again" if again else "given_up").inc()

    def waited(self, reason: str) -> None:
        """Count a request that is made again."""
        self._repeated.labels(reason).inc()
