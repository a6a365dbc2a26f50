"""Reads a folder of agent files into frozen agents, or says all that is wrong with them."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from trunkline.agents import Agent, Document
from trunkline.agents.catalog import Agents
from trunkline.agents.checks import findings
from trunkline.agents.documents import read_documents, read_text
from trunkline.agents.file import AgentFile
from trunkline.agents.mistakes import AgentError, Mistake, explain
from trunkline.agents.positions import Positions, Problem, parse
from trunkline.agents.templates import unknown_variables

__all__ = ["AgentError", "Agents", "Mistake", "agent_files", "load_agents", "load_files"]

MAX_FILE_BYTES = 128 * 1024
VERSION_DIGITS = 12


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
    text = read_text(path, MAX_FILE_BYTES)
    if isinstance(text, Problem):
        return _File(path, Positions(""), (Mistake(path, text.line, text.message),))
    positions = parse(text)
    problems = list(positions.problems)
    documents = read_documents(path.parent, positions, problems)
    problems.extend(unknown_variables(positions))
    body = _validate(positions, problems)
    if problems or body is None:
        return _File(path, positions, tuple(Mistake(path, p.line, p.message) for p in problems))
    return _File(path, positions, agent=_versioned(body, documents))


def _validate(positions: Positions, problems: list[Problem]) -> AgentFile | None:
    """Check the values against the form; a line that is not good YAML is not explained twice."""
    if positions.value is None and problems:
        return None
    try:
        body = AgentFile.model_validate(positions.value)
    except ValidationError as error:
        unread = {problem.line for problem in positions.problems}
        problems.extend(new for new in explain(error, positions) if new.line not in unread)
        return None
    for path, message in findings(body):
        key = ".".join(map(str, path))
        problems.append(Problem(positions.line(path), f"{key}: {message}"))
    return body


def _versioned(body: AgentFile, documents: list[Document]) -> Agent:
    agent = Agent.model_validate({**dict(body), "knowledge": tuple(documents)})
    content = agent.model_dump(mode="json", exclude={"version"})
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return agent.model_copy(update={"version": digest[:VERSION_DIGITS]})


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
