"""The bytes of an event stream as what its events carry; pure. Bytes: JSON needs no text first."""

from llm_worker.model import Fault, ModelFailed

MAX_LINE = 1 << 20  # bytes; a delta has some hundred


class EventLines:
    """Puts lines together again, wherever the network has divided them."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """What the `data:` lines carry that are complete now.

        Comments, event names and lines without data are left out: whoever needs the name of an
        event finds it in its data too. A last line without an end counts as cut, as the standard
        says.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            raise ModelFailed(Fault.CUT)
        data_lines = (line[5:].strip() for line in lines if line.startswith(b"data:"))
        return [carried for carried in data_lines if carried]
