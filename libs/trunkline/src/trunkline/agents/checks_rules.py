"""What the rules of a scripted model must agree on with the rest of the agent; pure."""

import re
from collections.abc import Iterator

from trunkline.agents import ActionName, AgentBody, Rule
from trunkline.agents.positions import Finding, Path

_RESULT = re.compile(r"result(\.[\w-]+)*")
_LITERAL = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)  # escapes and classes
_TOKEN = re.compile(r"\{\d*,\}|.", re.DOTALL)
_DIGITS = tuple("123456789")  # of the groups that a rule may name
_NO_EXPRESSION = (re.error, OverflowError, RecursionError)


def rule_findings(agent: AgentBody) -> Iterator[Finding]:
    """All rules that can never be followed as they are written."""
    for m, model in enumerate(agent.models):
        for n, rule in enumerate(model.rules):
            path = ("models", m, "rules", n)
            yield from _expression(path, rule)
            yield from _names(path, rule, agent)
            yield from _arguments(path, rule, agent)


def says(when: str, after: str, name: str) -> bool:
    """Whether {{name}} is something that a rule itself has to say."""
    if name in _DIGITS:
        return int(name) <= _groups(when)
    return bool(after) and _RESULT.fullmatch(name) is not None


def _groups(expression: str) -> int:
    try:
        return re.compile(expression).groups
    except _NO_EXPRESSION:
        return 0


def _expression(path: Path, rule: Rule) -> Iterator[Finding]:
    try:
        re.compile(rule.when)
    except _NO_EXPRESSION as error:
        yield (*path, "when"), f"not a regular expression: {error}"
        return
    if _is_slow(rule.when):
        message = "a repeated group that holds *, + or | may take for ever: write it without"
        yield (*path, "when"), message


def _is_slow(expression: str) -> bool:
    """Whether a group is repeated that may itself match one text in several ways."""
    ambiguous = [False]  # for each group that is open
    ended = False  # whether the group that ends right here is
    for token in _TOKEN.findall(_LITERAL.sub("x", expression)):
        repeats = token in "*+" or len(token) > 1
        if repeats and ended:
            return True
        ended = False
        if token == "(":
            ambiguous.append(False)
        elif token == ")":
            ended = ambiguous.pop()
            ambiguous[-1] |= ended
        elif repeats or token == "|":
            ambiguous[-1] = True
    return False


def _names(path: Path, rule: Rule, agent: AgentBody) -> Iterator[Finding]:
    usable = {tool.name for tool in agent.tools} | set(agent.actions)
    for field, name in (("call", rule.call), ("after", rule.after)):
        if not name or name in usable:
            continue
        if name in set(ActionName):
            yield (*path, field), f"{name} is not allowed: add it to actions"
        else:
            yield (*path, field), f"{name} is none of the tools and actions of this agent"
    if rule.status and not rule.after:
        yield (*path, "status"), "is the outcome of a tool: say which one with after"
    spoken = [one.code for one in agent.languages]
    if rule.language and not any(f"{code}-".startswith(f"{rule.language}-") for code in spoken):
        yield (*path, "language"), f"{rule.language} is none of the agent's languages"


def _arguments(path: Path, rule: Rule, agent: AgentBody) -> Iterator[Finding]:
    for tool in agent.tools:
        if tool.name == rule.call:
            for name in sorted(rule.arguments.keys() - tool.arguments):
                yield (*path, "arguments", name), f"{name} is no argument of {tool.name}"
            for name in sorted(tool.required - rule.arguments.keys()):
                yield (*path, "call"), f"{tool.name} requires the argument {name}"
    targets = {
        ActionName.TRANSFER: ("destination", list(agent.transfers)),
        ActionName.SWITCH_LANGUAGE: ("language", list(agent.switch_targets)),
        ActionName.PLAY_SOUND: ("sound", list(agent.sounds)),
    }
    for action, (argument, known) in targets.items():
        target = rule.arguments.get(argument, "")
        if rule.call == action and target not in known and "{{" not in str(target):
            yield (*path, "arguments"), f"{argument} must be one of: {', '.join(known) or '-'}"
