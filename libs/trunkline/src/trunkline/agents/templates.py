"""Which texts of an agent file may hold `{{variables}}`, and whether each one is known; pure."""

from collections.abc import Collection, Iterator

from trunkline.agents.checks_rules import says
from trunkline.agents.positions import Path, Positions, Problem
from trunkline.agents.variables import placeholders

_TEMPLATES: tuple[tuple[str | type, ...], ...] = (
    ("greeting",),
    ("disclosure",),
    ("instructions",),
    ("phrases",),
    ("silence",),
    ("filler",),
    ("languages", int, "words"),
    ("relay", "conversation_id"),
    ("relay", "customer_name"),
    ("transfers", str, "enqueue", "attributes"),
    ("tools", int, "filler"),
)
_RULES: tuple[tuple[str | type, ...], ...] = (
    ("models", int, "rules", int, "say"),
    ("models", int, "rules", int, "arguments"),
)


def unknown_variables(positions: Positions) -> Iterator[Problem]:
    """Say of each placeholder that nothing could fill in where it stands."""
    fields = positions.value if isinstance(positions.value, dict) else {}
    declared = fields.get("variables")
    known = declared.keys() if isinstance(declared, dict) else ()
    for path, text in positions.strings.items():
        of_rule = _fits(path, _RULES)
        if not of_rule and not _fits(path, _TEMPLATES):
            continue
        for written, name in placeholders(text):
            if name not in known and not (of_rule and _says(positions, path[:4], written)):
                yield Problem(positions.line_of(path, written), _unknown(written, name, of_rule))


def _says(positions: Positions, rule: Path, written: str) -> bool:
    when, after = (positions.strings.get((*rule, key), "") for key in ("when", "after"))
    return says(when, after, written[2:-2].strip())


def _fits(path: Path, patterns: Collection[tuple[str | type, ...]]) -> bool:
    return any(
        len(path) >= len(pattern)
        and all(
            isinstance(part, wanted) if isinstance(wanted, type) else part == wanted
            for part, wanted in zip(path, pattern, strict=False)
        )
        for pattern in patterns
    )


def _unknown(written: str, name: str, of_rule: bool) -> str:
    if name:
        return f'unknown variable {written}; declare it: `variables: {{{name}: "its default"}}`'
    if of_rule:
        return (
            f"{written} is not known here: {{{{1}}}} is the first (group) of when, "
            "{{result.key}} is for rules with after"
        )
    return f"{written} is not a variable: write a name such as {{{{clinic_name}}}}"
