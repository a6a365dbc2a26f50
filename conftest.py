"""Real servers for the tests of all packages, started on first use, never skipped; and time for
properties."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from trunkline_cli.settings import CliSettings
from trunkline_cli.stack.jars import kafka_jars
from trunkline_cli.stack.kafka import KafkaServer

# On a busy machine any example may be slow: that says nothing about the code.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

pytest_plugins = ["trunkline_cli.testing_postgres"]

# Importlib mode leaves the tests' folders out; a second conftest.py below tests/ would be the same
# module to the type checker.
for folder in ("canary", "integration"):
    sys.path.insert(0, str(Path(__file__).parent / "tests" / folder))


@pytest.fixture(scope="session")
def kafka_class_path() -> list[Path]:
    """Kafka's jars, downloaded before anything waits for a broker."""
    return kafka_jars(CliSettings().trunkline_cache_dir)


@pytest.fixture(scope="session")
def kafka_bootstrap(
    kafka_class_path: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a Kafka broker that all tests share: name your topics and groups uniquely."""
    server = KafkaServer(tmp_path_factory.mktemp("kafka"), kafka_class_path)
    try:
        server.start_sync()
        yield server.bootstrap
    finally:
        server.kill()


@pytest.fixture
def own_kafka(
    kafka_class_path: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], KafkaServer]]:
    """Make Kafka brokers of the test's own, not yet started, to be stopped and killed at will."""
    with ExitStack() as servers:

        def make() -> KafkaServer:
            server = KafkaServer(tmp_path_factory.mktemp("own-kafka"), kafka_class_path)
            servers.callback(server.kill)
            return server

        yield make
