"""The agents that the canary calls, written as JSON, which is YAML, too."""

import json
from pathlib import Path
from typing import Any

DESK, BROKEN, TALKER = "+15005550111", "+15005550112", "+15005550113"
TOOLED, KEYED = "+15005550114", "+15005550115"
SECRET = "tool-secret-that-nobody-may-see"
SECRET_NAME = "canary_token"
MODEL_KEY = "gsk-key-that-nobody-may-see"
CLOSED = "127.0.0.1:9"

Part = dict[str, Any]

_GREETING = "Hello, and welcome. " * 15  # until it is over, the call's topic is ready
_FILLER = "One moment, this takes its time. " * 10
_WORDS = {"type": "object", "properties": {"words": {"type": "string"}}, "required": ["words"]}
_NUMBER = {"type": "object", "properties": {"words": {"type": "integer"}}, "required": ["words"]}


def write_agents(folder: Path, host: str) -> Path:
    """Write the files; `host` is where the tools are."""
    agents = folder / "agents"
    agents.mkdir()
    for name, number, rest in (
        ("desk", DESK, {"models": [{"provider": "offline"}]}),
        ("broken", BROKEN, {"models": [{"provider": "scripted", "name": "5x10ms fail"}]}),
        ("talker", TALKER, {"models": [{"provider": "scripted", "name": "200x20ms"}]}),
        ("keyed", KEYED, {"models": [{"provider": "groq", "name": "x"}, {"provider": "offline"}]}),
        ("tooled", TOOLED, _tooled(host)),
    ):
        text = json.dumps({**_common(name), "numbers": [number], **rest})
        (agents / f"{name}.yaml").write_text(text)
    return agents


def write_secret(folder: Path) -> Path:
    """Put the tools' secret where workers look for it."""
    secrets = folder / "secrets"
    secrets.mkdir()
    (secrets / SECRET_NAME).write_text(SECRET)
    return secrets


def _common(name: str) -> Part:
    return {
        "id": name,
        "greeting": _GREETING,
        "instructions": "Be brief.",
        "languages": [{"code": "en-US"}],
    }


def _tooled(host: str) -> Part:
    tools: list[Part] = [
        *(_tool(name, f"http://{host}/{name}/{{words}}") for name in ("find", "broken", "cut")),
        *(_tool(name, f"http://{host}/{name}", method="POST") for name in ("refused", "slow")),
        _tool("closed", f"http://{CLOSED}/{{words}}"),
        _tool("forbidden", "https://forbidden.example/{words}"),
        _tool("wrong", f"http://{host}/wrong", _NUMBER),
        {"name": "absent", "description": "-", "parameters": _WORDS, "python": "absent"},
    ]
    return {
        "languages": [
            {"code": "en-US"},
            {"code": "es-US", "switch": {"phrases": ["spanish please"]}},
        ],
        "models": [{"provider": "scripted", "rules": _rules(tools)}, {"provider": "offline"}],
        "tools": tools,
        "actions": ["transfer", "opt_out", "collect_digits", "switch_language"],
        "transfers": {
            "desk": {"about": "People.", "dial": {"number": "+15005550116"}},
            "queue": {"about": "More people.", "enqueue": {"workflow_sid": "WW" + "0" * 32}},
        },
        "keypad": {"finish_key": "#", "tool": "find", "argument": "words"},
    }


def _tool(name: str, url: str, parameters: object = _WORDS, method: str = "GET") -> Part:
    headers = {"Authorization": f"Bearer ${{{SECRET_NAME}}}"}
    return {
        "name": name,
        "description": "-",
        "parameters": parameters,
        "http": {"url": url, "method": method, "headers": headers},
        "filler": _FILLER,
    }


def _rules(tools: list[Part]) -> list[Part]:
    names = [str(tool["name"]) for tool in tools]
    because = {"destination": "{{1}}", "reason": "{{2}}"}
    return [
        *({"after": name, "say": "It says {{result}}"} for name in names),
        *(
            {"when": f"use {name} for (.*)", "call": name, "arguments": {"words": "{{1}}"}}
            for name in names
        ),
        {"when": "transfer to (desk|queue) because (.*)", "call": "transfer", "arguments": because},
        {"when": "remove", "call": "opt_out"},
        {"when": "collect digits", "say": "Type.", "call": "collect_digits"},
        {"when": "switch to (.*)", "call": "switch_language", "arguments": {"language": "{{1}}"}},
        {"when": "keys (.*)", "call": "find", "arguments": {"words": "{{1}}"}},
    ]
