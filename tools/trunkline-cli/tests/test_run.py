"""A stack as programs use it: what it reports, and what it does when a part dies.

Kafka and PostgreSQL are real; small stand-ins take the place of the services.
"""

import asyncio
import json
import os
import signal
import socket
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest
from pydantic import SecretStr

from trunkline.bus.kafka import KafkaBus
from trunkline.events.topics import TOPICS
from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.options import StackOptions
from trunkline_cli.stack.run import Stack, run_stack

SERVICES = ("gateways", "workers", "dialers", "ingests")
STANDINS = Path(__file__).parent / "standins"


class Told:
    """A narrator that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def downloading(self, done: int, total: int) -> None: ...

    def downloaded(self) -> None: ...


@pytest.fixture
def options(tmp_path: Path) -> StackOptions:
    return StackOptions(
        gateways=2,
        workers=1,
        dialers=1,
        ingests=1,
        state_dir=tmp_path / "state",
        report=tmp_path / "report.json",
        environment={"PYTHONPATH": str(STANDINS), "STANDIN_BROKEN": str(tmp_path / "broken")},
    )


@pytest.fixture
def settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kafka_bootstrap: str, postgres_url: str
) -> CliSettings:
    monkeypatch.chdir(tmp_path)  # no .env
    return CliSettings(
        kafka_bootstrap_servers=kafka_bootstrap, database_url=SecretStr(postgres_url)
    )


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110  # other processes bring it about
            await asyncio.sleep(0.02)


async def test_the_report_names_every_part_and_is_for_its_owner_alone(
    options: StackOptions, settings: CliSettings, kafka_bootstrap: str, postgres_url: str
) -> None:
    async with run_stack(options, settings) as stack:
        assert options.report is not None
        report = json.loads(options.report.read_text())

        assert stat.S_IMODE(options.report.stat().st_mode) == 0o600
        assert report["voice_url"] == report["public_url"] + "/twilio/voice/incoming"
        assert report["relay_url"].startswith("ws://127.0.0.1:")
        assert report["relay_url"].endswith("/twilio/relay")
        assert [each["id"] for each in report["gateways"]] == ["gateway-1", "gateway-2"]
        assert [each["id"] for each in report["workers"]] == ["llm-worker-1"]
        assert report["kafka"] == {"bootstrap": kafka_bootstrap, "pid": None}
        assert report["postgres"] == {"url": postgres_url, "pid": None}
        assert set(report["twilio"]) == {"account_sid", "auth_token"}
        assert "receptionist" in [agent["id"] for agent in report["agents"]]
        assert all(agent["numbers"] for agent in report["agents"])
        assert [each["id"] for each in report["dialers"]] == ["dialer-1"]
        assert [each["id"] for each in report["ingests"]] == ["intelligence-ingest-1"]
        for name in ("dialer_api_key", "ingest_api_key"):
            assert report[name].startswith("tk_")
            assert report[name] not in repr(stack.report)
        for each in [each for kind in SERVICES for each in report[kind]]:
            assert psutil.pid_exists(each["pid"])
            async with httpx.AsyncClient() as client:
                assert (await client.get(each["internal_url"] + "/readyz")).status_code == 200
        assert stack.report.twilio.auth_token not in repr(stack.report)


async def test_everything_has_ended_when_the_context_ends(
    options: StackOptions, settings: CliSettings
) -> None:
    async with run_stack(options, settings) as stack:
        pids = [service.pid for service in stack.services]

    assert not any(psutil.pid_exists(pid) for pid in pids)


async def test_the_shared_topics_exist_before_the_services_start(
    options: StackOptions, settings: CliSettings, kafka_bootstrap: str
) -> None:
    async with (
        run_stack(options, settings),
        KafkaBus.open(kafka_bootstrap, client_id="test") as bus,
    ):
        assert {topic.name for topic in TOPICS} <= await bus.topics()
        assert await bus.partitions("calls.prompts") == 24


async def test_credentials_are_made_up_once_and_kept(
    options: StackOptions, settings: CliSettings
) -> None:
    small = replace(options, gateways=1, workers=0, dialers=0, ingests=0)
    async with run_stack(small, settings) as stack:
        first = stack.report.twilio
    async with run_stack(small, settings) as stack:
        second = stack.report.twilio

    assert first == second
    assert options.state_dir is not None
    assert stat.S_IMODE(options.state_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((options.state_dir / "credentials.json").stat().st_mode) == 0o600


async def ask_front(stack: Stack) -> tuple[socket.socket, int]:
    """Connect to the public address; return the socket and the pid of who answers."""
    connection = socket.create_connection(("127.0.0.1", int(stack.report.public_url[-5:])), 5)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connection, b"who?")
    async with asyncio.timeout(5):
        return connection, int(await loop.sock_recv(connection, 100))


async def test_a_gateway_that_is_killed_is_reset_reported_and_replaced(
    options: StackOptions, settings: CliSettings
) -> None:
    told = Told()
    async with run_stack(options, settings, told) as stack:
        connection, pid = await ask_front(stack)
        with connection:
            victim = next(each for each in stack.gateways if each.pid == pid)

            os.kill(pid, signal.SIGKILL)

            with pytest.raises(ConnectionResetError):
                async with asyncio.timeout(5):
                    await asyncio.get_running_loop().sock_recv(connection, 100)
        await until(lambda: f"{victim.name} runs again." in told.lines)
        assert options.report is not None
        report = json.loads(options.report.read_text())
        assert victim.pid != pid
        assert [each["pid"] for each in report["gateways"]] == [g.pid for g in stack.gateways]
        assert any(f"{victim.name} has ended with status -9." in line for line in told.lines)


async def test_without_restart_the_dead_stay_dead(
    options: StackOptions, settings: CliSettings
) -> None:
    told = Told()
    async with run_stack(replace(options, restart=False), settings, told) as stack:
        worker = stack.workers[0]

        worker.kill()
        await until(lambda: bool(told.lines))

        assert told.lines == ["llm-worker-1 has ended with status -9."]
        connection, pid = await ask_front(stack)
        connection.close()
        assert pid in [gateway.pid for gateway in stack.gateways]
        assert not worker.alive

        await stack.start_again(worker)

        assert options.report is not None
        assert json.loads(options.report.read_text())["workers"][0]["pid"] == worker.pid


async def test_a_gateway_that_hangs_is_ended_and_replaced(
    options: StackOptions, settings: CliSettings
) -> None:
    told = Told()
    async with run_stack(
        replace(options, gateways=1, workers=0, dialers=0, ingests=0), settings, told
    ) as stack:
        gateway, pid = stack.gateways[0], stack.gateways[0].pid

        os.kill(pid, signal.SIGSTOP)

        await until(lambda: "gateway-1 runs again." in told.lines)
        assert told.lines[0] == "gateway-1 runs, but answers nothing."
        assert gateway.pid != pid


async def test_the_report_of_an_earlier_stack_is_not_taken_for_this_one(
    options: StackOptions, settings: CliSettings, tmp_path: Path
) -> None:
    assert options.report is not None
    options.report.write_text("{}")
    (tmp_path / "broken").touch()

    with pytest.raises(StackError):
        async with run_stack(options, settings):
            pytest.fail("it is not ready")

    assert not options.report.exists()


async def test_a_service_that_does_not_start_ends_the_stack_with_its_last_words(
    options: StackOptions, settings: CliSettings, tmp_path: Path
) -> None:
    (tmp_path / "broken").touch()

    with pytest.raises(StackError, match="this will not do"):
        async with run_stack(options, settings):
            pytest.fail("it is not ready")


async def test_an_error_of_the_caller_leaves_the_stack_as_it_is(
    options: StackOptions, settings: CliSettings
) -> None:
    with pytest.raises(KeyError, match="mine"):
        async with run_stack(
            replace(options, gateways=1, workers=0, dialers=0, ingests=0), settings
        ):
            raise KeyError("mine")


async def test_a_second_stack_with_the_same_folder_is_refused(
    options: StackOptions, settings: CliSettings
) -> None:
    small = replace(options, gateways=1, workers=0, dialers=0, ingests=0)
    async with run_stack(small, settings):
        with pytest.raises(StackError, match="Another stack runs"):
            async with run_stack(small, settings):
                pytest.fail("it is not alone")
