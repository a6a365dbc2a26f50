"""The languages of a session: spoken, understood, and what its prompts say of them. Pure."""

from __future__ import annotations

from twilio_emulator import protocol
from twilio_emulator.relay import DEFAULT_LANGUAGE, ConversationRelay


class Languages:
    """Those in force; a `language` message changes them."""

    def __init__(self, relay: ConversationRelay) -> None:
        self._relay = relay
        self.tts = relay.tts_language
        self.transcription = relay.transcription_language
        self._first = {self.tts, self.transcription}

    def of_prompt(self, spoken: str | None) -> str:
        """The `lang` of a prompt, for a caller who speaks that language, or the one expected.

        Where languages are detected, a prompt tells the primary tag alone.
        """
        if self.transcription != "multi":
            return spoken or self.transcription
        expected = DEFAULT_LANGUAGE if self.tts == "multi" else self.tts
        return (spoken or expected).partition("-")[0]

    def switch(self, message: protocol.Language) -> list[str]:
        """Take a change; returns what Twilio would put right in silence."""
        self.tts = message.tts_language or self.tts
        self.transcription = message.transcription_language or self.transcription
        asked = {message.tts_language or "", message.transcription_language or ""} - {""}
        return [
            f"there is no <Language> for {code}: the provider's defaults are used"
            for code in sorted(asked - self._first)
            if not self._relay.declares(code)
        ]

    def refusal(self) -> str | None:
        """Why Twilio ends the session over what is in force now."""
        return self._relay.multi_refusal(self.tts, self.transcription)
