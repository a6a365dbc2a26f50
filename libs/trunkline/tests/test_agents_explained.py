"""Typical mistakes in the parts of an agent file, and the words that explain them."""

from pathlib import Path

import pytest
from agent_files import BASE, FIND, schema, told, tool

from trunkline.agents.load import load_files


def http(inside: str) -> str:
    return tool(f"http: {{{inside}}}")


@pytest.mark.parametrize(
    ("added", "message"),
    [
        ("transfers: []", "1: transfers must be a mapping: lines of `name: value`"),
        ("transfers: {desk: x}", "1: transfers.desk must be a mapping: lines of `name: value`"),
        (
            "transfers:\n  Desk: {about: x, key: '0', enqueue: {queue: a}}",
            '2: transfers.Desk: "Desk" does not have the right form; write it like "front-desk"',
        ),
        (
            "transfers: {desk: {key: '0', enqueue: {queue: a}}}",
            '1: "transfers.desk.about" is missing. When to pass a call on to it; the model reads',
        ),
        ("transfers: {desk: {about: x}}", "1: transfers.desk: give either dial or enqueue"),
        (
            "transfers:\n  desk:\n    about: x\n    dial: {number: +15005550111}",
            "4: transfers.desk.dial.number: YAML reads +15005550111 as a number: put it in quotes",
        ),
        (
            'transfers: {desk: {about: x, dial: {number: "123"}}}',
            '"123" does not have the right form; write it like "+15005550111"',
        ),
        (
            "transfers: {desk: {about: x, enqueue: {}}}",
            "1: transfers.desk.enqueue: give either queue or workflow_sid",
        ),
        (
            "transfers: {desk: {about: x, enqueue: {queue: a, priority: 1}}}",
            "enqueue: attributes, priority and timeout_seconds need a workflow_sid",
        ),
        (
            "transfers: {desk: {about: x, enqueue: {workflow_sid: WWx}}}",
            'workflow_sid: "WWx" does not have the right form; write it like "WW0000',
        ),
        ("actions: end_call", "1: actions must be a list: lines that begin with `- `, or [a, b]"),
        (
            "actions: [endcall]",
            "1: actions.0: must be end_call, transfer, switch_language, collect_digits, "
            'send_digits, play_sound or opt_out; did you mean "end_call"?',
        ),
        ("actions: [hang_up]", "play_sound or opt_out"),
        (
            "sounds: {ding: ding.mp3}",
            '1: sounds.ding.url: "ding.mp3" does not have the right form; write it like "https:',
        ),
        (
            "sounds:\n  ding: {url: 'https://a.example/a', loop: 0}",
            "2: sounds.ding.loop: must be greater than or equal to 1",
        ),
        (
            "sounds:\n  ding: {url: 'https://a.example/a', lop: 2}",
            '2: unknown key "lop"; did you mean "loop"?',
        ),
        ("sounds: {ding: 7}", "1: sounds.ding must be a mapping"),
        ("keypad: {finish_key: '**'}", '1: keypad.finish_key: "**" does not have the right form'),
        ("keypad: {max_digits: 1.5}", "1: keypad.max_digits: must be a whole number"),
        ("keypad: {max_digits: 65}", "1: keypad.max_digits: must be less than or equal to 64"),
        ("limits: {history_turns: 501}", "limits.history_turns: must be less than or equal to 500"),
        ("limits: {history_characters: 1e6}", "must be less than or equal to 200000"),
        ("keypad: {timeout_seconds: long}", "1: keypad.timeout_seconds: must be a number"),
        ("keypad: {timeout_seconds: }", "1: keypad.timeout_seconds: is empty: write a text, or"),
        ("opening: {mode: listn}", 'must be greet or listen; did you mean "listen"?'),
        ("relay: {partial_prompts: maybe}", "1: relay.partial_prompts: must be true or false"),
        ("relay: {speech_timeout_ms: auto}", "1: relay.speech_timeout_ms: must be a whole number"),
        ("relay: {parameters: {a-b: x}}", '1: relay.parameters.a-b: "a-b" does not have the'),
        ("relay:\n  parameters: {ticket: x}", "2: relay: parameters: ticket is Trunkline's own"),
        (
            f"relay: {{parameters: {{a: {'x' * 501}}}}}",
            "1: relay.parameters.a must have at most 500 characters",
        ),
        (
            "tools:\n" + f"- {{name: find, description: x, {FIND}}}\n" * 65,
            "1: tools must have at most 64 entries",
        ),
        (tool("python: x, timeout_seconds: 60"), "must be less than or equal to 20"),
        (tool("timeout_seconds: 3"), "2: tools.0: give either http or python"),
        (tool("python: a b"), '2: tools.0.python: "a b" does not have the right form'),
        (
            tool("python: x").replace("find", "end_call"),
            "2: tools.0: name: end_call is an action on the call: choose another",
        ),
        (schema("{type: string}"), "2: tools.0: parameters: its type must be object"),
        (
            schema("{type: object, properties: {a: {type: strin}}}"),
            "2: tools.0: parameters: not a JSON Schema: 'strin' is not valid",
        ),
        (
            schema('{type: object, properties: {a: {$ref: "https://a.example/s"}}}'),
            "2: tools.0: parameters: $ref is not read: write the schema out",
        ),
        (schema(f"{{type: object, title: {'x' * 8000}}}"), "parameters: more than 8000 characters"),
        (http("url: a.example/x"), '2: tools.0.http.url: "a.example/x" does not have the right'),
        (
            http("method: get, url: 'https://a.example'"),
            '2: tools.0.http.method: must be GET, POST, PUT, PATCH or DELETE; did you mean "GET"?',
        ),
        (
            http("url: 'https://{day}.example/x'"),
            "2: tools.0.http: url: the host must be written out, without arguments or passwords",
        ),
        (http("url: 'https://ann:pw@a.example/x'"), "url: the host must be written out"),
        (http("url: 'https://a.example:port/x'"), "url: a brace is not closed, or the port is"),
        (http("url: 'https://a.example/{day'"), "url: a brace is not closed, or the port is no"),
        (http("url: 'https://a.example/{day!r}'"), "url: write arguments as {name}, with the name"),
        (http("url: 'https://a.example/{}'"), "url: write arguments as {name}, with the name"),
        (http("url: 'https://a.example/{{day}}'"), "url: {{variables}} are not filled in here"),
        (http("url: 'https://a.example/{day}'"), "http.url: day is no property of parameters"),
        (
            http("url: 'https://a.example', headers: {Authorization: 'Bearer ${token'}"),
            "headers.Authorization: write plain text and secrets as ${name}",
        ),
        (
            "models:\n- provider: scripted\n  rules:\n  - {say: x}",
            "4: models.0.rules.0: give when or after",
        ),
        (
            "models:\n- provider: scripted\n  rules:\n  - {when: a, say: b, arguments: {c: [d]}}",
            "4: models.0.rules.0.arguments.c: must be a text, a number or true or false",
        ),
        (
            "models: [{provider: offline, rules: [{when: a, say: b}]}]",
            "1: models.0: rules are for provider scripted alone",
        ),
    ],
)
def test_a_mistake_in_a_part_is_explained(tmp_path: Path, added: str, message: str) -> None:
    found = told(tmp_path, added)

    assert any(message in line for line in found), found


@pytest.mark.parametrize(
    "part",
    [
        "disclosure: '{{x}}'",
        "filler: {phrases: ['{{x}}']}",
        "languages: [{code: en-US, words: {greeting: '{{x}}'}}]",
        "languages: [{code: en-US, words: {fillers: ['{{x}}']}}]",
        "tools: [{name: find, description: a, python: b, filler: '{{x}}'}]",
        "transfers: {a: {about: b, key: '1', enqueue: {workflow_sid: WW"
        + "0" * 32
        + ", attributes: {c: '{{x}}'}}}}",
    ],
)
def test_every_text_that_is_filled_in_is_checked_for_unknown_variables(
    tmp_path: Path, part: str
) -> None:
    assert told(tmp_path, part) == [
        '1: unknown variable {{x}}; declare it: `variables: {x: "its default"}`'
    ]


def test_a_document_may_be_for_one_language_alone(tmp_path: Path) -> None:
    for name in ("all.md", "english.md", "spanish.md"):
        (tmp_path / name).write_text(name)
    path = tmp_path / "desk.yaml"
    path.write_text(
        BASE.replace(
            "[{code: en-US}]",
            "[{code: en-US, knowledge: [english.md]}, {code: es-US, knowledge: [spanish.md]}]",
        )
        + "knowledge: [all.md]\n"
    )

    (agent,) = load_files([path])

    assert {one.source for one in agent.knows("en-US")} == {"all.md", "english.md"}
    assert {one.source for one in agent.knows("es")} == {"all.md", "spanish.md"}
    assert {one.source for one in agent.knows("fr-FR")} == {"all.md"}


def test_a_document_of_a_language_is_explained_where_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")

    assert told(
        tmp_path, "languages:\n- code: en-US\n  knowledge:\n  - a.md\n  - a.md\n  - b.md"
    ) == [
        "5: knowledge: a.md is there twice: remove one of them",
        "6: knowledge: b.md: there is no such file",
    ]
