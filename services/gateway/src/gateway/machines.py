"""Answering machines: how one is known, and how it is given a message that it records."""

from gateway.effects import StartTimer, Timer
from gateway.rules import speaks_like_machine
from gateway.scribe import Scribe
from gateway.verdicts import has_finished, is_machine
from trunkline.agents import Agent
from trunkline.outbound import OnMachine

MACHINE_SILENCE_SECONDS = 2.0  # after a machine's greeting, where Twilio does not say it is over
MACHINE_SECONDS = 60.0  # that its greeting may take
# After the first words of whoever is let speak first, where Twilio was asked who that is: to greet
# a machine is in vain, and people who hear nothing say hello again after some two seconds.
VERDICT_SECONDS = 1.5
MAX_MESSAGES_LEFT = 3  # on one answering machine, each time its own voice has cut the last one off


class Machine:
    """The answering machine that may be at the other end, and the messages left on it."""

    def __init__(self, scribe: Scribe, agent: Agent) -> None:
        self._scribe = scribe
        self._agent = agent
        self._messages_left = 0
        self._is_judged = False
        self._held_in = -1

    @property
    def holds_greeting(self) -> bool:
        """Whether the other side has spoken first, and is greeted once it is known who they are."""
        turn = self._scribe.turn
        return turn.number == self._held_in and not turn.text

    @property
    def is_hung_up_on(self) -> bool:
        """Whether a machine is left no message."""
        return self._scribe.me.on_machine is OnMachine.HANGUP

    @property
    def takes_more(self) -> bool:
        """Whether one more message may be left on it."""
        return self._messages_left < MAX_MESSAGES_LEFT

    def is_heard_in(self, text: str) -> bool:
        """Whether a machine is looked for, and these words are one's."""
        me, number = self._scribe.me, self._scribe.turn.number
        is_looked_for = me.is_outbound and me.on_machine is not OnMachine.TALK
        return is_looked_for and speaks_like_machine(self._agent, text, number)

    @property
    def is_to_be_judged(self) -> bool:
        """Whether Twilio will say who has answered, and nobody has waited for that."""
        me = self._scribe.me
        is_asked = me.is_outbound and me.detects_machines and me.on_machine is not OnMachine.TALK
        return is_asked and not self._is_judged

    def await_verdict(self) -> None:
        """Hold the greeting until it is known who is there, or for a moment."""
        self._is_judged = True  # it is waited for once
        self._held_in = self._scribe.turn.number
        self._scribe.do(StartTimer(Timer.OPENING, VERDICT_SECONDS))

    def is_found(self, answered_by: str) -> bool:
        """Whether Twilio's verdict is that a machine is there, to which nothing was said yet."""
        me = self._scribe.me
        self._is_judged = True
        is_met = me.is_outbound and is_machine(answered_by)
        return is_met and me.on_machine is not OnMachine.TALK and not self._messages_left

    def is_ready(self, answered_by: str) -> bool:
        """Whether there is no greeting to wait for, by Twilio's verdict."""
        return has_finished(answered_by) or self.is_hung_up_on

    def await_greeting(self) -> None:
        """It may greet for so long; what is said meanwhile, it does not record."""
        self._scribe.do(StartTimer(Timer.GOODBYE, MACHINE_SECONDS))

    def await_silence(self) -> None:
        """Its greeting is over when it has been silent for so long."""
        self._scribe.do(StartTimer(Timer.OPENING, MACHINE_SILENCE_SECONDS))

    def count_message(self) -> None:
        """A message is being left."""
        self._messages_left += 1
