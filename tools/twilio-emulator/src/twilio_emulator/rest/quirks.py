"""What nobody outside Twilio knows about its REST side: each can be had either way. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RestQuirks:
    """Servers should work with any combination."""

    no_sip_code: bool = False
    """No `SipResponseCode` in the last status callback."""

    undated_answer: bool = False
    """The answer to a new call has no dates yet."""

    unknown_at_hang_up: bool = False
    """A call that ends while detection still listens is told to be `unknown`, not nothing."""


USUAL = RestQuirks()
