"""Links to a session's audio, which lead to silence: nothing here makes a sound. Pure."""

from __future__ import annotations

import hashlib
import struct
from urllib.parse import parse_qs, urlsplit

PATH = "/_emulator/media/"
GOOD_SECONDS = 300  # for which a link can be followed
RATE = 8000  # samples of a byte a second
SAMPLES = RATE // 10


def media_path(sid: str, expires: int) -> str:
    """Where the audio is until that moment of Unix time. The mark is no secret: it only keeps a
    test from following a link that it has not been given.
    """
    return f"{PATH}{sid}.wav?expires={expires}&mark={_mark(sid, expires)}"


def audio_at(target: str, now: float) -> tuple[int, bytes]:
    """Status and audio: nothing behind a link that is too old or was never given."""
    parts = urlsplit(target)
    query = parse_qs(parts.query)
    expires = query.get("expires", [""])[-1]
    sid = parts.path.removeprefix(PATH).removesuffix(".wav")
    if not expires.isdecimal() or query.get("mark") != [_mark(sid, int(expires))]:
        return 404, b""
    if now >= int(expires):
        return 403, b""
    return 200, _silence()


def _mark(sid: str, expires: int) -> str:
    return hashlib.sha256(f"{sid} {expires}".encode()).hexdigest()[:16]


def _silence() -> bytes:
    """A tenth of a second of it, on two channels."""
    size = 2 * SAMPLES
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, RATE, 2 * RATE, 2, 8)
    head = struct.pack("<4sI4s", b"RIFF", 4 + len(form) + 8 + size, b"WAVE")
    return head + form + struct.pack("<4sI", b"data", size) + b"\x80" * size
