"""`.env.example` tells what the settings classes tell."""

import re
from pathlib import Path

import pytest

from gateway.settings import GatewaySettings
from trunkline.settings import load_settings
from trunkline_cli import env_example
from trunkline_cli.paths import ROOT
from trunkline_cli.settings import CliSettings


def test_the_example_holds_every_setting_with_its_default() -> None:
    assert env_example.FILE.read_text() == env_example.example(), (
        "run `python -m trunkline_cli.env_example`"
    )


def test_no_settings_class_is_left_out() -> None:
    files = [
        path
        for folder in ("services", "tools")
        for path in ROOT.glob(f"{folder}/*/src/*/settings.py")
    ]
    classes = {
        name for path in files for name in re.findall(r"^class (\w+)\(", path.read_text(), re.M)
    }

    assert classes == {cls.__name__ for cls in env_example.CLASSES}


def test_the_example_can_be_used_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(env_example.example())

    settings = load_settings(CliSettings)

    assert settings.kafka_bootstrap_servers == ""
    assert settings.twilio_auth_tokens == ()
    with pytest.raises(SystemExit, match="TICKET_KEYS is not set"):
        load_settings(GatewaySettings)
