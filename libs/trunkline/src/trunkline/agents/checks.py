"""What the parts of an agent file must agree on; pure.

Each check yields where it found something, and what to do about it. `checks_relay.py`,
`checks_rules.py` and `checks_size.py` hold those about ConversationRelay, about scripted models and
about the size of it all.
"""

from collections.abc import Iterable, Iterator

from trunkline.agents import ActionName, AgentBody, Switch, Tool, TransferTo
from trunkline.agents.checks_relay import relay_findings
from trunkline.agents.checks_rules import rule_findings
from trunkline.agents.checks_size import size_findings
from trunkline.agents.positions import Finding, Path


def findings(agent: AgentBody) -> Iterator[Finding]:
    """All that the parts of this agent do not agree on."""
    yield from _names(agent)
    yield from _keys(agent)
    yield from _phrases(agent)
    yield from _wordless(agent)
    yield from _actions(agent)
    yield from _unreachable(agent)
    yield from _fallback(agent)
    yield from _addresses(agent)
    yield from _keypad(agent)
    yield from _limits(agent)
    yield from _patience(agent)
    yield from relay_findings(agent)
    yield from rule_findings(agent)
    yield from size_findings(agent)


def _names(agent: AgentBody) -> Iterator[Finding]:
    """What is named twice."""
    codes = ((("languages", i, "code"), one.code) for i, one in enumerate(agent.languages))
    tools = ((("tools", i, "name"), one.name) for i, one in enumerate(agent.tools))
    actions = ((("actions", i), str(one)) for i, one in enumerate(agent.actions))
    events = ((("relay", "events", i), one) for i, one in enumerate(agent.relay.events))
    for named in (codes, tools, actions, events):
        for path, name, first in _twice(named):
            yield path, f'"{name}" is there already, as {_dotted(first)}: remove one of them'


def _keys(agent: AgentBody) -> Iterator[Finding]:
    """One key can ask for one thing only."""
    finish = agent.keypad.finish_key
    named: list[tuple[Path, str]] = [(("keypad", "finish_key"), finish)] if finish else []
    named += [((*path, "key"), asker.key) for path, asker in _askers(agent) if asker.key]
    for path, key, first in _twice(named):
        yield path, f'key "{key}" is {_dotted(first)} already: choose another'


def _phrases(agent: AgentBody) -> Iterator[Finding]:
    """One phrase can ask for one thing only."""
    for path, text, first in _twice(_asked(agent)):
        yield path, f'"{text}" is one of {_dotted(first[:-1])} already: remove one of them'


def _wordless(agent: AgentBody) -> Iterator[Finding]:
    """A phrase is compared word by word, and signs are no words."""
    machine = ((("voicemail", "phrases", i), t) for i, t in enumerate(agent.voicemail.phrases))
    for path, text in (*_asked(agent), *machine):
        if not any(letter.isalnum() for letter in text):
            yield path, f'"{text}" has no word in it, so nobody can say it: write one, or remove it'


def _asked(agent: AgentBody) -> Iterator[tuple[Path, str]]:
    """All phrases by which a caller can ask for something."""
    asked: list[tuple[Path, tuple[str, ...]]] = [(("opt_out",), agent.opt_out.phrases)]
    asked += [(path, asker.phrases) for path, asker in _askers(agent)]
    for path, phrases in asked:
        for i, text in enumerate(phrases):
            yield (*path, "phrases", i), text


def _askers(agent: AgentBody) -> Iterator[tuple[Path, Switch | TransferTo]]:
    """All that can be asked for by a phrase or a key."""
    for i, language in enumerate(agent.languages):
        yield ("languages", i, "switch"), language.switch
    for name, destination in agent.transfers.items():
        yield ("transfers", name), destination


def _actions(agent: AgentBody) -> Iterator[Finding]:
    """Actions that could never be carried out."""
    lacking = {
        ActionName.TRANSFER: "" if agent.transfers else "name a destination under transfers",
        ActionName.SWITCH_LANGUAGE: (
            "" if agent.can_switch else "name a second language, not multi, under languages"
        ),
        ActionName.PLAY_SOUND: "" if agent.sounds else "name a sound under sounds",
        ActionName.COLLECT_DIGITS: (
            "" if agent.relay.dtmf_detection else "set relay.dtmf_detection to true"
        ),
    }
    for i, action in enumerate(agent.actions):
        if remedy := lacking.get(action):
            yield ("actions", i), f"{action} cannot work: {remedy}, or remove the action"


def _unreachable(agent: AgentBody) -> Iterator[Finding]:
    """What is described and nothing can ask for."""
    if agent.sounds and ActionName.PLAY_SOUND not in agent.actions:
        yield ("sounds",), "nothing plays them: add play_sound to actions"
    if ActionName.TRANSFER in agent.actions:
        return
    for name, destination in agent.transfers.items():
        if not destination.phrases and not destination.key and name != agent.fallback:
            yield (
                ("transfers", name),
                "nothing passes a call on to it: give it phrases or a key, "
                "or add transfer to actions",
            )


def _fallback(agent: AgentBody) -> Iterator[Finding]:
    if agent.fallback and agent.fallback not in agent.transfers:
        yield ("fallback",), f"{agent.fallback} is none of the transfers: name one of them"


def _addresses(agent: AgentBody) -> Iterator[Finding]:
    """An address without one of its arguments leads nowhere, one without TLS only to ourselves."""
    for i, tool in enumerate(agent.tools):
        if tool.http is None:
            continue
        for name in sorted(tool.http.placeholders - tool.required):
            message = f"{name} stands in the URL: name it under required, too"
            yield ("tools", i, "parameters"), message
        if not tool.http.is_private:
            message = "must begin with https://; TOOL_HOSTS may still lead it to http://"
            yield ("tools", i, "http", "url"), message


def _keypad(agent: AgentBody) -> Iterator[Finding]:
    name, argument = agent.keypad.tool, agent.keypad.argument
    if not name:
        return
    tool = next((tool for tool in agent.tools if tool.name == name), None)
    if tool is None:
        yield ("keypad", "tool"), f"{name} is none of the tools: name one of them"
        return
    if not agent.relay.dtmf_detection:
        yield ("keypad", "tool"), "no key is heard: set relay.dtmf_detection to true"
    if argument not in tool.arguments:
        known = ", ".join(sorted(tool.arguments)) or "none"
        yield ("keypad", "argument"), f"{argument} is no argument of {name}, which has: {known}"
    elif not _takes_text(tool, argument):
        yield ("keypad", "argument"), f"{argument} of {name} must be of type string: keys are text"
    if others := sorted(tool.required - {argument}):
        yield ("keypad", "tool"), f"{name} requires {others[0]}, too, which no key can give"


def _takes_text(tool: Tool, argument: str) -> bool:
    schema = tool.parameters["properties"][argument]
    kinds = schema.get("type", "string") if isinstance(schema, dict) else "string"
    return "string" in ([kinds] if isinstance(kinds, str) else kinds)


def _limits(agent: AgentBody) -> Iterator[Finding]:
    limits = agent.limits
    if not limits.tool_rounds and (agent.tools or agent.actions):
        yield (
            ("limits", "tool_rounds"),
            "the model can use none of its tools and actions: write 1 or more, or remove them",
        )
    written = "warning_seconds" in limits.model_fields_set
    warns = agent.phrases.ending_soon or any(one.words.ending_soon for one in agent.languages)
    if (written or warns) and limits.warning_seconds >= limits.call_seconds:
        yield (
            ("limits", "warning_seconds"),
            f"the warning comes before the call begins: write less than {limits.call_seconds:g}, "
            "the call_seconds",
        )
    elif written and not warns and limits.warning_seconds:
        yield ("limits", "warning_seconds"), "nothing is said then: write phrases.ending_soon"
    for i, tool in enumerate(agent.tools):
        if tool.timeout_seconds > limits.turn_seconds:
            yield (
                ("tools", i, "timeout_seconds"),
                f"{tool.name} may take {tool.timeout_seconds:g} s, longer than a whole turn: "
                f"write at most {limits.turn_seconds:g}, the limits.turn_seconds",
            )


def _patience(agent: AgentBody) -> Iterator[Finding]:
    """A model that may take the whole turn leaves the ones behind it no time."""
    most, last = agent.limits.turn_seconds, len(agent.models) - 1
    for i, model in enumerate(agent.models):
        matters = i < last or "first_token_seconds" in model.model_fields_set
        if matters and model.first_token_seconds >= most:
            yield (
                ("models", i, "first_token_seconds"),
                f"{model.first_token_seconds:g} s are as long as a whole turn: write less than "
                f"{most:g}, the limits.turn_seconds",
            )


def _twice(named: Iterable[tuple[Path, str]]) -> Iterator[tuple[Path, str, Path]]:
    """Yield what was named before, whatever its case, with the path of the first."""
    seen: dict[str, Path] = {}
    for path, name in named:
        first = seen.setdefault(" ".join(name.casefold().split()), path)
        if first is not path:
            yield path, name, first


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))
