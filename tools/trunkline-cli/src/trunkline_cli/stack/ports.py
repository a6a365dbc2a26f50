"""Free ports on this machine."""

import os
import socket
from collections.abc import Iterator
from functools import cache
from itertools import cycle, islice

# Below the range from which the system takes the ports of outgoing connections (from 32,768 on
# Linux, 49,152 elsewhere). A port inside it can be taken while its server is down, even by a client
# that tries to reach that server: it is then connected to itself, and the server cannot come back.
_PORTS = range(20_000, 32_000)

_APART = 211  # ports between the starting points of processes with neighbouring ids
_TRIES = 1_000


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port nobody listens on now, one that will still be free after a restart.

    It is not returned again soon, so that several can be chosen before any of them is used.
    """
    for port in islice(_candidates(), _TRIES):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError(f"none of {_TRIES} ports tried from {_PORTS.start} to {_PORTS.stop} is free")


@cache
def _candidates() -> Iterator[int]:
    """All ports in turn, from a place of this process's own: those that start together differ."""
    first = os.getpid() * _APART % len(_PORTS)
    return cycle([*_PORTS[first:], *_PORTS[:first]])
