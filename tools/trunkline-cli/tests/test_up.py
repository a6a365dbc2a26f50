"""`trunkline up` as a person meets it: a process that stays until it is stopped."""

import json
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.emulated import CPS, FROM_NUMBER

STANDINS = Path(__file__).parent / "standins"
TRUNKLINE = str(Path(sys.executable).with_name("trunkline"))


@pytest.fixture
def environment(tmp_path: Path, kafka_class_path: list[Path]) -> dict[str, str]:
    """No settings at all, and stand-ins for the services."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(Path.home()),
        "TRUNKLINE_CACHE_DIR": str(CliSettings().trunkline_cache_dir),
        "TRUNKLINE_STATE_DIR": str(tmp_path / "state"),
        "PYTHONPATH": str(STANDINS),
    }


@contextmanager
def trunkline_up(
    folder: Path, environment: Mapping[str, str], *options: str
) -> Iterator["subprocess.Popen[str]"]:
    """Without a dialer, unless the options say one: a stand-in has no API to be told an account."""
    with (folder / "screen").open("a") as screen:
        process = subprocess.Popen(
            [TRUNKLINE, "up", "--report", str(folder / "report.json"), "--dialers", "0", *options],
            stdout=screen,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            text=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def wait_for_report(
    folder: Path, process: "subprocess.Popen[str]", other_than: object = None
) -> dict[str, Any]:
    path, deadline = folder / "report.json", time.monotonic() + 90
    while not path.exists() or json.loads(path.read_text()) == other_than:
        assert process.poll() is None, (folder / "screen").read_text()
        assert time.monotonic() < deadline, (folder / "screen").read_text()
        time.sleep(0.05)  # another process writes it
    report: dict[str, Any] = json.loads(path.read_text())
    return report


def wait_for_line(folder: Path, process: "subprocess.Popen[str]", line: str) -> None:
    screen, deadline = folder / "screen", time.monotonic() + 90
    while line not in screen.read_text():
        assert process.poll() is None, screen.read_text()
        assert time.monotonic() < deadline, screen.read_text()
        time.sleep(0.05)  # another process writes it


def pids(report: dict[str, Any]) -> list[int]:
    kinds = ("gateways", "workers", "dialers", "ingests")
    services = [part for kind in kinds for part in report[kind]]
    return [part["pid"] for part in (*services, report["kafka"], report["postgres"])]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_the_whole_stack_until_it_is_stopped(
    tmp_path: Path, environment: dict[str, str], number: signal.Signals
) -> None:
    with trunkline_up(tmp_path, environment, "--gateways", "2") as process:
        report = wait_for_report(tmp_path, process)
        processes = [psutil.Process(pid) for pid in pids(report)]
        assert len(processes) == 7

        process.send_signal(number)
        assert process.wait(30) == 0

    _gone, alive = psutil.wait_procs(processes, timeout=5)
    assert alive == []
    screen = (tmp_path / "screen").read_text()
    assert report["voice_url"] in screen
    assert "Stopping ..." in screen
    assert report["twilio"]["auth_token"] not in screen
    assert "Traceback" not in screen


def test_a_dialer_and_an_ingest_are_ready_for_an_emulated_twilio(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    real = {name: value for name, value in environment.items() if name != "PYTHONPATH"}

    with trunkline_up(tmp_path, real, "--workers", "0", "--dialers", "1") as process:
        report = wait_for_report(tmp_path, process)
        wait_for_line(tmp_path, process, "export INGEST_URL=")
        headers = {"Authorization": f"Bearer {report['dialer_api_key']}"}
        with httpx.Client(base_url=report["dialers"][0]["url"], headers=headers) as dialer:
            (account,) = dialer.get("/v1/accounts").json()
            (number,) = dialer.get("/v1/from-numbers").json()
        headers = {"Authorization": f"Bearer {report['ingest_api_key']}"}
        with httpx.Client(base_url=report["ingests"][0]["url"], headers=headers) as ingest:
            calls = ingest.get("/v1/calls").json()
        screen = (tmp_path / "screen").read_text()

    assert calls["data"] == []
    assert account["account_sid"] == report["twilio"]["account_sid"]
    assert account["cps"] == CPS
    assert number["number"] == FROM_NUMBER
    for name, kind in (("DIALER", "dialers"), ("INGEST", "ingests")):
        url, key = report[kind][0]["url"], report[f"{name.lower()}_api_key"]
        assert f"export {name}_URL={url} {name}_API_KEY={key}" in screen


@pytest.mark.parametrize(
    ("hosts", "line"),
    [
        ("", "clinic.example alone: the sample agents' clinic, which runs here"),
        ("calendar.example", "tools call   calendar.example"),
    ],
)
def test_it_says_whom_tools_may_call(
    tmp_path: Path, environment: dict[str, str], hosts: str, line: str
) -> None:
    environment["TOOL_HOSTS"] = hosts

    with trunkline_up(tmp_path, environment, "--workers", "0") as process:
        wait_for_report(tmp_path, process)
        wait_for_line(tmp_path, process, line)


def test_what_a_killed_stack_left_does_not_disturb_the_next(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with trunkline_up(tmp_path, environment, "--workers", "0") as process:
        first = wait_for_report(tmp_path, process)
        process.kill()
        process.wait(10)

    with trunkline_up(tmp_path, environment, "--workers", "0") as process:
        second = wait_for_report(tmp_path, process, other_than=first)

    assert not set(pids(first)) & set(pids(second))
    assert first["twilio"] == second["twilio"]


def test_a_wrong_setting_ends_the_start_with_a_sentence(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    environment["PUBLIC_URL"] = "voice.example.com"

    with trunkline_up(tmp_path, environment) as process:
        status = process.wait(30)

    screen = (tmp_path / "screen").read_text()
    assert status == 1
    assert screen.startswith("PUBLIC_URL is wrong: must start with https://")
    assert len(screen.splitlines()) == 1


def test_a_port_that_is_taken_ends_the_start_with_a_sentence(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        with trunkline_up(tmp_path, environment, "--port", port) as process:
            status = process.wait(30)

    assert status == 1
    assert re.match(rf"Port {port} cannot be had .*--port", (tmp_path / "screen").read_text())


def test_mistakes_in_agents_end_the_start_and_are_named(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "front.yaml").write_text("id: front\n")

    with trunkline_up(tmp_path, environment) as process:
        status = process.wait(30)

    screen = (tmp_path / "screen").read_text()
    assert status == 1
    assert "front.yaml:1:" in screen
    assert "trunkline agents check" in screen
    assert "Traceback" not in screen


def test_the_report_of_a_private_stack_cannot_be_read_by_others(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    with trunkline_up(tmp_path, environment, "--workers", "0") as process:
        wait_for_report(tmp_path, process)

    for name in ("report.json", "state/credentials.json", "state/processes.json"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
