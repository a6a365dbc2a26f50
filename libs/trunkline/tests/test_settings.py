"""Settings are explained when they are not right."""

from pathlib import Path

import pytest
from pydantic import Field, SecretStr, field_validator

from trunkline.settings import Settings, TwilioSettings, load_settings


class ExampleSettings(Settings):
    example_url: str = Field(description="Where it is.")
    example_slots: int = Field(5, ge=1, description="How many.")
    example_key: SecretStr = Field(SecretStr("a-default"), description="What opens it.")

    @field_validator("example_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 8:
            raise ValueError("must have 8 characters")
        return value


@pytest.fixture(autouse=True)
def _empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_missing_variable_ends_the_start_with_a_sentence_that_names_it() -> None:
    with pytest.raises(SystemExit) as end:
        load_settings(ExampleSettings)

    assert str(end.value) == (
        "EXAMPLE_URL is not set. Set it in the environment or in .env. It means: Where it is."
    )


def test_each_wrong_variable_has_its_own_sentence_and_no_value_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EXAMPLE_URL", "https://example.com")
    monkeypatch.setenv("EXAMPLE_SLOTS", "0")
    monkeypatch.setenv("EXAMPLE_KEY", "s3cret")

    with pytest.raises(SystemExit) as end:
        load_settings(ExampleSettings)

    slots, key = str(end.value).splitlines()
    assert slots.startswith("EXAMPLE_SLOTS is wrong: Input should be greater than or equal to 1.")
    assert key.startswith("EXAMPLE_KEY is wrong: must have 8 characters.")
    assert "s3cret" not in str(end.value)


def test_a_dotenv_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("EXAMPLE_URL=from-file\nEXAMPLE_SLOTS=7\n")
    monkeypatch.setenv("EXAMPLE_SLOTS", "8")

    settings = load_settings(ExampleSettings)

    assert (settings.example_url, settings.example_slots) == ("from-file", 8)


OWN, FIRST, SECOND = (f"AC{digit * 32}" for digit in "012")


def test_every_account_has_its_own_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", OWN)
    monkeypatch.setenv("TWILIO_AUTH_TOKENS", "a, b")
    monkeypatch.setenv("TWILIO_SUBACCOUNTS", f"{FIRST}:c, {SECOND}:d|e")

    settings = load_settings(TwilioSettings)

    assert settings.auth_tokens == {OWN: ("a", "b"), FIRST: ("c",), SECOND: ("d", "e")}


@pytest.mark.parametrize("part", [FIRST, f"{FIRST}:", "AC1:s3cret", f"{FIRST}:s3cret:x", "s3cret"])
def test_a_subaccount_that_is_none_is_explained_without_its_token(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", OWN)
    monkeypatch.setenv("TWILIO_AUTH_TOKENS", "a")
    monkeypatch.setenv("TWILIO_SUBACCOUNTS", part)

    with pytest.raises(SystemExit, match=r"^TWILIO_SUBACCOUNTS is wrong: each must be AC") as end:
        load_settings(TwilioSettings)

    assert "s3cret" not in str(end.value)
