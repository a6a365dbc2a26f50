"""What one session writes down and wants done: its story, its records' numbers, its effects."""

from gateway.attachment import Attachment
from gateway.effects import Append, Effect, TellTurn
from gateway.story import Story, TurnStory
from gateway.telling import Teller
from trunkline.agents import Agent
from trunkline.events.call import CallerSpoke, Detached, Ended, GatewayEvent


class Scribe:
    """The hand with which all parts of a session write. `at` is the time of the event at hand."""

    def __init__(self, attachment: Attachment, agent: Agent, story: Story, written: int) -> None:
        """`written` counts records this attachment wrote before."""
        self.me = attachment
        self.story = story
        self.at = 0.0
        self._written = self._settled = written
        self._effects: list[Effect] = []
        self._teller = Teller(attachment, agent, story)

    @property
    def turn(self) -> TurnStory:
        """The turn that is open or was open last."""
        return self.story.turn

    @property
    def is_settled(self) -> bool:
        """Whether the bus has answered for all that was written."""
        return self._settled >= self._written

    def append(self, event: GatewayEvent) -> int:
        """Let something have happened, and write it to the log if the call has one.

        Returns the number of the latest record.
        """
        if isinstance(event, CallerSpoke | Detached | Ended):
            for turn in self._teller.tell(self.at):
                self.do(TellTurn(turn))
        if isinstance(event, CallerSpoke):
            self._teller.asked(self.at)
        record = self.me.record(self._written + 1, event)
        self.story.apply(record)
        if self.me.has_log:
            self._written = record.n
            self.do(Append(record))
        return self._written

    def settle(self, n: int) -> None:
        """The bus has answered for record number `n`."""
        self._settled = max(self._settled, n)

    def note_words(self) -> None:
        """Words are being sent."""
        self._teller.spoke(self.at)

    def do(self, effect: Effect) -> None:
        """Want something done."""
        self._effects.append(effect)

    def take_effects(self) -> list[Effect]:
        """What is to be done, in this order; it is then another's to do."""
        effects, self._effects = self._effects, []
        return effects
