import json
from typing import Any

import pytest
from pydantic import ValidationError
from questions import CALLER, GREETING, NAMES, SYSTEM, TOOLS, question, used
from sdk_types import check_request

from llm_worker.model import ModelCall, ModelMessage, Question, Speaker
from llm_worker.providers.chat_request import DIALECTS, UNSIGNED, body
from trunkline.agents import Provider

CALL = ModelCall("call_1", "opening_hours", '{"day":"Saturday"}')
AGAIN = ModelCall("call_2", "end_call", "")
GO_ON = ModelMessage(Speaker.SYSTEM, "Go on.")
SIGNATURE = {"google": {"thought_signature": "c2lnbmVk"}}
SIGNED = ModelCall(
    "call_1",
    "opening_hours",
    "{}",
    model=f"gemini/{NAMES[Provider.GEMINI]}",
    extra=json.dumps(SIGNATURE),
)


def sent(asked: Question) -> dict[str, Any]:
    """The body, as the SDK's types and a JSON parser let it pass."""
    request = body(asked)
    check_request(asked.choice.provider, request)
    parsed: dict[str, Any] = json.loads(json.dumps(request))
    return parsed


@pytest.mark.parametrize("provider", DIALECTS)
def test_what_is_sent_is_what_the_sdks_types_know(provider: Provider) -> None:
    history = [SYSTEM, CALLER, *used(CALL, AGAIN, words="Let me see.", results=("8 to 5", "Done."))]

    for may_call in (True, False):
        sent(question(provider, history, tools=TOOLS, may_call=may_call, temperature=0.5))
    sent(question(provider, [*history, GREETING, GO_ON], effort="low"))


def test_the_judge_refuses_what_the_types_do_not_know() -> None:
    request = body(question(Provider.OPENAI))
    request["messages"][0]["tone"] = "friendly"

    with pytest.raises(ValidationError):
        check_request(Provider.OPENAI, request)


@pytest.mark.parametrize("provider", DIALECTS)
def test_the_longest_reply_goes_under_the_name_the_provider_knows(provider: Provider) -> None:
    old = {Provider.DEEPSEEK, Provider.OLLAMA, Provider.VLLM}
    request = sent(question(provider))

    assert request.get("max_tokens" if provider in old else "max_completion_tokens") == 400
    assert (request["model"], request["stream"]) == (NAMES[provider], True)
    assert "temperature" not in request
    assert "tools" not in request


def test_usage_is_asked_for_where_it_must_be() -> None:
    assert "stream_options" not in sent(question(Provider.GROQ))
    assert sent(question(Provider.GEMINI))["stream_options"] == {"include_usage": True}
    assert sent(question(Provider.OPENAI))["stream_options"] == {
        "include_usage": True,
        "include_obfuscation": False,
    }


def test_a_tool_call_and_its_result_are_told_as_they_were() -> None:
    *_, asked, answered = sent(
        question(Provider.GROQ, [SYSTEM, CALLER, *used(CALL, results=("8 to 5",))], tools=TOOLS)
    )["messages"]

    function = {"name": "opening_hours", "arguments": '{"day":"Saturday"}'}
    assert asked == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
    }
    assert answered == {"role": "tool", "tool_call_id": "call_1", "content": "8 to 5"}


@pytest.mark.parametrize("arguments", ["", "{broken", "[1]", '"eight"'])
def test_arguments_that_are_no_object_are_sent_back_as_an_empty_one(arguments: str) -> None:
    call = ModelCall("call_1", "opening_hours", arguments)

    asked = sent(question(Provider.VLLM, [CALLER, *used(call, results=("No.",))]))["messages"][1]

    assert asked["tool_calls"][0]["function"]["arguments"] == "{}"


@pytest.mark.parametrize(
    ("provider", "tools", "choice"),
    [(Provider.OPENAI, 2, "none"), (Provider.OLLAMA, 0, None), (Provider.VLLM, 2, "none")],
)
def test_when_no_tool_may_be_used_the_model_is_told_in_its_own_way(
    provider: Provider, tools: int, choice: str | None
) -> None:
    request = sent(question(provider, tools=TOOLS, may_call=False))

    assert len(request.get("tools", [])) == tools
    assert request.get("tool_choice") == choice


@pytest.mark.parametrize(
    ("effort", "calls", "thinking"),
    [
        ("", False, {"thinking": {"type": "disabled"}}),
        ("none", False, {"thinking": {"type": "disabled"}}),
        ("high", False, {"reasoning_effort": "high"}),
        ("high", True, {"thinking": {"type": "disabled"}}),
    ],
)
def test_deepseek_thinks_only_if_told_to_and_not_over_earlier_calls(
    effort: str, calls: bool, thinking: dict[str, object]
) -> None:
    history = [CALLER, *(used(CALL, results=("8 to 5",)) if calls else [])]

    request = sent(question(Provider.DEEPSEEK, history, effort=effort))

    assert {key: request[key] for key in thinking} == thinking
    assert ("thinking" in request) != ("reasoning_effort" in request)


def test_an_effort_is_passed_on_as_it_is_set() -> None:
    assert sent(question(Provider.GROQ, effort="low"))["reasoning_effort"] == "low"
    assert "reasoning_effort" not in sent(question(Provider.GROQ))


def test_a_signature_goes_back_to_the_model_that_gave_it() -> None:
    history = [CALLER, *used(SIGNED, CALL, results=("8", "9"))]

    first, second = sent(question(Provider.GEMINI, history))["messages"][1]["tool_calls"]

    assert first["extra_content"] == SIGNATURE
    assert "extra_content" not in second  # Google signs the first of several


def test_a_signature_goes_to_no_other_model() -> None:
    request = sent(question(Provider.OPENAI, [CALLER, *used(SIGNED, results=("8",))]))

    assert "c2lnbmVk" not in json.dumps(request)


def test_calls_of_another_model_are_marked_for_gemini_as_unsigned() -> None:
    request = sent(question(Provider.GEMINI, [CALLER, *used(CALL, SIGNED, results=("8", "9"))]))

    first = request["messages"][1]["tool_calls"][0]
    assert first["extra_content"] == UNSIGNED["extra_content"]


def test_strict_providers_get_one_system_message_and_the_caller_first_and_last() -> None:
    history = [SYSTEM, GREETING, CALLER, GREETING, GO_ON]

    roles = [m["role"] for m in sent(question(Provider.VLLM, history))["messages"]]
    as_given = [m["role"] for m in sent(question(Provider.OPENAI, history))["messages"]]

    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    assert as_given == ["system", "assistant", "user", "assistant", "system"]
