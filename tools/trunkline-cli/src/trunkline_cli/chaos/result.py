"""What became of the rows of the fault list, added up for people and programs: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trunkline_cli.chaos.evidence import Evidence
from trunkline_cli.chaos.oracle import Verdict, double_dials, judge, lost_contacts
from trunkline_cli.chaos.rows import ROWS, NotRun, Simulated

COUNTS = ("runs", "contacts", "requests", "calls", "double_dials", "lost_contacts")
"""What is counted of every row, and summed over all."""

Report = Mapping[str, Any]
"""As it stands in the file."""

MOST_SHOWN = 10  # violations of one promise that are written down


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One scenario that was played once, and what is to be said of it."""

    row: str
    contacts: int
    attempts: int
    requests: int
    calls: int
    double_dials: int
    lost_contacts: int
    verdicts: tuple[Verdict, ...]
    found: tuple[str, ...]
    """What the scenario itself has seen to be wrong."""
    notes: tuple[str, ...]
    seconds: float
    shortened: tuple[tuple[float, float], ...]
    """Waits of the fault list in seconds, and how long they were."""

    @property
    def held(self) -> bool:
        """Whether every promise was kept."""
        return not self.found and all(verdict.held for verdict in self.verdicts)

    @property
    def broken(self) -> list[str]:
        """Promises that were not kept."""
        own = ["own"] if self.found else []
        return [verdict.promise for verdict in self.verdicts if not verdict.held] + own


def played(
    row: str,
    evidence: Evidence,
    found: Sequence[str],
    notes: Sequence[str],
    seconds: float,
    shortened: Sequence[tuple[float, float]] = (),
) -> Played:
    """Ask the oracle."""
    return Played(
        row=row,
        contacts=len(evidence.accepted),
        attempts=len(evidence.attempts),
        requests=len(evidence.posts),
        calls=len(evidence.calls),
        double_dials=double_dials(evidence),
        lost_contacts=lost_contacts(evidence),
        verdicts=judge(evidence),
        found=tuple(found),
        notes=tuple(notes),
        seconds=seconds,
        shortened=tuple(shortened),
    )


def report(results: Sequence[Played], **run: object) -> dict[str, object]:
    """Every row of the list: how it was put to the test, and what came of it.

    `run` says of which run that is, and stands with every row that was played in it.
    """
    rows = [_row(name, [result for result in results if result.row == name]) for name in ROWS]
    return _summed([row | run if "runs" in row else row for row in rows])


def kept(earlier: Report, now: Report) -> dict[str, object]:
    """Of rows that were not played this time, what an earlier report tells."""
    before = {row["row"]: row for row in earlier["rows"] if "runs" in row}
    return _summed([row if "runs" in row else before.get(row["row"], row) for row in now["rows"]])


def _summed(rows: Sequence[Report]) -> dict[str, object]:
    """The rows, and what all of them that were played come to."""
    ran = [row for row in rows if "runs" in row]
    return {
        "held": all(row["held"] for row in ran),
        "totals": {name: sum(row[name] for row in ran) for name in COUNTS},
        "rows": rows,
    }


def how(row: str, runs: int) -> str:
    """`real`, `simulated` or `not run`."""
    match ROWS[row].instead:
        case Simulated():
            return "simulated"
        case NotRun():
            return "not run"
    return "real" if runs else "not run"


def _row(name: str, results: Sequence[Played]) -> dict[str, Any]:
    row = ROWS[name]
    told: dict[str, Any] = {"row": name, "about": row.about, "how": how(name, len(results))}
    match row.instead:
        case Simulated(test):
            told["by"] = test
        case NotRun(reason):
            told["reason"] = reason
    if not results:
        return told if row.instead else told | {"reason": "not chosen for this run"}
    return told | {
        **_counts(results),
        "held": all(result.held for result in results),
        "violations": _violations(results),
        "seconds": [round(result.seconds) for result in results],
        "notes": [note for result in results for note in result.notes],
        "shortened": sorted({wait for result in results for wait in result.shortened}),
    }


def _counts(results: Sequence[Played]) -> dict[str, int]:
    counted = {name: sum(getattr(result, name) for result in results) for name in COUNTS[1:]}
    return {"runs": len(results), **counted}


def _violations(results: Sequence[Played]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for result in results:
        for verdict in result.verdicts:
            told.setdefault(verdict.promise, []).extend(verdict.violations[:MOST_SHOWN])
        told.setdefault("own", []).extend(result.found)
    return {name: texts for name, texts in told.items() if texts}
