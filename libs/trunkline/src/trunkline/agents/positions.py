"""YAML text to plain values, remembering where each one stands; pure.

Plain scalars are read as YAML 1.2 and editors do: `no` and `8:30` are text. Tags and aliases are
refused: neither has a use in an agent file, and aliases can blow a small file up without bound.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import yaml

Path = tuple[str | int, ...]
"""Keys and list positions that lead to a value."""

Finding = tuple[Path, str]
"""Where something is wrong with a file's values, and what to do about it."""

MAX_DEPTH = 20  # deeper than any agent file; the composer recurses once per level

_TAG = "tag:yaml.org,2002:"
_ODD_BREAK = re.compile("[\x85\u2028\u2029]")  # YAML 1.1 ends a line there; 1.2 and editors do not


class _Mark(Protocol):
    """A place in a text, whichever of PyYAML's two mark classes names it."""

    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong on a line (counted from 1)."""

    line: int
    message: str


@dataclass(slots=True)
class Positions:
    """The values of a YAML text and where they stand."""

    text: str
    value: object = None
    problems: list[Problem] = field(default_factory=list)
    strings: dict[Path, str] = field(default_factory=dict)
    _lines: dict[Path, int] = field(default_factory=dict)
    _spans: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line of the value, or of the nearest thing that holds it."""
        known = tuple(path)
        while known not in self._lines and known:
            known = known[:-1]
        return self._lines.get(known, 1)

    def line_of(self, path: Path, part: str) -> int:
        """Return the line on which this part of a string stands."""
        start, end = self._spans[path]
        found = self.text.find(part, start, end)
        return self.text.count("\n", 0, found) + 1 if found >= 0 else self.line(path)

    def written(self, path: Path) -> str:
        """Return the value as the file writes it."""
        start, end = self._spans.get(path, (0, 0))
        return self.text[start:end].strip()

    def add(self, node: yaml.Node, path: Path) -> object:
        """Remember where the node stands, and return its value."""
        self._lines.setdefault(path, _line(node.start_mark))
        self._spans[path] = node.start_mark.index, node.end_mark.index
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path)
            case yaml.SequenceNode():
                return [self.add(item, (*path, n)) for n, item in enumerate(node.value)]
            case yaml.ScalarNode():
                return self._scalar(node, path)
        return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        values: dict[str, object] = {}
        for key_node, value in node.value:
            line = _line(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                message = "a value that begins with { must be in quotes, for example "
                self.problems.append(Problem(line, message + '"{{clinic_name}} ..."'))
                continue
            key = self._text(key_node)
            if key in values:
                first = self.line((*path, key))
                message = f'"{key}" is given twice, first on line {first}: remove one of them'
                self.problems.append(Problem(line, message))
                continue
            self._lines[(*path, key)] = line
            values[key] = self.add(value, (*path, key))
        return values

    def _text(self, node: yaml.ScalarNode) -> str:
        """Return the scalar's text; what no file name, socket or log could carry is refused."""
        text: str = node.value
        sound = text.replace("\0", "?").encode(errors="replace").decode()
        if sound != text:
            message = "holds characters that are not text, such as \\0 or half a surrogate pair"
            self.problems.append(Problem(_line(node.start_mark), message))
        return sound

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> object:
        text = self._text(node)
        match node.tag.removeprefix(_TAG):
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "bool":
                return text.lower() == "true"
            case "null":
                return None
        self.strings[path] = text
        return text


def parse(text: str) -> Positions:
    """Read a YAML text. Nothing is raised: what cannot be read stands in `problems`."""
    result = Positions(text)
    if odd := _ODD_BREAK.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        result.problems.append(Problem(line, f"character U+{ord(odd[0]):04X} is not allowed"))
        return result
    try:
        node = _Loader(text).get_single_node()
    except _Refused as refused:
        result.problems.append(refused.problem)
    except yaml.MarkedYAMLError as error:
        result.problems.append(_syntax_problem(error))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        result.problems.append(Problem(line, f"character U+{error.character:04X} is not allowed"))
    else:
        result.value = None if node is None else result.add(node, ())
    return result


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    context = f" ({error.context})" if error.context else ""
    line = _line(error.problem_mark or error.context_mark)
    return Problem(line, f"not valid YAML: {error.problem}{context}")


def _line(mark: _Mark | None) -> int:
    return mark.line + 1 if mark else 1


class _Refused(Exception):
    """Valid YAML that an agent file has no use for."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Loader(yaml.SafeLoader):
    """Composes nodes; resolves plain scalars as YAML 1.2's core schema does."""

    _depth = 0

    def get_single_node(self) -> yaml.Node | None:
        try:
            return super().get_single_node()
        except (ValueError, OverflowError):  # chr() refuses what an escape such as \UFFFFFFFF names
            raise _Refused(Problem(self.line + 1, "an escape names no character")) from None

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]  # untyped in the stubs
        refused = self._refused(event)
        if refused:
            raise _Refused(Problem(_line(event.start_mark), refused))
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def _refused(self, event: yaml.Event) -> str:
        if isinstance(event, yaml.AliasEvent):
            return "aliases (*name) are not read: write the value out"
        if getattr(event, "tag", None) is not None:
            return "tags (!name) are not read: remove it; a text in quotes is always text"
        if self._depth >= MAX_DEPTH:
            return "nested too deeply for an agent file"
        return ""


_Loader.yaml_implicit_resolvers = {}
for _name, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]{1,18}", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(f"^(?:{_pattern})$"), list(_first))
