"""Loading agent files: what comes out, and every mistake's line and message."""

from pathlib import Path
from textwrap import dedent

import pytest

from trunkline.agents.documents import MAX_DOCUMENT_BYTES
from trunkline.agents.load import MAX_FILE_BYTES, AgentError, load_agents, load_files

MINIMAL = """\
id: desk
numbers: ["+15005550100"]
greeting: Hello.
instructions: Be kind.
languages: [{code: en-US}]
models: [{provider: offline}]
"""


def write(folder: Path, text: str, name: str = "desk.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def mistakes(path: Path) -> list[str]:
    """What `load_files` has to say, as `line: message`."""
    with pytest.raises(AgentError) as raised:
        load_files([path])
    return [f"{mistake.line}: {mistake.message}" for mistake in raised.value.mistakes]


def test_an_agent_is_found_by_number_by_id_and_by_version(tmp_path: Path) -> None:
    write(tmp_path, MINIMAL)

    agents = load_agents(tmp_path)

    (agent,) = agents
    assert agents.answering("+15005550100") is agent
    assert agents.current("desk") is agent
    assert agents.get("desk", agent.version) is agent
    assert agents.answering("+15005550101") is None
    assert agents.current("chair") is None
    assert agents.get("desk", "another") is None
    assert agents.asked_for("desk", "") is agents.asked_for("desk", agent.version) is agent
    assert agents.asked_for("desk", "another") is None


def test_documents_are_read_from_beside_the_file(tmp_path: Path) -> None:
    write(tmp_path, "We open at eight.", "desk/hours.md")
    write(tmp_path, MINIMAL + "knowledge: [desk/hours.md]")

    (agent,) = load_agents(tmp_path)

    assert [(d.source, d.text) for d in agent.knowledge] == [("desk/hours.md", "We open at eight.")]


def test_the_version_is_that_of_the_content_and_not_of_its_spelling(tmp_path: Path) -> None:
    def version(text: str) -> str:
        (agent,) = load_files([write(tmp_path, text)])
        return agent.version

    first = version(MINIMAL)

    assert len(first) == 12
    assert int(first, 16) >= 0
    assert version("# a comment\n" + MINIMAL.replace("Hello.", '"Hello."')) == first
    assert version(MINIMAL.replace("Hello.", "Hi.")) != first


def test_a_changed_document_is_a_new_version(tmp_path: Path) -> None:
    write(tmp_path, "We open at eight.", "hours.md")
    path = write(tmp_path, MINIMAL + "knowledge: [hours.md]")
    (before,) = load_files([path])
    write(tmp_path, "We open at nine.", "hours.md")

    (after,) = load_files([path])

    assert after.version != before.version


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, MINIMAL + "greting: a\nspeaking_rate: -1\n", "a.yaml")
    write(tmp_path, "- not\n- an agent\n", "b.yaml")

    with pytest.raises(AgentError) as raised:
        load_agents(tmp_path)

    assert str(raised.value).splitlines() == [
        f'{tmp_path}/a.yaml:7: unknown key "greting"; did you mean "greeting"?',
        f"{tmp_path}/a.yaml:8: speaking_rate: must be greater than 0",
        f"{tmp_path}/b.yaml:1: the file must be a mapping: lines of `name: value`",
    ]


@pytest.mark.parametrize(
    ("added", "told"),
    [
        ("reley: {}", '7: unknown key "reley"; did you mean "relay"?'),
        ("silence:\n  after: 3", '8: unknown key "after"; did you mean "after_seconds"?'),
        ("silence:\n  zzz: 3", '8: unknown key "zzz"; known here: after_seconds, reprompts'),
        ("version: abc", "7: the version is computed from the content: remove this line"),
        ("id: other", '7: "id" is given twice, first on line 1: remove one of them'),
        ("relay:\n  interruptible: sometimes", "none, dtmf, speech or any"),
        ("relay:\n  hints: ['a, b']", '8: relay.hints.0: "a, b" does not have the right form'),
        ("limits:\n  turn_seconds: 60", "8: limits.turn_seconds: must be less than or equal to 40"),
        ("limits: 5", "7: limits must be a mapping: lines of `name: value`"),
        ("variables: []", "7: variables must be a mapping: lines of `name: value`"),
        ("variables: {Clinic: x}", '7: variables.Clinic: "Clinic" does not have the right form'),
        ("variables: {a: }", "7: variables.a: is empty: write a text, or remove the line"),
        ("variables: {a: true}", 'YAML reads true as true or false: put it in quotes, "true"'),
        ("variables: {a: [b]}", "7: variables.a: must be a text"),
        ("knowledge: hours.md", "7: knowledge must be a list: lines that begin with `- `, or"),
        ("knowledge:\n- a.md", "8: knowledge: a.md: there is no such file"),
        ("knowledge: [../a.md]", "7: knowledge: ../a.md is outside the agent file's folder"),
        ("knowledge: [/etc/hosts]", "7: knowledge: /etc/hosts is outside the agent file's folder"),
        ("knowledge: ['']", "7: knowledge: an entry is empty: write a path, or remove the line"),
        ('knowledge: ["\\ud800"]', "7: holds characters that are not text"),
        ('knowledge: ["a\\0b"]', "7: holds characters that are not text"),
        ("knowledge: [.]", "7: knowledge: .: cannot be read: Is a directory"),
        ("speaking_rate: .inf", "7: speaking_rate: must be a number"),
        ("a: &a 1\nb: *a", "8: aliases (*name) are not read: write the value out"),
        ("a: !!python/name:os.system x", "7: tags (!name) are not read: remove it"),
        ("tenant_id: 7: 8", "7: not valid YAML: mapping values are not allowed here"),
        ("a: {{clinic}}", "7: a value that begins with { must be in quotes"),
        ("a: " + "[" * 30 + "]" * 30, "7: nested too deeply for an agent file"),
        ("---\nid: two", "7: not valid YAML: but found another document"),
        ('a: "\\UFFFFFFFF"', "7: an escape names no character"),
        ("a: \a", "7: character U+0007 is not allowed"),
        ("a: b\u2028c", "7: character U+2028 is not allowed"),
    ],
)
def test_an_added_line_with_a_mistake_is_explained(tmp_path: Path, added: str, told: str) -> None:
    found = mistakes(write(tmp_path, MINIMAL + added + "\n"))

    assert any(told in line for line in found), found


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (
            '["+15005550100"]',
            "[+15005550100]",
            '2: numbers.0: YAML reads +15005550100 as a number: put it in quotes, "+15005550100"',
        ),
        (
            '["+15005550100"]',
            '["0800 5550100"]',
            '2: numbers.0: "0800 5550100" does not have the right form; write it like "+',
        ),
        (
            '["+15005550100"]',
            '["+15005550100", "+15005550100"]',
            '2: "+15005550100" is already answered by the agent at',
        ),
        ("id: desk\n", "", '1: "id" is missing. Name of the agent in all data.'),
        ("greeting: Hello.\n", "", '1: "greeting" is missing. Said first.'),
        ("greeting: Hello.", "greeting:", "3: greeting: is empty: write a text, or remove"),
        ("greeting: Hello.", "greeting: ' '", "3: greeting: is empty: write a text, or remove"),
        ("id: desk", "id: Desk", '1: id: "Desk" does not have the right form; write it like "fro'),
        ("[{code: en-US}]", "[]", "5: languages must have at least one entry"),
        ("[{code: en-US}]", "[{}]", '5: "languages.0.code" is missing. BCP-47 tag'),
        (
            "code: en-US",
            "code: english",
            '"english" does not have the right form; write it like',
        ),
        ("code: en-US", "code: en-US, tts_provider: google", '; did you mean "Google"?'),
        ("code: en-US", "code: en-US, switch: {key: 12}", "YAML reads 12 as a number"),
        ("code: en-US", "code: en-US, words: {reprompts: x}", "words.reprompts must be a list"),
        ("code: en-US", "code: multi", "5: languages.0: multi needs tts_provider ElevenLabs and"),
        (
            "code: en-US",
            "code: en-US, tts_provider: Amazon, voice: Polly.Amy",
            "5: languages.0: voice takes no prefix here (only <Say> does): write Amy",
        ),
        ("offline", "offlin", "6: models.0.provider: must be offline, scripted, groq, "),
        ("offline", "groq", "6: models.0: groq needs the model's name, e.g. name: openai/gpt-oss"),
    ],
)
def test_a_line_made_wrong_is_explained(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    assert right in MINIMAL

    found = mistakes(write(tmp_path, MINIMAL.replace(right, wrong)))

    assert len(found) == 1
    assert told in found[0]


@pytest.mark.parametrize("folded", ["|", ">"])
def test_an_unknown_variable_is_shown_on_its_own_line(tmp_path: Path, folded: str) -> None:
    text = f"""\
        id: desk
        greeting: "Hello from {{{{ clinic }}}}, {{{{Ann}}}}."
        instructions: {folded}
          Be kind.
          Answer for {{{{clinc}}}}.
        variables: {{clinic: The Clinic}}
        phrases: {{goodbye: "Bye, {{{{caller}}}}."}}
        silence: {{reprompts: ["{{{{x}}}}?"]}}
        languages: [{{code: en-US}}]
        models: [{{provider: offline}}]
        """

    assert mistakes(write(tmp_path, dedent(text))) == [
        "2: {{Ann}} is not a variable: write a name such as {{clinic_name}}",
        '5: unknown variable {{clinc}}; declare it: `variables: {clinc: "its default"}`',
        '7: unknown variable {{caller}}; declare it: `variables: {caller: "its default"}`',
        '8: unknown variable {{x}}; declare it: `variables: {x: "its default"}`',
    ]


def test_two_agents_may_not_share_an_id_or_a_number(tmp_path: Path) -> None:
    first = write(tmp_path, MINIMAL, "a.yaml")
    second = write(tmp_path, MINIMAL, "b.yaml")

    with pytest.raises(AgentError) as raised:
        load_agents(tmp_path)

    assert [str(mistake) for mistake in raised.value.mistakes] == [
        f'{second}:1: "desk" is already the id of the agent at {first}:1: give one of them another',
        f'{second}:2: "+15005550100" is already answered by the agent at {first}:2: '
        "give one of them another",
    ]


def test_a_folder_without_agents_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match=r"there is no agent file \(\*\.yaml\) in this folder"):
        load_agents(tmp_path)


def test_a_missing_file_is_a_mistake(tmp_path: Path) -> None:
    assert mistakes(tmp_path / "none.yaml") == ["1: there is no such file"]


def test_too_large_a_file_is_a_mistake(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + "#" * MAX_FILE_BYTES)

    assert mistakes(path) == [f"1: is larger than {MAX_FILE_BYTES} bytes"]


def test_a_file_in_another_encoding_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    path.write_bytes(MINIMAL.replace("Hello", "Grüezi").encode("latin-1"))

    assert mistakes(path) == ["3: is not UTF-8: save it as UTF-8"]


def test_a_document_must_hold_something_and_not_too_much(tmp_path: Path) -> None:
    write(tmp_path, " \n", "empty.md")
    write(tmp_path, "a" * (MAX_DOCUMENT_BYTES + 1), "huge.md")
    path = write(tmp_path, MINIMAL + "knowledge:\n- empty.md\n- huge.md\n")

    assert mistakes(path) == [
        "8: knowledge: empty.md is empty: write something, or remove it from the list",
        f"9: knowledge: huge.md: is larger than {MAX_DOCUMENT_BYTES} bytes",
    ]


def test_documents_are_bounded_together(tmp_path: Path) -> None:
    names = [f"{n}.md" for n in range(5)]
    for name in names:
        write(tmp_path, "a" * MAX_DOCUMENT_BYTES, name)
    path = write(tmp_path, MINIMAL + f"knowledge: [{', '.join(names)}]\n")

    assert mistakes(path) == ["7: the documents have more than 1048576 bytes together"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "secret", "outside.md")
    path = write(tmp_path, MINIMAL + "knowledge: [link.md]\n", "agents/desk.yaml")
    (path.parent / "link.md").symlink_to(tmp_path / "outside.md")

    assert "outside the agent file's folder" in mistakes(path)[0]


def test_a_circle_of_links_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "circle.md").symlink_to("circle.md")
    path = write(tmp_path, MINIMAL + "knowledge: [circle.md]\n")

    assert "7: knowledge: circle.md: cannot be read" in mistakes(path)[0]
