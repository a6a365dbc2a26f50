"""Tools that are Python functions, found as entry points of the group `trunkline.tools`."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from importlib.metadata import entry_points

from llm_worker.tools import (
    Answer,
    Refused,
    ToolContext,
    failed,
    in_doubt,
    succeeded,
    unavailable,
)
from trunkline.agents import Tool
from trunkline.logs import get_logger

GROUP = "trunkline.tools"

Function = Callable[[dict[str, object], ToolContext], Awaitable[object]]

logger = get_logger()


class PythonTools:
    """The functions that were found, by name."""

    def __init__(self, functions: Mapping[str, Function]) -> None:
        self._functions = functions

    @classmethod
    def find(cls, names: Iterable[str]) -> "PythonTools":
        """Load these functions, and no others; those that cannot be loaded are unavailable."""
        functions: dict[str, Function] = {}
        for name in set(names):
            for point in entry_points(group=GROUP, name=name):
                try:
                    functions[name] = point.load()
                except (ImportError, AttributeError) as error:
                    logger.warning("python_tool_not_loaded", tool=name, error=type(error).__name__)
        return cls(functions)

    def why_not(self, name: str) -> str:
        """Why this process cannot use the tool; nothing if it can."""
        return "" if name in self._functions else f"no Python package offers {name} as a tool"

    async def use(
        self, tool: Tool, arguments: Mapping[str, object], context: ToolContext
    ) -> Answer:
        """Await the function once; the caller limits the time and handles what else it raises."""
        if reason := self.why_not(tool.python):
            return unavailable(f"This tool cannot be used here: {reason}.")
        try:
            result = await self._functions[tool.python](dict(arguments), context)
        except Refused as refused:
            return failed(str(refused))
        try:
            return succeeded(json.dumps(result, ensure_ascii=False))
        except (TypeError, ValueError):
            return in_doubt("the tool has answered something that is not JSON", tool)
