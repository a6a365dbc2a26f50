"""A line for each frame of a socket, without a word of it: evidence for tests.

Written in the step in which a frame is read or was handed to the transport, so that the order of
lines is the order of events in the process.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from gateway.effects import (
    AgentSpeaking,
    CallerSpeaking,
    Interrupted,
    KeyPressed,
    Prompted,
    TokensPlayed,
)
from gateway.wire import Complaint, Frame, RoundTrip, Setup

_TYPES: Mapping[type[Frame], str] = {
    Setup: "setup",
    Prompted: "prompt",
    Interrupted: "interrupt",
    KeyPressed: "dtmf",
    Complaint: "error",
    AgentSpeaking: "info",
    CallerSpeaking: "info",
    TokensPlayed: "info",
    RoundTrip: "info",
}


class FrameLog:
    """Writes JSON lines `{time, direction, call, type, turn, seq, length}`.

    `time` is Unix time in seconds, `direction` in or out, `type` Twilio's, `turn` the one that was
    open, `length` that of the frame's words. Without a path nothing is written.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._file = open(descriptor, "wb", buffering=0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def of_call(self, call_sid: str) -> "CallFrameLog":
        """The part of it that is about one call."""
        return CallFrameLog(self, call_sid)

    def write(self, **line: object) -> None:
        """Add one line."""
        if self._file is not None:
            self._file.write(msgspec.json.encode({"time": self._clock(), **line}) + b"\n")


class CallFrameLog:
    """The frames of one call."""

    def __init__(self, log: FrameLog, call_sid: str) -> None:
        self._log = log
        self._call_sid = call_sid

    def read(self, frame: Frame, turn: int) -> None:
        """A frame was read while this turn was open."""
        self._write("in", _TYPES.get(type(frame), "unknown"), turn, 0, len(_words(frame)))

    def sent(self, kind: str, turn: int = 0, seq: int = 0, length: int = 0) -> None:
        """A frame was handed to the transport."""
        self._write("out", kind, turn, seq, length)

    def _write(self, direction: str, kind: str, turn: int, seq: int, length: int) -> None:
        self._log.write(
            direction=direction, call=self._call_sid, type=kind, turn=turn, seq=seq, length=length
        )


def _words(frame: Frame) -> str:
    match frame:
        case Prompted(text=words) | Interrupted(heard=words) | TokensPlayed(text=words):
            return words
        case KeyPressed(digit):
            return digit
    return ""
