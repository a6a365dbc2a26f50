"""Tools that are Python functions."""

import asyncio
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from llm_worker.tools import Answer, Refused, ToolContext
from llm_worker.tools import in_python as module
from llm_worker.tools.hosts import Hosts
from llm_worker.tools.in_python import PythonTools
from llm_worker.tools.outside import OutsideTools
from trunkline.agents import Tool
from trunkline.events.call import ToolStatus
from trunkline.testing.virtual_time import run_in_virtual_time

CONTEXT = ToolContext("use-1", "CA1", "default", {"name": "Ann"}, "en-US")
S = ToolStatus


async def greet(arguments: dict[str, object], use: ToolContext) -> object:
    return {"said": f"{arguments['word']}, {use.variables['name']}"}


async def answer_late(arguments: dict[str, object], use: ToolContext) -> object:
    await asyncio.sleep(60)
    return None


async def give_up(arguments: dict[str, object], use: ToolContext) -> object:
    raise TimeoutError


async def refuse(arguments: dict[str, object], use: ToolContext) -> object:
    raise Refused("We are closed.")


async def answer_nonsense(arguments: dict[str, object], use: ToolContext) -> object:
    return {"a set": {1, 2}}


def use(function: Callable[..., Any], **changes: Any) -> Answer:
    fields = {"name": "tool", "description": "A tool.", "python": "function", **changes}
    tool = Tool.model_validate(fields)

    async def go() -> Answer:
        python = PythonTools({"function": function})
        async with OutsideTools.open(Hosts({}), None, python) as outside:
            return await outside.use(tool, {"word": "Hello"}, CONTEXT)

    return run_in_virtual_time(go())


def test_a_function_is_awaited_with_its_arguments_and_for_whom() -> None:
    assert use(greet) == Answer(S.SUCCEEDED, '{"said": "Hello, Ann"}')


def test_a_function_that_takes_too_long_is_stopped_and_nobody_knows() -> None:
    assert use(answer_late).status is S.UNKNOWN
    assert use(answer_late, idempotent=True).status is S.FAILED


def test_a_function_that_raises_a_timeout_of_its_own_does_not_know_either() -> None:
    assert use(give_up).status is S.UNKNOWN


def test_a_function_that_refuses_has_done_nothing_and_the_model_is_told_why() -> None:
    assert use(refuse) == Answer(S.FAILED, '{"error": "We are closed."}')


def test_a_function_whose_result_is_not_json_has_had_its_effect_all_the_same() -> None:
    assert use(answer_nonsense).status is S.UNKNOWN
    assert use(answer_nonsense, idempotent=True).status is S.FAILED


def test_a_function_that_nobody_offers_is_unavailable() -> None:
    answer = use(greet, python="other")

    assert (answer.status, answer.available) == (S.NOT_RUN, False)


def test_functions_are_found_as_entry_points_and_only_those_that_agents_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points = {
        "greet": f"{__name__}:greet",
        "broken": "no_such_package:tool",
        "gone": "json:no_such_function",
    }
    looked_up = []

    def entry_points(*, group: str, name: str) -> list[EntryPoint]:
        looked_up.append((group, name))
        return [EntryPoint(name, points[name], group)] if name in points else []

    monkeypatch.setattr(module, "entry_points", entry_points)
    tools = PythonTools.find(["json_dumps", "broken", "gone", "missing"])

    assert {name for _, name in looked_up} == {"json_dumps", "broken", "gone", "missing"}
    assert all(tools.why_not(name) for name in ("broken", "gone", "missing"))

    points["json_dumps"] = "json:dumps"
    assert PythonTools.find(["json_dumps"]).why_not("json_dumps") == ""
