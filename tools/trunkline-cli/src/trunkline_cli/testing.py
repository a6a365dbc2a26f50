"""`trunkline up` from outside, for tests: real processes on real servers, started and stopped."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trunkline_cli.settings import inherited_environment
from twilio_emulator import CallPlan

TRUNKLINE = Path(sys.executable).parent / "trunkline"
START_SECONDS = 120  # the first start on a machine downloads Kafka
STOP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class RunningStack:
    """What `trunkline up` reports, and where its gateways log frames."""

    report: dict[str, Any]
    frame_logs: Path
    logs: Path

    def plan(self, agent: str, **options: Any) -> CallPlan:
        """A call to this agent, spoken fast: what is tested is not the patience of a listener."""
        numbers = {entry["id"]: entry["numbers"] for entry in self.report["agents"]}
        return CallPlan(
            voice_url=self.report["voice_url"],
            account_sid=self.report["twilio"]["account_sid"],
            auth_token=self.report["twilio"]["auth_token"],
            to_number=numbers[agent][0],
            **{"speaking_cps": 150.0, **options},
        )

    def frames(self) -> list[dict[str, Any]]:
        """The lines of all frame logs, those of one gateway in their order."""
        files = sorted(self.frame_logs.glob("*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]


class StackRunner:
    """Starts `trunkline up` and stops it as Ctrl-C would."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[str]] = []

    def start(
        self,
        name: str,
        *options: str,
        agents: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> RunningStack:
        """Run a stack with these options and settings; returns when everything is ready."""
        folder = self._folder / name
        report, frame_logs = folder / "report.json", folder / "frames"
        command = [TRUNKLINE, "up", "--report", report, "--frame-logs", frame_logs]
        command += ["--dialers", "0", "--ingests", "0", *options]  # the last one said counts
        if agents is not None:
            command += ["--agents", agents]
        state = folder / "state"
        process = subprocess.Popen(
            [str(word) for word in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **inherited_environment(),
                "TRUNKLINE_STATE_DIR": str(state),
                **(environment or {}),
            },
        )
        self._processes.append(process)
        _wait_until_ready(process)
        return RunningStack(json.loads(report.read_text()), frame_logs, state / "logs")

    def stop_all(self) -> None:
        """Stop what was started; each must end by itself."""
        for process in self._processes:
            process.send_signal(signal.SIGINT)
        for process in self._processes:
            process.communicate(timeout=STOP_SECONDS)


def _wait_until_ready(process: "subprocess.Popen[str]") -> None:
    """Read what it prints until it says that it is ready; it may not stay silent for ever."""
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    printed = []
    try:
        for line in process.stdout or ():
            printed.append(line)
            if line.startswith("Ready"):
                return
    finally:
        watchdog.cancel()
    raise RuntimeError("The stack did not start:\n" + "".join(printed))
