"""What the environment may say about tools."""

from pathlib import Path

import pytest

from llm_worker.settings import WorkerSettings
from trunkline.settings import load_settings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # away from any .env
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")


def test_no_host_may_be_called_unless_one_is_named() -> None:
    assert load_settings(WorkerSettings).tool_hosts == ()


def test_hosts_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOL_HOSTS", "api.example, clinic.example=http://127.0.0.1:9000")

    hosts = load_settings(WorkerSettings).tool_hosts

    assert hosts == ("api.example", "clinic.example=http://127.0.0.1:9000")


def test_a_wrong_host_ends_the_start_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOL_HOSTS", "api.example, ann:secret@api.example")

    with pytest.raises(SystemExit, match="TOOL_HOSTS is wrong: entry 2 must be host") as ended:
        load_settings(WorkerSettings)
    assert "secret" not in str(ended.value)
