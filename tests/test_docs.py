"""The documents say what the code says."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from trunkline.agents.load import load_agents
from trunkline.events import topics

ROOT = Path(__file__).resolve().parents[1]
ARCHITECTURE = ROOT / "docs/architecture.md"
DECISIONS = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part == "build" for part in path.relative_to(ROOT).parts)
)
SECTIONS = ["Context", "Decision", "Consequences", "Alternatives", "Enforced by"]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def table(path: Path, heading: str) -> Iterator[list[str]]:
    """The cells of the first table below a heading, without its two head lines."""
    section = path.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    for line in lines[2:]:
        yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def hours(retention_ms: int) -> str:
    return f"{retention_ms // topics.HOUR_MS} h"


def test_the_topic_table_is_that_of_the_code() -> None:
    short_lived = [topics.call_topic("<CallSid>"), topics.replies_topic("<gateway>")]
    expected = [
        *(
            [topic.name, topic.key, str(topic.partitions), hours(topic.retention_ms)]
            for topic in topics.TOPICS
        ),
        *(
            [topic.name, "–", str(topic.partitions), hours(int(topic.config["retention.ms"]))]  # noqa: RUF001  # the table's dash
            for topic in short_lived
        ),
    ]

    assert [row[:4] for row in table(ARCHITECTURE, "Topics")] == expected


def test_the_services_table_names_the_services_there_are() -> None:
    found = {path.name for path in (ROOT / "services").iterdir() if path.is_dir()}
    rows = [
        re.sub(r"\[`?(.*?)`?\]\(.*\)", r"\1", row[0])
        for row in table(ROOT / "README.md", "Services")
    ]

    assert sorted(rows) == sorted(found)


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text())

    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_file_and_target_named_exists(document: Path) -> None:
    text = document.read_text()
    files = re.findall(r"`((?:services|libs|tools|tests|docs|proto|agents)/[\w./-]+)`", text)
    targets = re.findall(r"`make ([a-z-]+)", text)
    makefile = (ROOT / "Makefile").read_text()

    assert [file for file in files if not (ROOT / file).exists()] == []
    assert [target for target in targets if f"\n{target}:" not in makefile] == []


@pytest.mark.parametrize("decision", DECISIONS, ids=named)
def test_every_decision_has_all_sections_and_one_quotable_sentence(decision: Path) -> None:
    text = decision.read_text()

    assert re.match(rf"# {decision.name[:4]}\. \S", text)
    assert re.findall(r"^## (.*)$", text, flags=re.MULTILINE) == SECTIONS
    assert "\n> " in text.partition("## Decision")[2].partition("## Consequences")[0]
    assert len(text.splitlines()) <= 70


def test_the_decisions_are_numbered_in_order_and_all_listed() -> None:
    numbers = [int(path.name[:4]) for path in DECISIONS]

    assert numbers == list(range(1, len(DECISIONS) + 1))
    for path in DECISIONS:
        assert f"(decisions/{path.name})" in ARCHITECTURE.read_text()


def test_every_dependency_says_what_it_saves() -> None:
    page = (ROOT / "docs/decisions/0007-dependencies.md").read_text()
    named_there = set(re.findall(r"`([\w-]+)`", page))
    for file in [*ROOT.glob("*/*/pyproject.toml")]:
        dependencies = tomllib.loads(file.read_text())["project"]["dependencies"]
        names = {re.split(r"[^\w-]", dependency)[0] for dependency in dependencies}
        ours = {name for name in names if name.startswith("trunkline")}

        assert names - ours - named_there == set(), file


def test_the_example_of_an_agent_file_is_a_valid_agent(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", (ROOT / "agents/README.md").read_text(), re.DOTALL)
    assert example is not None
    (tmp_path / "front-desk").mkdir()
    (tmp_path / "front-desk/hours.md").write_text("We open at eight.")
    (tmp_path / "front-desk.yaml").write_text(example[1])

    (agent,) = load_agents(tmp_path)

    assert agent.render(agent.greeting, {}).startswith("Hello, this is Acme.")
