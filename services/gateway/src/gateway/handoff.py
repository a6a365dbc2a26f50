"""What a session that passes its call on says to whoever answers the action URL; pure.

The session ends with it as `handoffData`, and Twilio hands it back as it is.
"""

from dataclasses import dataclass

import msgspec

MAX_CHARACTERS = 4000
CANNOT_GO_ON = "The agent could not go on with the call."  # the reason of one for the fallback
MAX_REASON = 500  # characters; each may take six when it is written


@dataclass(frozen=True, slots=True)
class Handoff:
    """Where a call shall go: the name of a destination in the agent file, and no more than that."""

    destination: str
    reason: str = ""
    language: str = ""


_decoder = msgspec.json.Decoder(Handoff)


def encode_handoff(handoff: Handoff) -> str:
    """The `handoffData`. A long reason is cut."""
    short = Handoff(handoff.destination, handoff.reason[:MAX_REASON], handoff.language)
    return msgspec.json.encode(short).decode()


def decode_handoff(text: str) -> Handoff | None:
    """Read a `handoffData`; none if it is not one of ours."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
