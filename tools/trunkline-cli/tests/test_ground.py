"""Where the demo plays: apart from everything that is yours."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from trunkline.agents import Provider
from trunkline.agents.load import load_agents
from trunkline_cli.demo.ground import NOTICE, own_ground, transcribed
from trunkline_cli.demo.speaker import Speaker
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.leftovers import ProcessBook
from trunkline_cli.stack.options import StackOptions

YOURS = CliSettings(
    kafka_bootstrap_servers="kafka.example:9092",
    database_url=SecretStr("postgresql://you@db.example/calls"),
    public_url="https://voice.example.com",
    twilio_account_sid="AC" + "1" * 32,
    twilio_auth_tokens=(SecretStr("yours"),),
)


@pytest.fixture
def options(tmp_path: Path) -> StackOptions:
    return StackOptions(state_dir=tmp_path)


def test_no_server_and_no_account_of_yours_is_used(options: StackOptions) -> None:
    own, settings = own_ground(options, YOURS, None)

    assert settings.kafka_bootstrap_servers == settings.public_url == ""
    assert settings.database_url.get_secret_value() == ""
    assert (settings.twilio_account_sid, settings.twilio_auth_tokens) == ("", ())
    assert own.environment["TWILIO_API_KEYS"] == ""


def test_nothing_is_left_of_the_demo_before(options: StackOptions, tmp_path: Path) -> None:
    for name in ("demo/postgres/data", "demo/kafka/log", "postgres/data"):
        (tmp_path / name).mkdir(parents=True)

    own_ground(options, YOURS, None)

    assert not (tmp_path / "demo" / "postgres").exists()
    assert not (tmp_path / "demo" / "kafka").exists()
    assert (tmp_path / "postgres" / "data").exists()  # that of `trunkline up`


def test_a_demo_that_runs_already_is_left_alone(options: StackOptions, tmp_path: Path) -> None:
    with (
        ProcessBook(tmp_path / "demo").opened(),
        pytest.raises(StackError, match="Another stack runs"),
    ):
        own_ground(options, YOURS, None)


def test_the_agents_are_copies_that_are_transcribed_and_one_that_calls(
    options: StackOptions,
) -> None:
    own, _ = own_ground(options, YOURS, Speaker(Provider.GROQ, "some/model"))

    assert own.agents_dir is not None
    agents = {agent.id: agent for agent in load_agents(own.agents_dir)}
    assert agents["receptionist"].relay.intelligence_service == "trunkline"
    assert agents["receptionist"].models[0].name == "some/model"
    assert agents[NOTICE].opt_out.phrases
    assert agents[NOTICE].relay.intelligence_service == ""


def test_an_agent_without_a_relay_gets_one() -> None:
    assert transcribed("id: a\n") == "id: a\n\nrelay:\n  intelligence_service: trunkline\n"


def test_an_agent_file_that_is_written_otherwise_is_refused() -> None:
    with pytest.raises(StackError, match="`relay:` alone"):
        transcribed("id: a\nrelay: {hints: [x]}\n")
