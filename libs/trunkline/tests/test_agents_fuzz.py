"""Loading agent files that no person wrote: always agents or mistakes, and never for long."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.agents.load import MAX_FILE_BYTES, AgentError, Mistake, load_files

AGENTS = Path(__file__).resolve().parents[3] / "agents"
SAMPLES = [path.read_text() for path in sorted(AGENTS.glob("*.yaml"))]
SLOW = timedelta(seconds=5)  # many times what a sample takes, on a machine that is busy


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample agents' documents, and room for a file beside them."""
    copy = tmp_path_factory.mktemp("fuzz") / "agents"
    shutil.copytree(AGENTS, copy)
    return copy


def loaded_or_explained(folder: Path, content: bytes) -> bool:
    """Whether the file gives an agent. Its mistakes name a line and have a message."""
    path = folder / "any.yaml"
    path.write_bytes(content)
    mistakes = mistakes_of(path)
    lines = content.count(b"\n") + content.count(b"\r") + 1
    assert all(1 <= one.line <= lines and one.message.strip() for one in mistakes)
    return not mistakes


def mistakes_of(path: Path) -> tuple[Mistake, ...]:
    try:
        load_files([path])
    except AgentError as error:
        return error.mistakes
    return ()


KEYS = st.sampled_from(
    [
        *("id", "numbers", "greeting", "variables", "models", "knowledge", "relay", "a", "{{", "0"),
        *("tools", "transfers", "keypad", "languages", "rules", "when", "parameters", "http"),
    ]
)
SCALARS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["+1555", "no", "{{x}}", "[", "{", "*a", "&a", "!!int", "- ", "|", '"\\ud800"']
    ),
    st.integers().map(str),
)


@st.composite
def yaml_like(draw: st.DrawFn) -> str:
    """Lines that look like an agent file gone wrong."""
    line = st.builds(
        lambda indent, key, value: f"{' ' * indent}{key}: {value}",
        st.integers(0, 4),
        KEYS,
        SCALARS,
    )
    return "\n".join(draw(st.lists(line | SCALARS, max_size=8)))


@settings(max_examples=300, deadline=SLOW)
@given(content=yaml_like().map(lambda text: text.encode(errors="replace")) | st.binary(max_size=60))
def test_no_content_whatever_raises_anything_else(folder: Path, content: bytes) -> None:
    assert not loaded_or_explained(folder, content)


VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["{{x}}", "{{1}}", "{{result.a}}", "(a+)+", "(", "[[a]", "\\", "$ref", "{a", ""]
    ),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all values inside this one."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]  # a list
    for key, one in inside:
        yield (*path, key)
        if isinstance(one, dict | list):
            yield from places(one, (*path, key))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A sample agent with one to three values dropped, retyped, deepened, enlarged or renamed."""
    agent = yaml.safe_load(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(sorted(places(agent), key=repr)))
        holder = agent
        for part in above:
            holder = holder[part]
        match draw(st.sampled_from(["drop", "retype", "deepen", "enlarge", "rename"])):
            case "drop":
                del holder[last]
            case "retype":
                holder[last] = draw(VALUES)
            case "deepen":
                holder[last] = draw(st.sampled_from([{"a": holder[last]}, [holder[last]]]))
            case "enlarge" if isinstance(holder[last], str | list):
                holder[last] = holder[last] * draw(st.sampled_from([2, 50, 300]))
            case "rename" if isinstance(holder, dict):
                holder[draw(KEYS | st.text(max_size=8))] = holder.pop(last)
    return yaml.safe_dump(agent, allow_unicode=True, sort_keys=False).encode(errors="replace")


@settings(max_examples=100, deadline=SLOW)
@given(content=mutated())
def test_a_good_file_with_changed_values_is_an_agent_or_explained(
    folder: Path, content: bytes
) -> None:
    loaded_or_explained(folder, content)


@st.composite
def shuffled(draw: st.DrawFn) -> bytes:
    """A sample agent with one to three of its lines dropped, repeated, moved or indented."""
    lines = draw(st.sampled_from(SAMPLES)).splitlines()
    for _ in range(draw(st.integers(1, 3))):
        n = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "repeat", "move", "indent", "cut"])):
            case "drop":
                del lines[n]
            case "repeat":
                lines.insert(n, lines[n])
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(n))
            case "indent":
                lines[n] = " " * draw(st.integers(1, 6)) + lines[n]
            case "cut":
                lines[n] = lines[n][: draw(st.integers(0, len(lines[n])))]
    return "\n".join(lines).encode()


@settings(max_examples=100, deadline=SLOW)
@given(content=shuffled())
def test_a_good_file_with_changed_lines_is_an_agent_or_explained(
    folder: Path, content: bytes
) -> None:
    loaded_or_explained(folder, content)


@pytest.mark.parametrize("sample", SAMPLES, ids=range(len(SAMPLES)))
def test_a_sample_is_an_agent_however_its_yaml_is_laid_out(folder: Path, sample: str) -> None:
    value = yaml.safe_load(sample)

    assert loaded_or_explained(folder, yaml.safe_dump(value, allow_unicode=True).encode())
    assert loaded_or_explained(folder, yaml.safe_dump(value, default_flow_style=True).encode())


@pytest.mark.parametrize(
    "repeated",
    [
        'greeting: "' + "{" * MAX_FILE_BYTES,
        "greeting: " + "{{a}} " * (MAX_FILE_BYTES // 6),
        "numbers: [" + "1, " * (MAX_FILE_BYTES // 3),
        "a: 1\n" * (MAX_FILE_BYTES // 5),
        "knowledge: [" + "a, " * (MAX_FILE_BYTES // 3),
        "transfers: {" + "".join(f"A{n}: x, " for n in range(MAX_FILE_BYTES // 11)),
        "tools: [" + "{}, " * (MAX_FILE_BYTES // 4),
    ],
    ids=["braces", "variables", "numbers", "keys", "documents", "transfers", "tools"],
)
def test_the_largest_file_with_mistakes_is_explained_in_time(folder: Path, repeated: str) -> None:
    closing = {"[": "]", "{": "}", '"': '"'}.get(repeated.partition(": ")[2][:1], "")

    assert not loaded_or_explained(folder, (repeated[: MAX_FILE_BYTES - 9] + closing).encode())
