"""What the parts of an agent file must agree on, and the words that say so."""

from pathlib import Path

import pytest
from agent_files import FIND, schema, told, tool


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
            "opt_out: {phrases: [leave me alone]}\n"
            "transfers: {desk: {about: x, phrases: [Leave me  alone], enqueue: {queue: a}}}",
            ['2: transfers.desk.phrases.0: "Leave me  alone" is one of opt_out.phrases already'],
        ),
        (
            "actions: [transfer, switch_language, play_sound]",
            [
                "1: actions.0: transfer cannot work: name a destination under transfers, or remove",
                "1: actions.1: switch_language cannot work: name a second language, not multi,",
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
        (
            "fallback: desk\ntransfers: {door: {about: x, key: '0', enqueue: {queue: a}}}",
            ["1: fallback: desk is none of the transfers: name one of them"],
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
            tool("http: {url: 'http://internal.example/x'}"),
            ["2: tools.0.http.url: must begin with https://; TOOL_HOSTS may still lead it to http"],
        ),
        (
            "limits: {tool_rounds: 0}\nactions: [end_call]",
            ["1: limits.tool_rounds: the model can use none of its tools and actions: write 1 or"],
        ),
        (
            "languages: [{code: en-US}, {code: es-US}]\nrelay: {tts_language: en-GB}",
            ["2: relay.tts_language: words of an agent with several languages carry their own: re"],
        ),
        ("relay: {tts_language: multi}", ["1: relay.tts_language: no voice speaks multi: write a"]),
        (
            "relay: {transcription_language: multi}",
            ["1: relay.transcription_language: multi needs tts_provider ElevenLabs and transcrip"],
        ),
        (
            "relay: {customer_name: '{{caller}}'}",
            ["1: unknown variable {{caller}}; declare it"],
        ),
        (
            "relay: {events: [tokens-played, tokens-played]}",
            ['1: relay.events.1: "tokens-played" is there already, as relay.events.0: remove one'],
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
        (
            "limits: {turn_seconds: 4}\nmodels: [{provider: scripted}, {provider: offline}]",
            ["2: models.0.first_token_seconds: 4 s are as long as a whole turn: write less than 4"],
        ),
        (
            "models: [{provider: offline, first_token_seconds: 20}]",
            ["1: models.0.first_token_seconds: 20 s are as long as a whole turn: write less than"],
        ),
        (
            "languages:\n- code: en-US\n- code: multi\n  tts_provider: ElevenLabs\n"
            "  transcription_provider: Deepgram\nactions: [switch_language]",
            ["6: actions.0: switch_language cannot work: name a second language, not multi, under"],
        ),
        (
            "languages: [{code: en-US, switch: {phrases: ['¡!']}}]\n"
            "transfers: {desk: {about: x, phrases: ['???'], enqueue: {queue: a}}}\n"
            "voicemail: {phrases: ['-']}\n"
            "opt_out: {phrases: [stop, '…']}",
            [
                '1: languages.0.switch.phrases.0: "¡!" has no word in it, so nobody can say it: wr',
                '2: transfers.desk.phrases.0: "???" has no word in it, so nobody can say it: write',
                '3: voicemail.phrases.0: "-" has no word in it, so nobody can say it: write one, o',
                '4: opt_out.phrases.1: "…" has no word in it, so nobody can say it: write one, o',
            ],
        ),
        (
            "relay: {intelligence_service: GA1, conversation_configuration: conv_configuration_1}",
            ["1: relay.conversation_configuration: with intelligence_service, too, the call is tr"],
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
        ("speech_model: telephony", "telephony is Google's: set transcription_provider to Google"),
        ("tts_provider: Google, voice: pt-BR-Neural2-A", "pt-BR-Neural2-A does not speak en-US"),
        (
            "fallback: {tts_provider: Google, voice: Joanna-Neural}",
            "fallback.voice: Joanna-Neural is a voice of Amazon: set tts_provider to Amazon",
        ),
        (
            "fallback: {transcription_provider: Google, speech_model: nova-3-general}",
            "fallback.speech_model: nova-3-general is Deepgram's: set transcription_provider to",
        ),
        ("fallback: {voice: Joanna-Neural}", "fallback: voice: name its tts_provider, too"),
        ("fallback: {speech_model: flux}", "fallback: speech_model: name its transcription"),
        ("voice: en-US-Neural2-F", "is a voice of Google: set tts_provider to Google"),
        ("voice: en-US-Journey-O", "is a voice of Google: set tts_provider to Google"),
        ("voice: en-US-Chirp3-HD-Aoede", "is a voice of Google: set tts_provider to Google"),
        ("voice: Amy-Generative", "is a voice of Amazon: set tts_provider to Amazon"),
        ("voice: Ruth-Long-Form", "is a voice of Amazon: set tts_provider to Amazon"),
    ],
)
def test_a_voice_or_a_speech_model_of_another_provider_is_a_mistake(
    tmp_path: Path, language: str, message: str
) -> None:
    (found,) = told(tmp_path, f"languages:\n- {{code: en-US, {language}}}")

    assert found.startswith("2: languages.0.")
    assert message in found


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("code: es-US, speech_model: flux-general-en", "flux-general-en understands English alone"),
        ("code: pt-BR, speech_model: flux-medical-en", "understands English alone, not pt-BR"),
        (
            "code: multi, tts_provider: ElevenLabs, transcription_provider: Deepgram, "
            "speech_model: flux-general-en",
            "flux-general-en understands English alone, not multi",
        ),
        ("code: es-US, tts_provider: Google, voice: cmn-CN-Wavenet-A", "does not speak es-US"),
    ],
)
def test_a_model_or_a_voice_of_another_language_is_a_mistake(
    tmp_path: Path, language: str, message: str
) -> None:
    (found,) = told(tmp_path, f"languages: [{{{language}}}]")

    assert message in found


@pytest.mark.parametrize(
    "language",
    [
        "code: en-GB, speech_model: flux-general-en",
        "code: es-US, speech_model: flux-general-multi",
        "code: es-US, speech_model: flux",
        "code: zh-TW, tts_provider: Google, voice: cmn-TW-Wavenet-A, speaking_rate: 5.5",
        "code: nb-NO, tts_provider: Google, voice: nb-NO-Wavenet-A",
    ],
)
def test_a_model_or_a_voice_of_the_same_language_is_none(tmp_path: Path, language: str) -> None:
    assert told(tmp_path, f"languages: [{{{language}}}]") == []


@pytest.mark.parametrize(
    "added",
    [
        "limits: {turn_seconds: 4}",  # the one model there is may take it all
        "languages: [{code: en-US}, {code: es-US}]\nactions: [switch_language]",
        "languages:\n- {code: multi, tts_provider: ElevenLabs, transcription_provider: Deepgram}\n"
        "- code: es-US\nactions: [switch_language]",
        "relay: {preemptible: true}",
        "relay: {intelligence_service: my-clinic_2.0}",
        "relay: {tts_language: en-GB}",
        "variables: {caller: ''}\nrelay: {customer_name: '{{caller}}'}",
        tool("http: {url: 'http://127.0.0.1:8000/x'}"),
        "limits: {tool_rounds: 0}",
        "fallback: desk\ntransfers: {desk: {about: x, enqueue: {queue: a}}}",
        "keypad: {finish_key: '', max_digits: 0}",
    ],
)
def test_parts_that_agree_are_no_mistake(tmp_path: Path, added: str) -> None:
    assert told(tmp_path, added) == []


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


@pytest.mark.parametrize(
    "keys",
    [
        "languages: [{code: en-US, switch: {key: '1'}}]",
        "transfers: {desk: {about: x, key: '2', enqueue: {queue: a}}}",
        "actions: [collect_digits]",
        "keypad: {tool: find}\n" + schema("{type: object, properties: {digits: true}}"),
    ],
)
def test_keys_that_mean_something_are_reported_while_the_agent_speaks(
    tmp_path: Path, keys: str
) -> None:
    deaf = "relay: {report_input_during_agent_speech: %s}\n"

    for moment in ("none", "speech"):
        (found,) = told(tmp_path, deaf % moment + keys)
        assert "1: relay.report_input_during_agent_speech: a key that is pressed while the" in found
    assert told(tmp_path, deaf % "any" + keys) == []
    assert told(tmp_path, deaf % "none") == []


@pytest.mark.parametrize(
    ("added", "message"),
    [
        (
            "relay: {intelligence_service: GA bad name}",
            '"GA bad name" does not have the right form',
        ),
        ("relay: {conversation_configuration: nonsense}", 'like "conv_configuration_'),
        ("silence: {after_seconds: 0.01}", "must be greater than or equal to 1"),
        ("keypad: {timeout_seconds: 0.001}", "must be greater than or equal to 0.5"),
    ],
)
def test_what_cannot_be_meant_is_a_mistake(tmp_path: Path, added: str, message: str) -> None:
    (found,) = told(tmp_path, added)

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
