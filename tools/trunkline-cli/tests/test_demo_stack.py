"""The demo's campaign and story on the real stack, small: 12 of 25 rows are called."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from trunkline_cli.demo.show import show
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.options import StackOptions


async def test_a_small_campaign_is_dialed_and_a_call_is_told_of(
    tmp_path: Path, kafka_class_path: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env
    for name in ("GROQ", "OPENAI", "ANTHROPIC", "GEMINI", "DEEPSEEK"):
        monkeypatch.delenv(f"{name}_API_KEY", raising=False)
    screen, report_file = io.StringIO(), tmp_path / "report.json"
    options = StackOptions(state_dir=tmp_path / "state")
    console = Console(file=screen, width=100)

    held = await show(options, CliSettings(), report_file, console, program=[], rows=25)

    shown = screen.getvalue()
    assert held, shown
    report = json.loads(report_file.read_text())
    campaign, story = report["campaign"], report["story"]
    assert (campaign["rows"], campaign["accepted"], campaign["suppressed"]) == (25, 12, 1)
    assert (campaign["dialed_twice"], campaign["lost"], campaign["placed_while_paused"]) == (
        0,
        0,
        0,
    )
    assert (story["label"], story["sentiment"]) == ("appointments", "positive")
    assert [act["held"] for act in report["acts"]] == [True, True]
    for words in (
        "12 added  1 duplicates  1 suppressed",
        "A spreadsheet has rounded",
        "One of the two dialers is killed",
        "dialer-1 runs again",
        "…interrupted",
        "“book an appointment”",
        "dialed twice 0",
    ):
        assert words in shown
