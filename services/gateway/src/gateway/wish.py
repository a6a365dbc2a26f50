"""A person's wish not to be called any more: told to the books until they have it."""

from gateway.effects import Announce
from gateway.scribe import Scribe
from trunkline.agents import Agent
from trunkline.events.call import ActionDone, OptOut


class Wish:
    """The wish of one session's caller, if there is one that the books may not have."""

    def __init__(self, scribe: Scribe, agent: Agent) -> None:
        self._scribe = scribe
        self._agent = agent
        self._act: ActionDone | None = None

    def resume(self) -> None:
        """Take up what an earlier session may not have told."""
        self._act = self._scribe.story.wish
        self.insist()

    def ask_by_rule(self) -> None:
        """A word or a key of the caller's asks for it."""
        self._act = ActionDone(self._scribe.turn.number, "", OptOut())
        self._announce()

    def ask_by_model(self) -> None:
        """The model has understood it so."""
        self._act = self._scribe.story.wish
        self._announce()

    def insist(self) -> None:
        """Tell the books again what they may not have."""
        if self._act is not None:
            self._announce()

    def settle(self) -> ActionDone | None:
        """The books have all that was announced; returns the wish if there was one."""
        wish, self._act = self._act, None
        if wish is not None:
            number = self._scribe.turn.number
            self._scribe.append(ActionDone(number, wish.use_id, OptOut(), wish.round))
        return wish

    def _announce(self) -> None:
        wish = self._scribe.me.opt_out(self._agent, self._scribe.turn.number)
        self._scribe.do(Announce(wish))
