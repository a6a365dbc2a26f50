"""What is to be called, by whom, and how the caller behaves."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from twilio_emulator.ledger import CallLedger
from twilio_emulator.outcomes import Callees, Queues
from twilio_emulator.quirks import Quirks
from twilio_emulator.relay import ConversationRelay
from twilio_emulator.scenario import Scenario


def new_sid(prefix: str) -> str:
    """A Twilio identifier: CA for a call, VX for a session."""
    return prefix + secrets.token_hex(16)


class SessionListener(Protocol):
    """Is told of every session of a call once it is over; it must return at once."""

    def session_over(
        self, plan: CallPlan, relay: ConversationRelay, ledger: CallLedger
    ) -> None: ...


@dataclass(frozen=True, kw_only=True)
class CallPlan:
    """One call to place. Only the first three are needed."""

    voice_url: str
    """The number's voice webhook; a fragment with connection overrides is honoured."""

    account_sid: str
    auth_token: str = field(repr=False)
    from_number: str = "+15005550006"
    to_number: str = "+15005550001"
    direction: Literal["inbound", "outbound-api"] = "inbound"
    """outbound-api: the server had Twilio ring the one who speaks here, at `to_number`."""

    voice_method: str = "POST"
    voice_params: Mapping[str, str] = field(default_factory=dict)
    """What the voice webhook is told besides, such as `AnsweredBy`."""

    twiml: str | None = None
    """Followed first, in place of what the voice webhook would answer."""

    pace: float = 1.0
    """How much faster `<Pause>`, `<Gather>` and what follows a transfer pass; speech has
    `speaking_cps`."""

    script: Scenario = field(default_factory=Scenario)
    call_sid: str = field(default_factory=lambda: new_sid("CA"))
    speaking_cps: float = 15.0
    """How fast the agent's words are spoken, in characters a second; people speak at 12 to 18."""

    tts_latency_ms: float = 0.0
    """From an utterance's first token to its first sound."""

    barge_in_ms: float = 400.0
    """From an interrupt to the prompt that follows it: as long as the caller's words take."""

    partial_gap_ms: float = 80.0
    """From one partial prompt to the next, where the TwiML wants them: a word each."""

    sounds: Mapping[str, float] = field(default_factory=dict)
    """How many seconds audio files take, by a part of their address; others take two."""

    callees: Callees = field(default_factory=dict)
    """Who answers a `<Dial>`, by the last digits of the number or the end of the address."""

    queues: Queues = field(default_factory=dict)
    """What the caller meets in a queue, by its name or the workflow's sid."""

    patience_seconds: float = 15.0
    """How long the caller waits for a reply before it speaks again or gives up."""

    max_seconds: float = 600.0
    """The call is cut off after this; Twilio's own limit is hours."""

    action_delay_ms: float = 0.0
    """From a session's end to the request to `<Connect action>`."""

    fallback_url: str | None = None
    """Asked for TwiML when a webhook failed; without it such a call ends."""

    quirks: Quirks = field(default_factory=Quirks)
    listener: SessionListener | None = None
    """Twilio's Intelligence, of whoever serves it."""
