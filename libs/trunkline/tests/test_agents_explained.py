"""Typical mistakes in the parts of an agent file, and the words that explain them."""

from pathlib import Path

import pytest

from trunkline.agents.load import AgentError, load_files

BASE = """\
id: desk
greeting: Hello.
instructions: Be kind.
languages: [{code: en-US}]
models: [{provider: offline}]
"""
FIND = "parameters: {type: object, properties: {day: {type: string}}, required: [day]}, python: x"


def told(folder: Path, added: str) -> list[str]:
    """What is wrong with the base and these lines, which take the place of its own."""
    keys = {line.partition(":")[0] for line in added.splitlines()}
    kept = [line for line in BASE.splitlines() if line.partition(":")[0] not in keys]
    path = folder / "desk.yaml"
    path.write_text("\n".join([*kept, added, ""]))
    try:
        load_files([path])
    except AgentError as error:
        return [f"{mistake.line - len(kept)}: {mistake.message}" for mistake in error.mistakes]
    return []


def tool(inside: str) -> str:
    return f"tools:\n- {{name: find, description: Finds., {inside}}}"


def schema(inside: str) -> str:
    return tool(f"python: x, parameters: {inside}")


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
            '1: sounds.ding: "ding.mp3" does not have the right form; write it like "https://api',
        ),
        ("keypad: {finish_key: '**'}", '1: keypad.finish_key: "**" does not have the right form'),
        ("keypad: {max_digits: 1.5}", "1: keypad.max_digits: must be a whole number"),
        ("keypad: {max_digits: 65}", "1: keypad.max_digits: must be less than or equal to 64"),
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
    ("added", "expected"),
    [
        (
            "languages: [{code: en-US}, {code: en-us}]",
            ['1: languages.1.code: "en-us" is there already, as languages.0.code: remove one of'],
        ),
        (
            "actions: [end_call, end_call]",
            ['1: actions.1: "end_call" is there already, as actions.0: remove one of them'],
        ),
        (
            f"tools:\n- {{name: find, description: a, {FIND}}}\n"
            f"- {{name: find, description: b, {FIND}}}",
            ['3: tools.1.name: "find" is there already, as tools.0.name: remove one of them'],
        ),
        (
            "languages: [{code: en-US, switch: {key: '1'}}]\n"
            "transfers: {desk: {about: x, key: '1', enqueue: {queue: a}}}",
            ['2: transfers.desk.key: key "1" is languages.0.switch.key already: choose another'],
        ),
        (
            "transfers: {desk: {about: x, key: '#', enqueue: {queue: a}}}",
            ['1: transfers.desk.key: key "#" is keypad.finish_key already: choose another'],
        ),
        (
            "transfers:\n"
            "  a: {about: x, phrases: [a person], enqueue: {queue: a}}\n"
            "  b: {about: x, phrases: [A  person], enqueue: {queue: a}}",
            ['3: transfers.b.phrases.0: "A  person" is one of transfers.a.phrases already'],
        ),
        (
            "actions: [transfer, switch_language, play_sound]",
            [
                "1: actions.0: transfer cannot work: name a destination under transfers, or remove",
                "1: actions.1: switch_language cannot work: name a second language under languages",
                "1: actions.2: play_sound cannot work: name a sound under sounds, or remove the",
            ],
        ),
        (
            "actions: [collect_digits]\nrelay: {dtmf_detection: false}",
            ["1: actions.0: collect_digits cannot work: set relay.dtmf_detection to true, or"],
        ),
        ("sounds: {a: 'https://a.example/a'}", ["1: sounds: nothing plays them: add play_sound"]),
        (
            "transfers: {desk: {about: x, enqueue: {queue: a}}}",
            ["1: transfers.desk: nothing passes a call on to it: give it phrases or a key, or add"],
        ),
        ("keypad: {tool: find}", ["1: keypad.tool: find is none of the tools: name one of them"]),
        (
            f"keypad: {{tool: find}}\ntools: [{{name: find, description: x, {FIND}}}]",
            [
                "1: keypad.argument: digits is no argument of find, which has: day",
                "1: keypad.tool: find requires day, too, which no key can give",
            ],
        ),
        (
            "keypad: {tool: find}\n"
            + schema("{type: object, properties: {digits: {type: number}}}"),
            ["1: keypad.argument: digits of find must be of type string: keys are text"],
        ),
        (
            "keypad: {tool: find}\nrelay: {dtmf_detection: false}\n"
            + schema("{type: object, properties: {digits: true}}"),
            ["1: keypad.tool: no key is heard: set relay.dtmf_detection to true"],
        ),
        (
            tool("parameters: {type: object, properties: {a: {}}}, http: {url: 'https://b/{a}'}"),
            ["2: tools.0.parameters: a stands in the URL: name it under required, too"],
        ),
        (
            "limits: {call_seconds: 50, warning_seconds: 50}",
            ["1: limits.warning_seconds: the warning comes before the call begins: write less th"],
        ),
        (
            "limits: {call_seconds: 50}\nphrases: {ending_soon: Soon.}",
            ["1: limits.warning_seconds: the warning comes before the call begins: write less th"],
        ),
        (
            "limits: {warning_seconds: 50}",
            ["1: limits.warning_seconds: nothing is said then: write phrases.ending_soon"],
        ),
        (
            "limits: {turn_seconds: 5}\n" + tool("python: x"),
            ["3: tools.0.timeout_seconds: find may take 8 s, longer than a whole turn: write at m"],
        ),
    ],
)
def test_parts_that_do_not_agree_are_named(tmp_path: Path, added: str, expected: list[str]) -> None:
    found = told(tmp_path, added)

    assert len(found) == len(expected), found
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    ("language", "message"),
    [
        (
            "transcription_provider: Google, speech_model: flux",
            "speech_model: flux is Deepgram's: set transcription_provider to Deepgram",
        ),
        ("transcription_provider: Google, speech_model: nova-3-general", "nova-3-general is Deep"),
        ("transcription_provider: Deepgram, speech_model: telephony", "telephony is Google's: set"),
        (
            "tts_provider: Google, voice: Joanna-Neural",
            "voice: Joanna-Neural is a voice of Amazon: set tts_provider to Amazon",
        ),
        ("tts_provider: Amazon, voice: en-US-Neural2-F", "is a voice of Google: set tts_provider"),
        ("tts_provider: Google, voice: UgBBYS2sOqTuMpoF3BR0", "is a voice of ElevenLabs"),
        ("tts_provider: Google, voice: pt-BR-Neural2-A", "pt-BR-Neural2-A does not speak en-US"),
    ],
)
def test_a_voice_or_a_speech_model_of_another_provider_is_a_mistake(
    tmp_path: Path, language: str, message: str
) -> None:
    (found,) = told(tmp_path, f"languages:\n- {{code: en-US, {language}}}")

    assert found.startswith("2: languages.0.")
    assert message in found


@pytest.mark.parametrize(
    "language",
    [
        "tts_provider: Google, voice: en-US-Chirp3-HD-Aoede",
        "tts_provider: Google, voice: en-GB-Neural2-A",
        "tts_provider: Amazon, voice: Amy-Generative",
        "tts_provider: ElevenLabs, voice: UgBBYS2sOqTuMpoF3BR0-flash_v2_5-1.0_0.5_0.75",
        "tts_provider: Amazon, voice: a voice of next year",
        "transcription_provider: Deepgram, speech_model: flux",
        "speech_model: a model of next year",
    ],
)
def test_what_may_be_right_is_no_mistake(tmp_path: Path, language: str) -> None:
    assert told(tmp_path, f"languages: [{{code: en-US, {language}}}]") == []


@pytest.mark.parametrize(
    ("relay", "message"),
    [
        ("eot_threshold: 0.7", "eot_threshold: only a flux speech model knows it: no language has"),
        ("eager_eot_threshold: 0.4", "eager_eot_threshold: only a flux speech model knows it"),
        ("dtmf_detection: false, interruptible: dtmf", "interruptible: no key is heard: set relay"),
        (
            "dtmf_detection: false, report_input_during_agent_speech: dtmf",
            "report_input_during_agent_speech: no key is heard: set relay.dtmf_detection to true",
        ),
    ],
)
def test_an_attribute_without_effect_is_a_mistake(tmp_path: Path, relay: str, message: str) -> None:
    (found,) = told(tmp_path, f"relay: {{{relay}}}")

    assert message in found


@pytest.mark.parametrize(("eager", "told_so"), [("0.79", False), ("0.8", True), ("0.85", True)])
def test_the_eager_threshold_is_below_the_other_one(
    tmp_path: Path, eager: str, told_so: bool
) -> None:
    flux = "languages: [{code: en-US, speech_model: flux}]"
    found = told(tmp_path, f"{flux}\nrelay: {{eager_eot_threshold: {eager}}}")

    assert bool(found) is told_so, found


def test_no_key_may_ask_for_anything_where_none_is_heard(tmp_path: Path) -> None:
    found = told(
        tmp_path,
        "relay: {dtmf_detection: false}\n"
        "languages: [{code: en-US, switch: {key: '1'}}]\n"
        "transfers: {desk: {about: x, key: '2', enqueue: {queue: a}}}",
    )

    assert found == [
        "2: languages.0.switch.key: no key is heard: set relay.dtmf_detection to true",
        "3: transfers.desk.key: no key is heard: set relay.dtmf_detection to true",
    ]


def rules(inside: str) -> str:
    return (
        f"tools: [{{name: find, description: x, {FIND}}}]\n"
        "actions: [transfer]\n"
        "transfers: {desk: {about: x, enqueue: {queue: a}}}\n"
        "variables: {name: Ann}\n"
        "models:\n- provider: scripted\n  rules:\n"
        f"  - {{{inside}}}"
    )


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("when: '(a', say: b", "when: not a regular expression: missing ), unterminated"),
        (
            "when: '((a)+)+', say: b",
            "when: a repeated group that holds *, + or | may take for ever",
        ),
        ("when: '(?:a|aa)*$', say: b", "when: a repeated group that holds *, + or |"),
        ("when: '(a|b){2,}', say: b", "when: a repeated group that holds *, + or |"),
        (f"when: {'a' * 201}, say: b", "when must have at most 200 characters"),
        ("after: look, say: b", "after: look is none of the tools and actions of this agent"),
        ("when: a, call: end_call", "call: end_call is not allowed: add it to actions"),
        ("when: a, say: b, status: failed", "status: is the outcome of a tool: say which one with"),
        ("when: a, say: b, language: es-US", "language: es-US is none of the agent's languages"),
        ("when: a, call: find", "call: find requires the argument day"),
        (
            "when: a, call: find, arguments: {day: b, dya: c}",
            "arguments.dya: dya is no argument of find",
        ),
        (
            "when: a, call: transfer, arguments: {destination: dsk}",
            "arguments: destination must be one of: desk",
        ),
        ("when: '(a)', say: '{{2}}'", "{{2}} is not known here: {{1}} is the first (group) of"),
        ("when: a, say: '{{result.b}}'", "{{result.b}} is not known here"),
        ("after: find, say: '{{1}}'", "{{1}} is not known here"),
        ("when: a, call: find, arguments: {day: '{{day}}'}", "unknown variable {{day}}; declare"),
    ],
)
def test_a_rule_that_can_never_be_followed_is_a_mistake(
    tmp_path: Path, rule: str, message: str
) -> None:
    found = told(tmp_path, rules(rule))

    assert len(found) == 1, found
    assert found[0].startswith("8: ")
    assert message in found[0]


@pytest.mark.parametrize(
    "rule",
    [
        "when: '(a|b) (?:c+)? [(+]+ \\(x\\)+', say: 'b {{1}} {{name}}'",
        "when: '(\\w+)(?:, please)?$', call: find, arguments: {day: '{{1}}'}",
        "after: find, status: unknown, say: 'b {{result.slots.0.time}} {{ result.day }}'",
        "when: a, call: transfer, arguments: {destination: '{{name}}', reason: b}",
        "when: a, say: b, language: en",
    ],
)
def test_a_rule_may_use_groups_results_and_variables(tmp_path: Path, rule: str) -> None:
    assert told(tmp_path, rules(rule)) == []


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
