"""Reads the documents that an agent file names, from beside it."""

import os
from collections.abc import Iterator
from pathlib import Path

from trunkline.agents import Document
from trunkline.agents.positions import Path as Place
from trunkline.agents.positions import Positions, Problem

MAX_DOCUMENT_BYTES = 256 * 1024
MAX_KNOWLEDGE_BYTES = 1024 * 1024  # of all documents of an agent: they are put into every prompt


def read_documents(folder: Path, positions: Positions, problems: list[Problem]) -> list[Document]:
    """Read the documents for all languages and those for one; add what is wrong to `problems`."""
    documents: list[Document] = []
    seen: set[tuple[str, str]] = set()
    size = 0
    for place, source, language in _named(positions):
        twice = (source, language) in seen
        seen.add((source, language))
        found = f"{source} is there twice: remove one of them" if twice else _read(folder, source)
        if isinstance(found, str):
            problems.append(Problem(positions.line(place), f"knowledge: {found}"))
            continue
        documents.append(found.model_copy(update={"language": language}))
        size += len(found.text.encode())
        if size > MAX_KNOWLEDGE_BYTES:
            message = f"the documents have more than {MAX_KNOWLEDGE_BYTES} bytes together"
            problems.append(Problem(positions.line(place[:-1]), message))
            break
    return documents


def _named(positions: Positions) -> Iterator[tuple[Place, str, str]]:
    """Yield where a document is named, its path, and its language (empty: it is for all)."""
    for place, source in positions.strings.items():
        match place:
            case ("knowledge", int()):
                yield place, source, ""
            case ("languages", int(i), "knowledge", int()):
                yield place, source, positions.strings.get(("languages", i, "code"), "")


def _read(folder: Path, source: str) -> Document | str:
    """Read a document beside the agent file, or say what is wrong with it."""
    if not source.strip():
        return "an entry is empty: write a path, or remove the line"
    root = Path(os.path.realpath(folder))  # Path.resolve() raises RuntimeError on a circle of links
    path = Path(os.path.realpath(root / source))
    if not path.is_relative_to(root):
        return f"{source} is outside the agent file's folder: move it inside"
    text = read_text(path, MAX_DOCUMENT_BYTES)
    if isinstance(text, Problem):
        return f"{source}: {text.message}"
    if not text.strip():
        return f"{source} is empty: write something, or remove it from the list"
    return Document(source=source, text=text)


def read_text(path: Path, limit: int) -> str | Problem:
    """Read a UTF-8 file of at most so many bytes, or say on which line it is not one."""
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
