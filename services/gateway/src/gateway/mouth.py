"""The agent's mouth in one session: every word, sound and change of language goes out here."""

from gateway.effects import (
    Announce,
    PressDigits,
    SendLanguage,
    StartSound,
    StartTimer,
    StopTimer,
    Timer,
)
from gateway.scribe import Scribe
from gateway.voice import Voice
from trunkline.agents import Agent, Words
from trunkline.events.call import (
    Action,
    ActionDone,
    CallerInterrupted,
    OptOut,
    PhraseKind,
    PhraseSent,
    PlaySound,
    SendDigits,
    Spoken,
    SwitchLanguage,
)


class Mouth:
    """Speaks for the session, and knows how much of it has been spoken."""

    def __init__(self, scribe: Scribe, agent: Agent) -> None:
        self.voice = Voice(agent.speaking_rate)
        self._scribe = scribe
        self._agent = agent
        self._tags_words = len(agent.languages) > 1  # a word then carries the language it is in

    @property
    def language(self) -> str:
        """The language of the conversation as it is now."""
        return self._scribe.story.language or self._agent.language

    @property
    def words(self) -> Words:
        """What the gateway says on its own, in that language."""
        return self._agent.words(self.language)

    @property
    def is_silent(self) -> bool:
        """Whether nothing is being spoken."""
        return self.voice.is_silent(self._scribe.at)

    def reply_language(self, understood: str) -> str:
        """The language to answer in: detected anew with each utterance where the agent says so."""
        return (understood or self._agent.language) if self.language == "multi" else self.language

    def send(self, text: str, *, last: bool = False) -> None:
        """Speak words of the turn's text."""
        scribe = self._scribe
        scribe.do(StopTimer(Timer.SILENCE))
        number, at = scribe.turn.number, scribe.at
        scribe.do(self.voice.say(number, text, at, last=last, language=self._tag))

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
        self.send(text, last=True)

    def fill(self, phrase: str) -> None:
        """Say a filler, which the next words of the reply replace; no part of the turn's text."""
        self.close()
        scribe, turn = self._scribe, self._scribe.turn
        words = self._render(phrase)
        scribe.append(PhraseSent(turn.number, len(turn.text), words, PhraseKind.FILLER))
        scribe.do(self.voice.fill(turn.number, words, scribe.at, language=self._tag))

    def greet(self) -> None:
        """Say the greeting, where Twilio has not been told to."""
        words = self.words
        said = [part for part in (words.greeting, words.disclosure) if part]
        self.say(" ".join(said), PhraseKind.GREETING)

    def act(self, action: Action, use_id: str = "", answer: int = 0) -> None:
        """Do to the call what can be done at once, between what was said and what follows."""
        self.close()
        match action:
            case SwitchLanguage(language):
                self._scribe.do(SendLanguage(language))
            case SendDigits(digits):
                self._scribe.do(PressDigits(digits))
            case PlaySound(sound) if sound in self._agent.sounds:
                self._scribe.do(StartSound(self._agent.sounds[sound]))
        self._scribe.append(ActionDone(self._scribe.turn.number, use_id, action, answer))

    def announce_opt_out(self) -> None:
        """Tell the books that the person is not to be called any more."""
        wish = self._scribe.me.opt_out(self._agent, self._scribe.turn.number)
        self._scribe.do(Announce(wish))

    def opted_out(self, use_id: str, answer: int) -> None:
        """The books have it."""
        self._scribe.append(ActionDone(self._scribe.turn.number, use_id, OptOut(), answer))

    def cut_short(self, through: int, heard: str) -> None:
        """The agent was cut short: nothing more of what was sent will be spoken."""
        turn = self._scribe.turn
        if not turn.interrupted:
            self._scribe.append(CallerInterrupted(turn.number, turn.run, through, heard))
        self.voice.cut_short(self._scribe.at)

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

    @property
    def _tag(self) -> str:
        return self.language if self._tags_words and self.language != "multi" else ""

    def _render(self, phrase: str) -> str:
        return self._agent.render(phrase, self._scribe.me.variables)
