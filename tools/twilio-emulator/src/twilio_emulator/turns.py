"""One prompt of the caller and what came of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from twilio_emulator.events import SoundArrived, TokenArrived


@dataclass(slots=True)
class Turn:
    """`text` is the reply; words that only held the line for it are the `filler`."""

    number: int
    prompt: str
    lang: str
    asked_at: float
    first_token_at: float | None = None
    closed_at: float | None = None
    text: str = ""
    filler: str = ""
    played: int = 0
    reply_lang: str | None = None
    heard: str = ""
    interrupted: bool = False
    superseded: bool = False

    @property
    def first_token_ms(self) -> float | None:
        """From the prompt to the first non-empty token of the reply."""
        if self.first_token_at is None:
            return None
        return (self.first_token_at - self.asked_at) * 1000

    @property
    def answered(self) -> bool:
        """With words, or with a sound."""
        return bool(self.text.strip() or self.played)

    @property
    def complete(self) -> bool:
        """Answered, and closed with a last token."""
        return self.answered and self.closed_at is not None

    @property
    def lost(self) -> bool:
        """Neither words nor an apology came before the hang-up, nor did a later prompt."""
        return not self.answered and not self.superseded

    def take(self, token: TokenArrived) -> None:
        if token.filler:
            self.filler += token.text
            return
        if token.text:
            self.text += token.text
            self.closed_at = None
            self.reply_lang = token.lang or self.reply_lang
            if self.first_token_at is None:
                self.first_token_at = token.at
        if token.last and self.answered:  # an empty last before any word closes an older turn
            self.closed_at = token.at

    def take_sound(self, sound: SoundArrived) -> None:
        self.played += not sound.filler
