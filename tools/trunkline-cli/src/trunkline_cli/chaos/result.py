"""What became of the rows of the fault list, added up for people and programs: pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from trunkline_cli.chaos.evidence import Evidence
from trunkline_cli.chaos.oracle import Verdict, double_dials, judge, lost_contacts
from trunkline_cli.chaos.rows import ROWS, NotRun, Simulated

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
    row: str, evidence: Evidence, found: Sequence[str], notes: Sequence[str], seconds: float
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
    )


def report(results: Sequence[Played]) -> dict[str, object]:
    """Every row of the list: how it was put to the test, and what came of it."""
    return {
        "held": all(result.held for result in results),
        "totals": _totals(results),
        "rows": [_row(name, [result for result in results if result.row == name]) for name in ROWS],
    }


def how(row: str, runs: int) -> str:
    """`real`, `simulated` or `not run`."""
    match ROWS[row].instead:
        case Simulated():
            return "simulated"
        case NotRun():
            return "not run"
    return "real" if runs else "not run"


def _row(name: str, results: Sequence[Played]) -> dict[str, object]:
    row = ROWS[name]
    told: dict[str, object] = {"row": name, "about": row.about, "how": how(name, len(results))}
    match row.instead:
        case Simulated(test):
            told["by"] = test
        case NotRun(reason):
            told["reason"] = reason
    if not results:
        return told if row.instead else told | {"reason": "not chosen for this run"}
    return told | {
        **_totals(results),
        "held": all(result.held for result in results),
        "violations": _violations(results),
        "notes": [note for result in results for note in result.notes],
    }


def _totals(results: Sequence[Played]) -> dict[str, object]:
    return {
        "runs": len(results),
        "contacts": sum(result.contacts for result in results),
        "requests": sum(result.requests for result in results),
        "calls": sum(result.calls for result in results),
        "double_dials": sum(result.double_dials for result in results),
        "lost_contacts": sum(result.lost_contacts for result in results),
    }


def _violations(results: Sequence[Played]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for result in results:
        for verdict in result.verdicts:
            told.setdefault(verdict.promise, []).extend(verdict.violations[:MOST_SHOWN])
        told.setdefault("own", []).extend(result.found)
    return {name: texts for name, texts in told.items() if texts}
