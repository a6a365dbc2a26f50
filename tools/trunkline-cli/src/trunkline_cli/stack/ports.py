"""Free ports on this machine."""

import random
import socket

# Below the range from which the system takes the ports of outgoing connections (from 32,768 on
# Linux, 49,152 elsewhere). A port inside it can be taken while its server is down, even by a client
# that tries to reach that server: it is then connected to itself, and the server cannot come back.
_PORTS = range(20_000, 32_000)


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port nobody listens on now, one that will still be free after a restart."""
    for port in random.sample(_PORTS, 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError(f"none of 100 ports tried between {_PORTS.start} and {_PORTS.stop} is free")
