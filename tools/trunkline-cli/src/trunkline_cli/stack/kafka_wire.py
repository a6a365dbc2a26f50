"""The one request that tells whether a broker serves: Metadata v1, over a plain socket.

It is needed before there is an event loop, so the Kafka client library is no help.
"""

import socket
import struct

_METADATA, _VERSION, _NO_CLIENT_ID, _NO_TOPICS = 3, 1, -1, 0
_REQUEST = struct.pack(">hhihi", _METADATA, _VERSION, 1, _NO_CLIENT_ID, _NO_TOPICS)


def serves(port: int, timeout_seconds: float = 1.0) -> bool:
    """Whether the broker on this machine's port knows itself as a member of its cluster."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout_seconds) as connection:
            connection.sendall(struct.pack(">i", len(_REQUEST)) + _REQUEST)
            size, _correlation, brokers = struct.unpack(">iii", _receive(connection, 12))
    except (OSError, EOFError):
        return False
    return bool(size > 0 and brokers > 0)


def _receive(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        chunk = connection.recv(size - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return data
