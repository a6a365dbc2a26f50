"""Writes the tables of `docs/dialing.md` from the code: `python -m trunkline_cli.dialing_doc`."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from dialer.api.row_messages import MESSAGES
from dialer.presets_table import TABLE, VERSION
from dialer.rows import RowCode
from dialer.rules_text import RuleText, rule_texts
from trunkline_cli.chaos.result import Report
from trunkline_cli.paths import ROOT

FILE = ROOT / "docs/dialing.md"
RESULTS = ROOT / "bench/results/dialer-chaos.json"

_PART = re.compile(r"(<!-- (?P<name>rows|rules|faults): [^>]*-->\n).*?(<!-- end -->)", re.DOTALL)


def written(text: str) -> str:
    """The document with its tables as the code has them."""
    return _PART.sub(lambda found: f"{found[1]}{_PARTS[found['name']]()}{found[3]}", text)


def row_codes() -> str:
    """What can be wrong with a row."""
    return _table(("code", "meaning"), ((f"`{code}`", MESSAGES[code]) for code in RowCode))


def rules() -> str:
    """What holds where, and how far its sources were read."""
    headings = ("where", "hours", "holidays", "attempts", "consent", "abandoned at most")
    found = rule_texts(TABLE)
    rows = (
        (_where(rule), rule.hours, rule.holidays, rule.attempts, rule.consent, rule.abandoned)
        for rule in found
    )
    sources = "".join(f"* {_where(rule)}: {'; '.join(rule.sources)}\n" for rule in found)
    return f"Version {VERSION}.\n\n{_table(headings, rows)}\nSources:\n\n{sources}"


def faults() -> str:
    """What the dialer was put through, and what came of it."""
    return fault_table(json.loads(RESULTS.read_text()))


def fault_table(report: Report) -> str:
    """The same, of a report."""
    headings = ("", "what goes wrong", "how", "calls", "double dials", "lost contacts", "not kept")
    totals = report["totals"]
    summary = (
        f"{totals['runs']} runs, {totals['contacts']} contacts, {totals['calls']} calls: "
        f"{totals['double_dials']} double dials, {totals['lost_contacts']} lost contacts.\n\n"
    )
    return summary + _table(headings, map(_fault, report["rows"]))


def _fault(row: Report) -> Sequence[str]:
    how = _how(row)
    counts = (str(row.get(name, "")) for name in ("calls", "double_dials", "lost_contacts"))
    broken = ", ".join(_BROKEN.get(name, name) for name in row.get("violations", ()))
    return row["row"], row["about"], how, *counts, broken


def _how(row: Report) -> str:
    if row["how"] != "real":
        return f"{row['how']}: {row.get('by') or row['reason']}"
    waits = (f"{full:g} s as {lasted:g} s" for full, lasted in row.get("shortened", ()))
    return ", ".join(["real", *waits])


_BROKEN = {"own": "what the scenario itself watches"}


def _where(rule: RuleText) -> str:
    return f"{rule.country}-{rule.subdivision}" if rule.subdivision else rule.country


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    def lines() -> Iterator[str]:
        yield _line(headings)
        yield _line(["---"] * len(headings))
        yield from map(_line, rows)

    return "".join(lines())


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n".replace("|  |", "| |").replace("|  |", "| |")


_PARTS = {"rows": row_codes, "rules": rules, "faults": faults}

if __name__ == "__main__":
    FILE.write_text(written(FILE.read_text()))
