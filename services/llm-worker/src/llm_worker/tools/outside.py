"""The tools that this process can use: over HTTP, and in Python."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from llm_worker.tools import Answer, ToolContext, in_doubt
from llm_worker.tools.hosts import Hosts
from llm_worker.tools.in_python import PythonTools
from llm_worker.tools.over_http import HttpTools
from llm_worker.tools.vault import Vault
from trunkline.agents import Agent, Tool


class OutsideTools:
    """Uses a tool in the way that the agent file says, within the tool's time."""

    def __init__(self, http: HttpTools, python: PythonTools) -> None:
        self._http = http
        self._python = python

    @classmethod
    @asynccontextmanager
    async def open(
        cls, hosts: Hosts, secrets: Path | None, python: PythonTools
    ) -> AsyncIterator["OutsideTools"]:
        async with HttpTools.open(hosts, Vault(secrets)) as http:
            yield cls(http, python)

    async def use(
        self, tool: Tool, arguments: Mapping[str, object], context: ToolContext
    ) -> Answer:
        try:
            async with asyncio.timeout(tool.timeout_seconds):
                if tool.http is None:
                    return await self._python.use(tool, arguments, context)
                return await self._http.use(tool, tool.http, arguments, context)
        except TimeoutError:
            return in_doubt("timeout", tool)

    def unavailable(self, agents: Iterable[Agent]) -> Iterator[tuple[str, str, str]]:
        """Yield agent, tool and reason for each tool that cannot be used here."""
        for agent in agents:
            for tool in agent.tools:
                if reason := self._why_not(tool):
                    yield agent.id, tool.name, reason

    def _why_not(self, tool: Tool) -> str:
        if tool.http is None:
            return self._python.why_not(tool.python)
        return self._http.why_not(tool.http)


def python_names(agents: Iterable[Agent]) -> list[str]:
    """The Python tools that these agents name."""
    return [tool.python for agent in agents for tool in agent.tools if tool.python]
