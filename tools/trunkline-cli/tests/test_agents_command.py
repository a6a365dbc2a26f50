"""`trunkline agents check` as its users see it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from trunkline_cli.commands.agents import agents_app
from trunkline_cli.paths import ROOT


def check(*arguments: str) -> Result:
    return CliRunner().invoke(agents_app, ["check", *arguments])


def test_the_agents_of_this_repository_are_shown() -> None:
    result = check(str(ROOT / "agents"))

    assert result.exit_code == 0
    assert "receptionist" in result.output
    assert "+15005550100" in result.output


def test_the_folder_called_agents_is_checked_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert "scripted" in check().output


def test_what_the_agents_tools_need_is_named() -> None:
    result = check(str(ROOT / "agents"))

    assert "TOOL_HOSTS must name: calendar.example, clinic.example" in result.output
    assert "TOOL_SECRETS_DIR must hold: calendar_token, clinic_token" in result.output


def test_a_single_file_can_be_checked() -> None:
    result = check(str(ROOT / "agents" / "scripted.yaml"))

    assert result.exit_code == 0
    assert "receptionist" not in result.output
    assert "TOOL_HOSTS" not in result.output


def test_mistakes_are_shown_by_file_and_line_and_fail_the_command(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_text("id: desk\ngreting: '[bold]Hello'\n")

    result = check(str(tmp_path))

    assert result.exit_code == 1
    assert f'{file}:2: unknown key "greting"; did you mean "greeting"?' in result.output
    assert "5 mistakes" in result.output


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_a_folder_without_agents_fails_the_command(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()

    result = check(str(tmp_path / name))

    assert result.exit_code == 1
    assert "1 mistake\n" in result.output


def test_the_schema_is_written_into_the_folder(tmp_path: Path) -> None:
    result = check(str(tmp_path), "--write-schema")

    assert result.exit_code == 1  # there is still no agent
    assert (tmp_path / "schema.json").read_text() == (ROOT / "agents/schema.json").read_text()
