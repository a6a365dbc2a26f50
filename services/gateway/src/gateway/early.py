"""What the caller does while we are still attaching: kept, and a reason to hurry."""

from collections import deque

from gateway.effects import Prompted
from gateway.twilio_socket import Socket, SocketGone
from gateway.wire import parse_frame
from trunkline.errors import Invalid

MAX_EARLY = 64  # frames; nobody says so much in the seconds that attaching may take


class EarlySocket:
    """A socket whose first frames may be looked at before they are received."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._kept: deque[str | bytes] = deque()
        self.send = socket.send
        self.close = socket.close

    async def receive(self) -> str | bytes:
        return self._kept.popleft() if self._kept else await self._socket.receive()

    async def prompted(self) -> None:
        """Wait until the caller says something, or can say nothing more."""
        while len(self._kept) < MAX_EARLY:
            try:
                self._kept.append(await self._socket.receive())
            except SocketGone:
                return
            if _is_prompt(self._kept[-1]):
                return


def _is_prompt(data: str | bytes) -> bool:
    try:
        return isinstance(parse_frame(data), Prompted)
    except Invalid:
        return False
