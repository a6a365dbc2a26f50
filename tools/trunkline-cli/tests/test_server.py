"""What both local servers do when their port is taken."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from trunkline_cli.stack.errors import StackError
from trunkline_cli.stack.kafka import KafkaServer
from trunkline_cli.stack.ports import free_port
from trunkline_cli.stack.postgres import PostgresServer


async def test_kafka_goes_elsewhere_when_its_port_was_taken_in_the_meantime(
    own_kafka: Callable[[], KafkaServer],
) -> None:
    broker = own_kafka()
    with socket.create_server(("127.0.0.1", broker.port)) as taken:
        await broker.start()

        assert broker.port != taken.getsockname()[1]
    assert broker.child.returncode is None


async def test_postgresql_goes_elsewhere_when_its_port_was_taken_in_the_meantime(
    tmp_path: Path,
) -> None:
    server = PostgresServer(tmp_path / "postgres")
    with socket.create_server(("127.0.0.1", server.port)) as taken:
        await server.start()
        try:
            assert server.port != taken.getsockname()[1]
        finally:
            server.kill()


async def test_a_port_that_was_asked_for_is_not_exchanged(tmp_path: Path) -> None:
    port = free_port()
    server = PostgresServer(tmp_path / "postgres", port)
    refused = pytest.raises(StackError, match=r"PostgreSQL ended with status 1[\s\S]*in use")
    with socket.create_server(("127.0.0.1", port)), refused:
        await server.start()
