"""Ports that are free now and stay free for the server they are chosen for."""

import socket

from trunkline_cli.stack.ports import free_port


def test_ports_chosen_one_after_another_differ() -> None:
    assert len({free_port() for _ in range(50)}) == 50


def test_a_port_that_somebody_listens_on_is_not_chosen() -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port + 1)):
        assert free_port() != port + 1


def test_ports_of_outgoing_connections_are_not_chosen() -> None:
    assert all(free_port() < 32_768 for _ in range(50))
