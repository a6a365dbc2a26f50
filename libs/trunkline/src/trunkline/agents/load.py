"""Reads a folder of agent files into frozen agents, or says all that is wrong with them."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from trunkline.agents import Agent, Document
from trunkline.agents.catalog import Agents
from trunkline.agents.file import AgentFile
from trunkline.agents.mistakes import AgentError, Mistake, explain
from trunkline.agents.positions import Positions, Problem, parse
from trunkline.agents.variables import placeholders

__all__ = ["AgentError", "Agents", "Mistake", "agent_files", "load_agents", "load_files"]

MAX_FILE_BYTES = 128 * 1024
MAX_DOCUMENT_BYTES = 256 * 1024
MAX_KNOWLEDGE_BYTES = 1024 * 1024  # of all documents of an agent: they are put into every prompt
VERSION_DIGITS = 12

_TEMPLATES = ("greeting", "instructions", "phrases", "silence")


def load_agents(directory: Path) -> Agents:
    """Read all agent files (`*.yaml`) of a folder.

    Raises:
        AgentError: With all mistakes of all files.
    """
    return load_files(agent_files(directory))


def agent_files(directory: Path) -> list[Path]:
    """Return the agent files of a folder, in the order of their names.

    Raises:
        AgentError: If there is none.
    """
    paths = sorted(directory.glob("*.yaml"))
    if not paths:
        raise AgentError([Mistake(directory, 1, "there is no agent file (*.yaml) in this folder")])
    return paths


def load_files(paths: Sequence[Path]) -> Agents:
    """Read these agent files as one collection.

    Raises:
        AgentError: With all mistakes of all files.
    """
    files = [_read(path) for path in paths]
    mistakes = [mistake for file in files for mistake in file.mistakes]
    mistakes.extend(_clashes(files))
    if mistakes:
        raise AgentError(mistakes)
    return Agents(file.agent for file in files if file.agent is not None)


@dataclass(frozen=True, slots=True)
class _File:
    """One file as read: its agent, unless it has mistakes."""

    path: Path
    positions: Positions
    mistakes: tuple[Mistake, ...] = ()
    agent: Agent | None = None


def _read(path: Path) -> _File:
    text = _read_text(path, MAX_FILE_BYTES)
    if isinstance(text, Problem):
        return _File(path, Positions(""), (Mistake(path, text.line, text.message),))
    positions = parse(text)
    problems = list(positions.problems)
    documents = _read_documents(path.parent, positions, problems)
    problems.extend(_unknown_variables(positions))
    body = _validate(positions, problems)
    if problems or body is None:
        return _File(path, positions, tuple(Mistake(path, p.line, p.message) for p in problems))
    return _File(path, positions, agent=_versioned(body, documents))


def _validate(positions: Positions, problems: list[Problem]) -> AgentFile | None:
    """Check the values against the form; a line that is not good YAML is not explained twice."""
    if positions.value is None and problems:
        return None
    try:
        return AgentFile.model_validate(positions.value)
    except ValidationError as error:
        unread = {problem.line for problem in positions.problems}
        problems.extend(new for new in explain(error, positions) if new.line not in unread)
        return None


def _versioned(body: AgentFile, documents: list[Document]) -> Agent:
    agent = Agent.model_validate({**dict(body), "knowledge": tuple(documents)})
    content = agent.model_dump(mode="json", exclude={"version"})
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return agent.model_copy(update={"version": digest[:VERSION_DIGITS]})


def _unknown_variables(positions: Positions) -> Iterator[Problem]:
    fields = positions.value if isinstance(positions.value, dict) else {}
    declared = fields.get("variables")
    known = declared.keys() if isinstance(declared, dict) else ()
    for path, text in positions.strings.items():
        if path[:1] and path[0] in _TEMPLATES:
            for written, name in placeholders(text):
                if name not in known:
                    yield Problem(positions.line_of(path, written), _unknown(written, name, known))


def _unknown(written: str, name: str, known: object) -> str:
    if not name:
        return f"{written} is not a variable: write a name such as {{{{clinic_name}}}}"
    return f'unknown variable {written}; declare it: `variables: {{{name}: "its default"}}`'


def _read_documents(folder: Path, positions: Positions, problems: list[Problem]) -> list[Document]:
    documents: list[Document] = []
    for path, source in positions.strings.items():
        if path[:1] != ("knowledge",) or len(path) != 2:
            continue
        found = _read_document(folder, source)
        if isinstance(found, Document):
            documents.append(found)
        else:
            problems.append(Problem(positions.line(path), found))
    if sum(len(document.text.encode()) for document in documents) > MAX_KNOWLEDGE_BYTES:
        message = f"the documents have more than {MAX_KNOWLEDGE_BYTES} bytes together"
        problems.append(Problem(positions.line(("knowledge",)), message))
    return documents


def _read_document(folder: Path, source: str) -> Document | str:
    """Read a document beside the agent file, or say what is wrong with it."""
    if not source.strip():
        return "knowledge: an entry is empty: write a path, or remove the line"
    root = Path(os.path.realpath(folder))  # Path.resolve() raises RuntimeError on a circle of links
    path = Path(os.path.realpath(root / source))
    if not path.is_relative_to(root):
        return f"knowledge: {source} is outside the agent file's folder: move it inside"
    text = _read_text(path, MAX_DOCUMENT_BYTES)
    if isinstance(text, Problem):
        return f"knowledge: {source}: {text.message}"
    if not text.strip():
        return f"knowledge: {source} is empty: write something, or remove it from the list"
    return Document(source=source, text=text)


def _read_text(path: Path, limit: int) -> str | Problem:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except FileNotFoundError:
        return Problem(1, "there is no such file")
    except OSError as error:
        return Problem(1, f"cannot be read: {error.strerror}")
    if len(content) > limit:
        return Problem(1, f"is larger than {limit} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Problem(content.count(b"\n", 0, error.start) + 1, "is not UTF-8: save it as UTF-8")


def _clashes(files: Sequence[_File]) -> Iterator[Mistake]:
    """Yield what two files, or two lines of one, may not both say."""
    ids: dict[str, Mistake] = {}
    numbers: dict[str, Mistake] = {}
    for file in files:
        for path, text in file.positions.strings.items():
            here = Mistake(file.path, file.positions.line(path), "")
            if path == ("id",):
                yield from _clash(ids, text, here, "is already the id of the agent at")
            elif path[:1] == ("numbers",):
                yield from _clash(numbers, text, here, "is already answered by the agent at")


def _clash(seen: dict[str, Mistake], name: str, here: Mistake, relation: str) -> Iterator[Mistake]:
    first = seen.setdefault(name, here)
    if first is not here:
        message = f'"{name}" {relation} {first.file}:{first.line}: give one of them another'
        yield Mistake(here.file, here.line, message)
