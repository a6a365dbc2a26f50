"""What the query API is asked by the benchmark: each kind of request, other values each time."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest_rows import (
    AGENTS,
    CAMPAIGNS,
    CLASSIFIER,
    COMMON,
    MIDDLING,
    NOWHERE,
    OUTCOMES,
    RARE,
    SENTIMENT,
    SENTIMENTS,
    SERVICES,
)

Chance = random.Random
Query = dict[str, str | bool]
Ask = Callable[[Chance], tuple[str, Query]]
"""Path and parameters of a request."""

ZONE = "America/New_York"


@dataclass(frozen=True)
class Known:
    """What there is to be asked for."""

    since: datetime
    until: datetime
    numbers: Sequence[str]
    calls: Sequence[str]
    """Some, with a transcript."""

    def days(self, chance: Chance, days: int) -> Query:
        """So many days, somewhere in the whole time."""
        length = timedelta(days=min(days, (self.until - self.since).days))
        begin = self.since + (self.until - self.since - length) * chance.random()
        return {"since": begin.isoformat(), "until": (begin + length).isoformat()}


def calls(known: Known) -> Mapping[str, Ask]:
    """Lists of calls, by every filter, and one whole call."""

    def listed(make: Callable[[Chance], Query]) -> Ask:
        return lambda chance: ("/v1/calls", make(chance))

    return {
        "calls": listed(lambda _: {}),
        "calls of a week": listed(lambda chance: known.days(chance, 7)),
        "calls by agent": listed(lambda chance: {"agent": chance.choice(AGENTS)}),
        "calls by campaign": listed(lambda chance: {"campaign": chance.choice(CAMPAIGNS)}),
        "calls by number": listed(lambda chance: {"number": chance.choice(known.numbers)}),
        "calls by label": listed(lambda chance: {"label": chance.choice(SERVICES)}),
        "calls by outcome": listed(lambda chance: {"outcome": chance.choice(OUTCOMES)}),
        "calls by agent, outcome, week": listed(
            lambda chance: {
                **known.days(chance, 7),
                **{"agent": chance.choice(AGENTS), "outcome": chance.choice(OUTCOMES)},
            }
        ),
        "calls by label, campaign": listed(
            lambda chance: {
                **{"label": chance.choice(SENTIMENTS), "campaign": chance.choice(CAMPAIGNS)}
            }
        ),
        "one call": lambda chance: (f"/v1/calls/{chance.choice(known.calls)}", {}),
    }


def searches(known: Known) -> Mapping[str, Ask]:
    """Words that are everywhere, in some calls, in hardly any and in none; with filters, too."""

    def searched(words: str, make: Callable[[Chance], Query] = lambda _: {}) -> Ask:
        return lambda chance: ("/v1/calls", {"text": words, **make(chance)})

    return {
        "search: common": searched(COMMON),
        "search: middling": searched(MIDDLING),
        "search: rare": searched(RARE),
        "search: nowhere": searched(NOWHERE),
        "search: two common words": searched(f"{COMMON} parking"),
        "search: phrase": searched('"parking near the harbour"'),
        "search: common, not another": searched(f"{COMMON} -{MIDDLING}"),
        "search: common, week": searched(COMMON, lambda chance: known.days(chance, 7)),
        "search: middling, agent": searched(
            MIDDLING, lambda chance: {"agent": chance.choice(AGENTS)}
        ),
        "search: common, campaign": searched(
            COMMON, lambda chance: {"campaign": chance.choice(CAMPAIGNS)}
        ),
        "search: common, number": searched(
            COMMON, lambda chance: {"number": chance.choice(known.numbers)}
        ),
        "search: rare, campaign": searched(
            RARE, lambda chance: {"campaign": chance.choice(CAMPAIGNS)}
        ),
    }


def insights(known: Known) -> Mapping[str, Ask]:
    """Lists of results and of transcripts."""

    def results(make: Callable[[Chance], Query]) -> Ask:
        return lambda chance: ("/v1/operator-results", make(chance))

    return {
        "results": results(lambda _: {}),
        "results of a week": results(lambda chance: known.days(chance, 7)),
        "results by operator": results(
            lambda chance: {"operator": chance.choice((SENTIMENT, CLASSIFIER))}
        ),
        "results by label": results(lambda chance: {"label": chance.choice(SENTIMENTS)}),
        "results by match": results(lambda _: {"matched": True}),
        "results of a call": results(lambda chance: {"call_sid": chance.choice(known.calls)}),
        "transcripts of a week": lambda chance: ("/v1/transcripts", known.days(chance, 7)),
        "transcripts by status": lambda _: ("/v1/transcripts", {"status": "completed"}),
    }


def aggregates(known: Known) -> Mapping[str, Ask]:
    """Figures of a month by day, or of a day by hour."""

    def month(name: str, make: Callable[[Chance], Query] = lambda _: {}) -> Ask:
        return lambda chance: (
            f"/v1/aggregates/{name}",
            {**known.days(chance, 30), "time_zone": ZONE, **make(chance)},
        )

    def hours(name: str) -> Ask:
        return lambda chance: (
            f"/v1/aggregates/{name}",
            {**known.days(chance, 1), "bucket": "hour", "time_zone": ZONE},
        )

    def campaign(chance: Chance) -> Query:
        return {"campaign": chance.choice(CAMPAIGNS)}

    return {
        "aggregate: calls, month": month("calls"),
        "aggregate: labels, month": month("labels"),
        "aggregate: sentiment, month, campaign": month("sentiment", campaign),
        "aggregate: escalations, month": month("escalations"),
        "aggregate: latency, day by hour": hours("latency"),
        "aggregate: latency, month": month("latency"),
        "aggregate: latency, month, agent": month(
            "latency", lambda chance: {"agent": chance.choice(AGENTS)}
        ),
        "aggregate: latency, month, campaign": month("latency", campaign),
        "aggregate: interruptions, month": month("interruptions"),
    }
