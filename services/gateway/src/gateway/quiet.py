"""Who is silent, and for how long: the ends of the agent's speech, and the caller's silence."""

from gateway.effects import StartTimer, StopTimer, Timer
from gateway.mouth import Mouth
from gateway.scribe import Scribe
from gateway.voice import QUIET_SECONDS
from trunkline.agents import Agent

CALLER_SECONDS = 60.0  # that a caller may speak, where Twilio never says that they have ceased


class Quiet:
    """The silence of one session, and how often the caller was spoken to in it."""

    def __init__(self, scribe: Scribe, mouth: Mouth, agent: Agent) -> None:
        self.caller_speaks = False  # as far as Twilio tells
        self._scribe = scribe
        self._mouth = mouth
        self._agent = agent
        self._reprompts = 0

    @property
    def is_opening(self) -> bool:
        """Whether the other side is let speak first, and nobody has spoken yet."""
        turn, me = self._scribe.turn, self._scribe.me
        listens = me.is_outbound and self._agent.opening.mode == "listen" and not me.is_recorded
        return listens and not turn.number and not turn.text

    def await_opening(self) -> None:
        """Let the other side speak first, for a while."""
        self._scribe.do(StartTimer(Timer.OPENING, self._agent.opening.listen_seconds))

    def caller_began(self) -> None:
        """The caller speaks: no silence counts, unless Twilio's word for its end is lost."""
        self._scribe.do(StartTimer(Timer.SILENCE, CALLER_SECONDS))
        self._scribe.do(StopTimer(Timer.OPENING))

    def open_turn(self) -> None:
        """The caller has said something."""
        self._reprompts, self.caller_speaks = 0, False

    def forgive(self) -> None:
        """The caller has done something: the next silence is the first."""
        self._reprompts = 0

    def await_speech_end(self, is_listening: bool, since: float | None = None) -> None:
        """Wait for the end of the sentence, or count the silence if all has been spoken."""
        if not self._mouth.await_sentence():
            self.restart(is_listening, since)

    def await_word(self) -> None:
        """The voice is not heard any more, but it may begin anew in a moment."""
        self._scribe.do(StartTimer(Timer.SPEECH, QUIET_SECONDS))

    def restart(self, is_listening: bool, since: float | None = None) -> None:
        """Silence counts from the end of speech, and only while the caller is to say something."""
        is_quiet = self._mouth.is_silent and not self.caller_speaks and not self.is_opening
        if is_listening and is_quiet:
            lasted = 0.0 if since is None else self._scribe.at - since
            self._scribe.do(StartTimer(Timer.SILENCE, self._agent.silence.after_seconds - lasted))

    def next_reprompt(self) -> str | None:
        """What is said to a caller who is silent; none if they were asked often enough."""
        reprompts = self._mouth.words.reprompts or ()
        if self._reprompts >= len(reprompts):
            return None
        self._reprompts += 1
        return reprompts[self._reprompts - 1]
