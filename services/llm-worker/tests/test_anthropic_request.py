import json
from typing import Any

import pytest
from questions import CALLER, GREETING, SYSTEM, TOOLS, question, used
from sdk_types import check_request

from llm_worker.model import ModelCall, ModelMessage, Question, Speaker
from llm_worker.providers.anthropic_request import body
from trunkline.agents import Provider

HOURS = ModelCall("call_1", "opening_hours", '{"day":"Saturday"}')
END = ModelCall("call_2", "end_call", "broken")
GO_ON = ModelMessage(Speaker.SYSTEM, "Go on.")
CACHED = {"type": "ephemeral"}


def asked(*messages: ModelMessage, **options: Any) -> Question:
    return question(Provider.ANTHROPIC, messages or (SYSTEM, GREETING, CALLER), **options)


def sent(one: Question) -> dict[str, Any]:
    """The body, as the SDK's types and a JSON parser let it pass."""
    request = body(one)
    check_request(Provider.ANTHROPIC, request)
    parsed: dict[str, Any] = json.loads(json.dumps(request))
    return parsed


def test_the_instructions_stand_apart_and_are_cached() -> None:
    request = sent(asked())

    assert request["system"] == [{"type": "text", "text": SYSTEM.text, "cache_control": CACHED}]
    assert (request["model"], request["max_tokens"], request["stream"]) == (
        "claude-haiku-5-5",
        400,
        True,
    )
    assert not {"temperature", "tools", "thinking", "output_config"} & set(request)


def test_caller_and_agent_speak_by_turns_and_the_caller_first_and_last() -> None:
    messages = sent(asked(SYSTEM, GREETING, CALLER, CALLER, GREETING, GO_ON))["messages"]

    assert [message["role"] for message in messages] == ["user", "assistant"] * 2 + ["user"]
    assert messages[-1]["content"] == [{"type": "text", "text": "[Go on.]"}]


def test_all_results_of_a_round_are_one_message_of_the_user_before_what_the_caller_says() -> None:
    rounds = used(HOURS, END, words="One moment.", results=("8 to 5", "No."), failed=True)

    _, agent, user = sent(asked(SYSTEM, CALLER, *rounds, CALLER, tools=TOOLS))["messages"]

    assert [block["type"] for block in agent["content"]] == ["text", "tool_use", "tool_use"]
    assert [block.get("input") for block in agent["content"]] == [None, {"day": "Saturday"}, {}]
    assert [block["type"] for block in user["content"]] == ["tool_result", "tool_result", "text"]
    assert user["content"][1] == {
        "type": "tool_result",
        "tool_use_id": "call_2",
        "content": "No.",
        "is_error": True,
    }


def test_a_call_without_words_has_no_empty_text() -> None:
    _, agent, _ = sent(asked(CALLER, *used(HOURS, results=("8 to 5",)), tools=TOOLS))["messages"]

    assert [block["type"] for block in agent["content"]] == ["tool_use"]


def test_tools_are_shown_with_their_schemas_and_the_last_ends_what_is_cached() -> None:
    first, last = sent(asked(tools=TOOLS))["tools"]

    assert first == {
        "name": "opening_hours",
        "description": "Looks up when we are open.",
        "input_schema": TOOLS[0].parameters,
    }
    assert last["cache_control"] == CACHED


@pytest.mark.parametrize(("may_call", "choice"), [(True, None), (False, {"type": "none"})])
def test_tools_are_shown_also_when_none_may_be_used(
    may_call: bool, choice: dict[str, str] | None
) -> None:
    request = sent(asked(tools=TOOLS, may_call=may_call))

    assert (len(request["tools"]), request.get("tool_choice")) == (2, choice)


@pytest.mark.parametrize(
    ("effort", "added"),
    [
        ("", {}),
        ("none", {"thinking": {"type": "disabled"}}),
        ("minimal", {"thinking": {"type": "between_tools"}}),
        ("low", {"output_config": {"effort": "low"}}),
    ],
)
def test_an_effort_is_said_in_the_apis_own_words(effort: str, added: dict[str, object]) -> None:
    request = sent(asked(effort=effort))

    assert {key: request[key] for key in ("thinking", "output_config") if key in request} == added
