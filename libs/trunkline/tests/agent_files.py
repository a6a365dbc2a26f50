"""Agent files with mistakes, for tests: what is added to a good one, and what is told."""

from pathlib import Path

from trunkline.agents.load import AgentError, load_files

BASE = """\
id: desk
greeting: Hello.
instructions: Be kind.
languages: [{code: en-US}]
models: [{provider: offline}]
"""
FIND = "parameters: {type: object, properties: {day: {type: string}}, required: [day]}, python: x"


def told(folder: Path, added: str) -> list[str]:
    """What is wrong with the base and these lines, which take the place of its own."""
    keys = {line.partition(":")[0] for line in added.splitlines()}
    kept = [line for line in BASE.splitlines() if line.partition(":")[0] not in keys]
    path = folder / "desk.yaml"
    path.write_text("\n".join([*kept, added, ""]))
    try:
        load_files([path])
    except AgentError as error:
        return [f"{mistake.line - len(kept)}: {mistake.message}" for mistake in error.mistakes]
    return []


def tool(inside: str) -> str:
    return f"tools:\n- {{name: find, description: Finds., {inside}}}"


def schema(inside: str) -> str:
    return tool(f"python: x, parameters: {inside}")
