"""What a stack will be, from options and settings."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from trunkline_cli.paths import ROOT
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.plan import make_plan

SERVERS = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9", "DATABASE_URL": "postgresql://x"}


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StackOptions:
    monkeypatch.chdir(tmp_path)  # no .env, no agents
    return StackOptions(state_dir=tmp_path / "state")


def test_without_settings_everything_is_made_up_for_this_machine(options: StackOptions) -> None:
    plan = make_plan(options, CliSettings())

    assert plan.public_url == f"http://127.0.0.1:{plan.port}"
    assert plan.agents_dir == ROOT / "agents"
    assert plan.credentials.account_sid.startswith("AC")
    assert len(plan.credentials.account_sid) == 34


@pytest.mark.parametrize(
    ("public_url", "port"),
    [("https://voice.example.com", 8080), ("http://127.0.0.1:4321", 4321)],
)
def test_the_front_listens_where_the_public_url_leads(
    options: StackOptions, public_url: str, port: int
) -> None:
    plan = make_plan(options, CliSettings(public_url=public_url))

    assert (plan.public_url, plan.port) == (public_url, port)


def test_settings_win_over_what_would_be_made_up(options: StackOptions) -> None:
    settings = CliSettings(
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_tokens=(SecretStr("new"), SecretStr("old")),
    )

    gateway = make_plan(options, settings).gateway(1, SERVERS)

    assert gateway.environment["TWILIO_ACCOUNT_SID"] == "AC" + "0" * 32
    assert gateway.environment["TWILIO_AUTH_TOKENS"] == "new,old"
    assert gateway.environment["TICKET_KEYS"]


def test_a_process_is_told_its_own_name_and_ports_whatever_the_environment_says(
    options: StackOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_ID", "other")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "elsewhere:9092")
    monkeypatch.setenv("GROQ_API_KEY", "kept")

    plan = make_plan(options, CliSettings())
    one, two = plan.gateway(1, SERVERS), plan.gateway(2, SERVERS)

    assert one.environment["GATEWAY_ID"] == "gateway-1"
    assert one.environment["KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:9"
    assert one.environment["GATEWAY_URL"] == f"http://127.0.0.1:{one.port}"
    assert one.environment["GROQ_API_KEY"] == "kept"
    assert len({one.port, one.internal_port, two.port, two.internal_port}) == 4


def test_what_the_caller_of_the_stack_says_has_the_last_word(options: StackOptions) -> None:
    asked = replace(options, environment={"GATEWAY_SLOTS": "3", "GATEWAY_DRAIN_SECONDS": "9"})

    environment = make_plan(asked, CliSettings()).gateway(1, SERVERS).environment

    assert (environment["GATEWAY_SLOTS"], environment["GATEWAY_DRAIN_SECONDS"]) == ("3", "9")


def test_the_dialer_and_the_ingest_share_the_keys_that_are_made_up_and_use_those_that_are_set(
    options: StackOptions,
) -> None:
    settings = CliSettings(ingest_num_keys=SecretStr("mine:key"))

    plan = make_plan(options, settings)
    dialer, ingest = plan.dialer(1, SERVERS).environment, plan.ingest(2, SERVERS).environment

    assert dialer["DIALER_NUM_KEYS"].startswith("local:")
    assert dialer["DIALER_DATA_KEYS"] == ingest["INGEST_DATA_KEYS"]
    assert ingest["INGEST_NUM_KEYS"] == "mine:key"
    assert (dialer["DIALER_ID"], ingest["INGEST_ID"]) == ("dialer-1", "intelligence-ingest-2")


def test_an_older_file_of_credentials_keeps_what_it_has_and_gains_what_it_lacks(
    options: StackOptions,
) -> None:
    first = make_plan(options, CliSettings()).credentials
    file = make_plan(options, CliSettings()).state_dir / "credentials.json"
    older = {
        name: value for name, value in json.loads(file.read_text()).items() if "keys" not in name
    }
    file.write_text(json.dumps(older))

    second = make_plan(options, CliSettings()).credentials
    third = make_plan(options, CliSettings()).credentials

    assert second.auth_tokens == first.auth_tokens
    assert second.number_keys != first.number_keys
    assert third == second


def test_each_gateway_has_a_frame_log_of_its_own(options: StackOptions, tmp_path: Path) -> None:
    plan = make_plan(replace(options, frame_logs=tmp_path / "frames"), CliSettings())

    environment = plan.gateway(2, SERVERS).environment

    assert environment["GATEWAY_FRAME_LOG"] == str(tmp_path / "frames" / "gateway-2.jsonl")
