"""What one agent's model may use, and what it means when it asks for something; pure."""

import re
from dataclasses import dataclass

from llm_worker.actions import REPEATABLE, action_specs
from llm_worker.arguments import NONE, Arguments, complain, read_arguments
from llm_worker.model import ToolSpec
from trunkline.agents import ActionName, Agent, Tool

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Wish:
    """A use that a model asks for; with a `complaint` it cannot be granted."""

    name: str
    arguments: Arguments
    extra: str = ""
    target: Tool | ActionName | None = None
    complaint: str = ""

    @property
    def is_idempotent(self) -> bool:
        """Whether doing it twice does no more than doing it once."""
        if isinstance(self.target, Tool):
            return self.target.idempotent
        return self.target in REPEATABLE


def tool_specs(agent: Agent) -> tuple[ToolSpec, ...]:
    """All that this agent's model may use: its tools, then the actions that make sense."""
    tools = (ToolSpec(tool.name, tool.description, tool.parameters) for tool in agent.tools)
    return (*tools, *action_specs(agent))


class Toolbox:
    """The tools and actions of one agent, by name."""

    def __init__(self, agent: Agent) -> None:
        self._specs = {spec.name: spec for spec in tool_specs(agent)}
        self._tools = {tool.name: tool for tool in agent.tools}

    def read(self, name: str, arguments: str, extra: str = "") -> Wish:
        """Understand what a model has asked for."""
        spec = self._specs.get(name)
        if spec is None:
            return Wish(_printable(name), NONE, extra, complaint=self._no_such_tool(name))
        read = read_arguments(arguments)
        if isinstance(read, str):
            return Wish(name, NONE, extra, complaint=read)
        target = self._tools.get(name) or ActionName(name)
        return Wish(name, read, extra, target, complain(read, spec.parameters))

    def _no_such_tool(self, name: str) -> str:
        names = ", ".join(self._specs) or "none"
        return f"There is no tool {_printable(name)}. There are: {names}."


def _printable(name: str) -> str:
    """A name that every provider takes back."""
    return _NOT_IN_NAMES.sub("_", name)[:64] or "_"
