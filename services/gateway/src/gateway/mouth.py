"""The agent's mouth in one session: every word, sound and change of language goes out here."""

from collections.abc import Mapping

from gateway.beginning import first_words
from gateway.effects import (
    PressDigits,
    SendLanguage,
    StartSound,
    StartTimer,
    StopTimer,
    Timer,
)
from gateway.scribe import Scribe
from gateway.spoken import spoken_language
from gateway.voice import Voice
from trunkline.agents import Agent, Sound, Words
from trunkline.events.call import (
    Action,
    ActionDone,
    CallerInterrupted,
    PhraseKind,
    PhraseSent,
    PlaySound,
    SendDigits,
    Spoken,
    SwitchLanguage,
)

_OUTRIGHT: Mapping[str, bool] = {"none": False, "any": True}  # a frame knows no more than these


class Mouth:
    """Speaks for the session, and knows how much of it has been spoken."""

    def __init__(self, scribe: Scribe, agent: Agent) -> None:
        self.voice = Voice(agent.speaking_rate)
        self._scribe = scribe
        self._agent = agent
        self._tags_words = len(agent.languages) > 1  # a word then carries the language it is in
        # Where the TwiML lets all words be replaced, ours say that they may not: history has them.
        self._keeps_words = False if agent.relay.preemptible else None
        self.find_pace()

    @property
    def language(self) -> str:
        """The language that is spoken just now."""
        return spoken_language(self._agent, self._scribe.story)

    @property
    def words(self) -> Words:
        """What the gateway says on its own, in that language."""
        return self._agent.words(self.language)

    @property
    def is_silent(self) -> bool:
        """Whether nothing is being spoken."""
        return self.voice.is_silent(self._scribe.at)

    def find_pace(self) -> None:
        """Speak as fast as the language is spoken."""
        own = self._agent.find_language(self.language)
        self.voice.rate = (own and own.speaking_rate) or self._agent.speaking_rate

    def send(
        self,
        text: str,
        *,
        last: bool = False,
        language: str | None = None,
        interruptible: bool | None = None,
    ) -> None:
        """Speak words of the turn's text, in the conversation's language unless it is given."""
        scribe, number = self._scribe, self._scribe.turn.number
        scribe.do(StopTimer(Timer.SILENCE))
        scribe.note_words()
        frame = self.voice.say(
            number,
            text,
            scribe.at,
            last=last,
            language=self._tag(language),
            preemptible=self._keeps_words,
            interruptible=interruptible,
        )
        scribe.do(frame)

    def close(self) -> None:
        """Close the utterance if it is open."""
        for frame in self.voice.close(self._scribe.turn.number):
            self._scribe.do(frame)

    def say(self, phrase: str, kind: PhraseKind) -> None:
        """Speak for ourselves, after whatever was sent of the turn."""
        turn = self._scribe.turn
        through = turn.said if turn.interrupted else len(turn.text)
        words = self._render(phrase)
        text = f" {words}" if through and not turn.text[through - 1].isspace() else words
        self._scribe.append(PhraseSent(turn.number, through, text, kind))
        self.send(text, last=True, interruptible=self._lets_interrupt(kind))

    def fill(self, phrase: str) -> None:
        """Say a filler, which the next words of the reply replace; no part of the turn's text."""
        self.close()
        scribe, turn = self._scribe, self._scribe.turn
        words = self._render(phrase)
        scribe.append(PhraseSent(turn.number, len(turn.text), words, PhraseKind.FILLER))
        scribe.do(self.voice.fill(turn.number, words, scribe.at, language=self._tag()))

    def greet(self) -> None:
        """Say the greeting, where Twilio has not been told to."""
        words = first_words(self.words, is_recorded=self._scribe.me.is_recorded)
        self.say(words, PhraseKind.GREETING)

    def act(self, action: Action, use_id: str = "", answer: int = 0) -> None:
        """Do to the call what can be done at once, between what was said and what follows."""
        self.close()
        match action:
            case SwitchLanguage(language):
                self._scribe.do(SendLanguage(language))
            case SendDigits(digits):
                self._scribe.do(PressDigits(digits))
                self.voice.press(digits, self._scribe.at)
            case PlaySound(sound) if sound in self._agent.sounds:
                self._play(self._agent.sounds[sound])
        self._scribe.append(ActionDone(self._scribe.turn.number, use_id, action, answer))
        self.find_pace()

    def _play(self, sound: Sound) -> None:
        start = StartSound(sound.url, sound.loop, sound.preemptible, sound.interruptible)
        self._scribe.do(start)
        self.voice.sound(sound.seconds * sound.loop, self._scribe.at)

    def say_rest(self) -> bool:
        """Say what of the turn's text had not been spoken when the last session was lost."""
        turn = self._scribe.turn
        rest = turn.text[turn.said :].strip()
        if rest:
            begun = f"{self.words.resumed} {rest}" if self.words.resumed else rest
            text = f" {begun}" if turn.heard and not turn.heard[-1].isspace() else begun
            self._scribe.append(PhraseSent(turn.number, turn.said, text, PhraseKind.RESUMED))
            self.send(text, last=True)
        return bool(rest)

    def count_as_said(self) -> None:
        """What was sent will be spoken, though the conversation has gone on."""
        turn = self._scribe.turn
        if len(turn.text) > turn.said and not turn.interrupted:
            self._scribe.append(Spoken(turn.number, len(turn.text)))

    def cut_short(self, heard: str | None) -> None:
        """The agent was cut short: nothing more of what was sent will be spoken.

        `heard` is what Twilio says was spoken of the utterance at hand, if it says anything.
        """
        turn, at = self._scribe.turn, self._scribe.at
        if heard is None:
            through = self.voice.spoken_of(turn.text, at)
        else:
            through = self.voice.heard_of(turn.text, heard, at)
        if not turn.interrupted:
            self._scribe.append(CallerInterrupted(turn.number, turn.run, through, heard or ""))
        self.voice.cut_short(at)

    def note_spoken(self) -> None:
        """Write down which sentences of the turn have been spoken by now."""
        turn = self._scribe.turn
        through = self.voice.sentences_spoken_of(turn.text, self._scribe.at)
        if through > turn.said and not turn.interrupted:
            self._scribe.append(Spoken(turn.number, through))

    def await_sentence(self) -> bool:
        """Wait for the end of the sentence being spoken; false if there is none."""
        wait = self.voice.seconds_to_next_end(self._scribe.at)
        if wait is None:
            self._scribe.do(StopTimer(Timer.SPEECH))
            return False
        self._scribe.do(StartTimer(Timer.SPEECH, wait))
        return True

    def _lets_interrupt(self, kind: PhraseKind) -> bool | None:
        """A greeting of ours can be cut off like one that Twilio speaks, other words as usual."""
        relay = self._agent.relay
        greets = kind in (PhraseKind.GREETING, PhraseKind.DISCLOSURE)
        differs = relay.welcome_greeting_interruptible != relay.interruptible
        return _OUTRIGHT.get(relay.welcome_greeting_interruptible) if greets and differs else None

    def _tag(self, language: str | None = None) -> str:
        spoken = self.language if language is None else language
        return spoken if self._tags_words and spoken in self._agent.switch_targets else ""

    def _render(self, phrase: str) -> str:
        return self._agent.render(phrase, self._scribe.me.variables)
