"""Tools at work. One that has begun is never cut short by what becomes of its turn, and its end is
written for whoever asks next."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from llm_worker.effects import ToolEnded
from llm_worker.metrics import WorkerMetrics
from llm_worker.runlog import RunLog
from llm_worker.tools import Answer, ToolContext, in_doubt, not_run
from trunkline.agents import Tool
from trunkline.errors import TrunklineError
from trunkline.events.call import ToolIntended, ToolReturned
from trunkline.logs import get_logger

MAX_AT_WORK = 400  # uses at the same time; further ones are not begun

logger = get_logger()


class Tools(Protocol):
    """What can use tools."""

    async def use(
        self, tool: Tool, arguments: Mapping[str, object], context: ToolContext
    ) -> Answer:
        """Use a tool once, within its time. What goes wrong outside is an answer too."""


@dataclass(frozen=True, slots=True)
class Job:
    """One use, whose intent the bus has. `begin_by` is the loop's time; `log` is its own."""

    intent: ToolIntended
    tool: Tool
    arguments: Mapping[str, object]
    context: ToolContext
    log: RunLog
    begin_by: float


class Workbench:
    """Owns all uses of tools of one worker."""

    def __init__(self, tasks: asyncio.TaskGroup, tools: Tools, metrics: WorkerMetrics) -> None:
        self._tasks = tasks
        self._tools = tools
        self._metrics = metrics
        self._loop = asyncio.get_running_loop()
        self.at_work: set[asyncio.Task[None]] = set()
        """The uses that have not come to their end."""

    def begin(self, job: Job, on_end: Callable[[ToolEnded], None]) -> None:
        """Use the tool, write how it ended, and tell `on_end`; too many at a time are not used.

        `on_end` may belong to a turn that is over by then, so it must do no more than note it.
        """
        is_full = len(self.at_work) >= MAX_AT_WORK
        refusal = not_run("too many tools are at work")
        self._start(job, self._end(job, refusal, on_end) if is_full else self._work(job, on_end))

    def leave(self, job: Job) -> None:
        """Write that the tool was not used, though its intent may be in the log."""
        self._start(job, self._end(job, not_run("the turn was over"), lambda _: None))

    def _start(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        task = self._tasks.create_task(work, name=f"tool {job.tool.name} {job.context.call_sid}")
        self.at_work.add(task)
        task.add_done_callback(self.at_work.discard)

    async def _work(self, job: Job, on_end: Callable[[ToolEnded], None]) -> None:
        """A worker that was stopped meanwhile, or whose bus was, no longer knows what holds now."""
        began = self._loop.time()
        is_late = began > job.begin_by
        answer = not_run("it was too late") if is_late else await self._use(job)
        outcome = answer.status.name.lower() if answer.available else "unavailable"
        self._metrics.tool_ended(job.tool.name, outcome, self._loop.time() - began)
        await self._end(job, answer, on_end)

    async def _use(self, job: Job) -> Answer:
        """The boundary of one use: whatever a tool raises is an answer, and a neutral one.

        It may have been raised behind the effect.
        """
        try:
            return await self._tools.use(job.tool, job.arguments, job.context)
        except Exception as error:
            logger.warning("tool_broken", tool=job.tool.name, error=type(error).__name__)
            return in_doubt("the tool is broken", job.tool)

    async def _end(self, job: Job, answer: Answer, on_end: Callable[[ToolEnded], None]) -> None:
        use_id, status, result = job.intent.use_id, answer.status, answer.result
        turn, attempt = job.intent.turn, job.intent.attempt
        try:
            await job.log.append(ToolReturned(turn, attempt, use_id, status, result))
        except TrunklineError:
            self._metrics.tool_results_lost.inc()
            logger.warning(
                "tool_result_lost", tool=job.tool.name, call_id=job.context.call_sid, turn=turn
            )
        on_end(ToolEnded(use_id, status, result))
