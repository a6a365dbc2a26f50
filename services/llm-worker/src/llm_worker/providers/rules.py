"""The rules of a scripted model: which one a question meets, and what is said and used then; pure.

In a turn in which a tool has answered, the rules `after` it are followed; in any other, those whose
`when` is found in what the caller said last. Keys count as words: `keys 1234`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llm_worker.model import CallDelta, ModelMessage, Question, Speaker
from llm_worker.prompt import KEYS, UNKNOWN
from trunkline.agents import ActionName, Rule
from trunkline.agents.variables import render

_KEYS = re.compile(re.escape(KEYS).replace(r"\{keys\}", r"(\S+)"))
_TEMPLATE = re.compile(r"\{\{\s*(?:(?P<group>\d)|(?P<result>result(?:\.[\w-]+)*))\s*\}\}")


@dataclass(frozen=True, slots=True)
class Act:
    """What the model says, and then asks for."""

    say: str
    call: CallDelta | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What one tool answered in this turn."""

    tool: str
    text: str
    status: str


def follow(rules: Sequence[Rule], question: Question) -> Act | None:
    """What the first rule that fits says; none if none fits.

    After actions on the call itself no words are needed: where no rule fits, it is done.
    """
    said, results = _latest(question.messages)
    for rule in rules:
        if rule.language and not _same_language(rule.language, question.language):
            continue
        if results:
            found = next((one for one in results if _comes_after(rule, one)), None)
            if found is not None:
                return _act(rule, question, (), found.text)
        elif not rule.after and (match := re.search(rule.when, said, re.IGNORECASE)):
            return _act(rule, question, match.groups(default=""), "")
    only_actions = results and all(one.tool in set(ActionName) for one in results)
    return Act("") if only_actions else None


def _latest(messages: Sequence[ModelMessage]) -> tuple[str, list[Result]]:
    """What the caller said last, and the results of the latest round since, the last one first."""
    said = ""
    names: dict[str, str] = {}
    results: list[Result] = []
    for message in messages:
        if message.speaker is Speaker.CALLER:
            said, results = _KEYS.sub(r"keys \1", message.text), []
        elif message.calls:
            names, results = {call.id: call.name for call in message.calls}, []
        elif message.speaker is Speaker.TOOL:
            results.insert(0, Result(names[message.call_id], message.text, _status(message)))
    return said, results


def _status(message: ModelMessage) -> str:
    if message.text.startswith(UNKNOWN):
        return "unknown"
    return "failed" if message.is_error else "succeeded"


def _comes_after(rule: Rule, result: Result) -> bool:
    return rule.after == result.tool and rule.status in ("", result.status)


def _same_language(one: str, other: str) -> bool:
    """A rule for `es` is one for `es-US` too."""
    return other.lower() == one.lower() or other.lower().startswith(f"{one.lower()}-")


def _act(rule: Rule, question: Question, groups: Sequence[str], result: str) -> Act:
    def fill(text: str) -> str:
        return _fill(text, groups, result, question.variables)

    if not rule.call or not question.may_call:
        return Act(fill(rule.say))
    arguments = {
        name: fill(value) if isinstance(value, str) else value
        for name, value in rule.arguments.items()
    }
    return Act(fill(rule.say), CallDelta(rule.call, json.dumps(arguments)))


def _fill(text: str, groups: Sequence[str], result: str, variables: Mapping[str, str]) -> str:
    """Fill in groups and results, and variables in what lies between: a value is never filled."""
    return "".join(_pieces(text, groups, result, variables))


def _pieces(
    text: str, groups: Sequence[str], result: str, variables: Mapping[str, str]
) -> Iterator[str]:
    at = 0
    for found in _TEMPLATE.finditer(text):
        yield render(text[at : found.start()], variables)
        at = found.end()
        if found["group"]:
            number = int(found["group"])
            yield groups[number - 1] if 0 < number <= len(groups) else ""
        else:
            yield _look_up(result, found["result"].split(".")[1:])
    yield render(text[at:], variables)


def _look_up(result: str, path: Sequence[str]) -> str:
    """A part of what the tool answered, by its names or places; nothing where there is none."""
    if not path:
        return result
    try:
        value: Any = json.loads(result)
        for name in path:
            value = value[int(name)] if isinstance(value, list) else value[name]
    except (ValueError, LookupError, TypeError):
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
