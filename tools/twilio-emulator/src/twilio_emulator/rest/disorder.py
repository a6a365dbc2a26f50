"""What a fault makes of a call's callbacks on their way: held, doubled, lost, forged. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from twilio_emulator.rest.callbacks import Callback

REPEATS = 5


@dataclass(frozen=True, slots=True)
class Copy:
    """A callback as it goes out."""

    callback: Callback
    how: Literal["signed", "forged", "unsigned"] = "signed"
    lost: bool = False
    token: int = 0
    """Copies with one number are repetitions of one request, and carry one idempotency token."""


class Mailbag:
    """The callbacks of one call, from the time it was placed."""

    def __init__(self, disorder: Collection[str], unknown_url: str | None = None) -> None:
        self._disorder = disorder
        self._unknown_url = unknown_url
        self._held: list[Copy] = []
        self._token = 0

    def send(self, callback: Callback) -> list[Copy]:
        """What goes out now that this callback is due, in order."""
        self._token += 1
        copies = self._spoil(Copy(callback, token=self._token))
        if callback.last:
            return self._last(copies)
        if self._holds(callback):
            self._held += copies
            return []
        return copies

    def _holds(self, callback: Callback) -> bool:
        late = callback.kind == "amd" and "amd_after_completed" in self._disorder
        return late or "reversed" in self._disorder

    def _last(self, copies: list[Copy]) -> list[Copy]:
        held, self._held = self._held, []
        if "contradictory" in self._disorder:
            copies = [*copies, self._contradiction(copies[0])]
        if "reversed" in self._disorder:
            return [*copies, *reversed(held)]
        return [*copies, *held]

    def _spoil(self, copy: Copy) -> list[Copy]:
        disorder = self._disorder
        if "completed_lost" in disorder and copy.callback.last:
            return [replace(copy, lost=True)]
        copies = [copy] * (REPEATS if "repeated" in disorder else 1)
        if copy.callback.kind != "status":
            return copies
        ended = _changed(copy.callback, {"CallStatus": "completed", "SequenceNumber": "99"})
        if "forged" in disorder:
            copies.insert(0, Copy(ended, how="forged", token=-self._token))
        if "unsigned" in disorder:
            copies.insert(0, Copy(ended, how="unsigned", token=-self._token))
        if "unknown_call" in disorder:
            sid = copy.callback.params["CallSid"]
            unknown = _changed(copy.callback, {"CallSid": sid[:2] + sid[:1:-1]})
            unknown = replace(unknown, url=self._unknown_url or unknown.url)
            copies.append(Copy(unknown, token=-self._token))
        return copies

    def _contradiction(self, copy: Copy) -> Copy:
        """Another end of the same call, with a later number."""
        params = copy.callback.params
        other = "failed" if params["CallStatus"] == "completed" else "completed"
        number = str(int(params["SequenceNumber"]) + 1)
        changes = {"CallStatus": other, "SequenceNumber": number}
        return Copy(_changed(copy.callback, changes), token=-self._token)


def _changed(callback: Callback, changes: Mapping[str, str]) -> Callback:
    return replace(callback, params={**callback.params, **changes})
