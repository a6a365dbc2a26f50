"""The scripted model with rules, as the agent file gives them."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from clinic import BOOK, FIND, clinic, request, use

from llm_worker.effects import Round
from llm_worker.model import CallDelta, Delta, Fault, Finished, ModelFailed, Question, TextDelta
from llm_worker.prompt import ask
from llm_worker.providers.scripted import ScriptedModel
from trunkline.events.call import ToolStatus
from trunkline.events.turn import Message, Role, ToolUse
from trunkline.testing.virtual_time import run_in_virtual_time

S = ToolStatus
RULES: list[dict[str, Any]] = [
    {
        "when": r"on (\w+day)\b",
        "say": "{{1}}, {{caller}}.",
        "call": FIND,
        "arguments": {"day": "{{1}}"},
    },
    {"when": r"keys (\d+)", "say": "You typed {{1}}."},
    {"when": "hello", "language": "es", "say": "Hola."},
    {"when": "hello", "say": "Hi."},
    {"when": "quiet", "call": "play_sound", "arguments": {"sound": "chime"}},
    {"after": FIND, "status": "succeeded", "say": "Free at {{result.slots.1.time}}{{result.no}}."},
    {"after": FIND, "say": "I could not look it up."},
    {"after": BOOK, "status": "unknown", "say": "I do not know whether it worked."},
    {"after": BOOK, "status": "failed", "say": "No: {{result.error}}."},
    {"after": BOOK, "say": "Booked: {{result}}"},
]


def play(
    said: str = "", *uses: ToolUse, keys: str = "", language: str = "en-US", may_call: bool = True
) -> list[Delta]:
    """What the model does when this was said, and these tools have answered since."""
    agent = clinic(models=[{"provider": "scripted", "rules": RULES}])
    history = [Message(Role.CALLER, said, 3, keys)]
    asked = replace(request(history=history), language=language)
    rounds = [Round("", uses)] if uses else []
    question = ask(agent, asked, agent.models[0], "", rounds, may_call)
    return run_in_virtual_time(collect(question))


async def collect(question: Question) -> list[Delta]:
    async with aclosing(ScriptedModel().reply(question)) as deltas:
        return [delta async for delta in deltas]


def text(deltas: Sequence[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


def test_the_first_rule_that_fits_is_followed_with_what_was_found() -> None:
    deltas = play("Can I come ON Tuesday?")

    assert text(deltas) == "Tuesday, the caller."
    assert deltas[-2] == CallDelta(FIND, '{"day": "Tuesday"}')
    assert isinstance(deltas[-1], Finished)


def test_words_come_one_by_one() -> None:
    words = [delta.text for delta in play("on Monday") if isinstance(delta, TextDelta)]

    assert words == ["Monday, ", "the ", "caller."]


def test_keys_count_as_words() -> None:
    assert text(play(keys="1234")) == "You typed 1234."


def test_a_rule_may_be_for_one_language() -> None:
    assert text(play("Hello!", language="es-US")) == "Hola."
    assert text(play("Hello!", language="en-US")) == "Hi."


def test_where_no_rule_fits_the_next_model_is_to_be_asked() -> None:
    with pytest.raises(ModelFailed) as failure:
        play("What is the weather like?")

    assert (failure.value.fault, failure.value.retryable) == (Fault.EMPTY, False)


def test_after_a_tool_its_result_is_spoken_and_the_question_is_not_met_again() -> None:
    found = use(tool=FIND, result='{"slots": [{"time": "nine"}, {"time": "ten"}]}')

    assert text(play("on Tuesday", found)) == "Free at ten."


@pytest.mark.parametrize(
    ("status", "result", "said"),
    [
        (S.SUCCEEDED, "number 7", "Booked: number 7"),
        (S.FAILED, '{"error": "full"}', "No: full."),
        (S.FAILED, "plain text", "No: ."),
        (S.NOT_RUN, "", "No: ."),
        (S.UNKNOWN, "", "I do not know whether it worked."),
        (S.UNSPECIFIED, "", "I do not know whether it worked."),
    ],
)
def test_how_a_tool_ended_decides_what_is_said(status: ToolStatus, result: str, said: str) -> None:
    assert text(play("book it", use(status=status, result=result))) == said


def test_of_several_results_the_first_rule_finds_its_own() -> None:
    assert text(play("", use(tool=FIND, status=S.FAILED), use())) == "I could not look it up."


def test_only_the_results_of_the_latest_answer_count() -> None:
    agent = clinic(models=[{"provider": "scripted", "rules": RULES}])
    rounds = [Round("", (use(tool=FIND),)), Round("", (use(result="7"),))]
    question = ask(agent, request(), agent.models[0], "", rounds)

    assert text(run_in_virtual_time(collect(question))) == "Booked: 7"


def test_after_an_action_no_rule_is_needed() -> None:
    deltas = play("quiet", use(tool="play_sound", arguments='{"sound":"chime"}'))

    assert [type(delta) for delta in deltas] == [Finished]


def test_a_model_that_may_not_call_does_not() -> None:
    deltas = play("on Monday", may_call=False)

    assert not [delta for delta in deltas if isinstance(delta, CallDelta)]


def test_what_the_caller_says_is_never_filled_in() -> None:
    found = use(tool=FIND, result='{"slots": [0, {"time": "{{caller}} {{1}}"}]}')

    assert text(play("", found)) == "Free at {{caller}} {{1}}."
