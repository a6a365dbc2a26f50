"""What an agent does with the call itself: another language, passing it on, ending it, and the
wish not to be called, which is confirmed when the books have it.
"""

from gateway.effects import StartTimer, Timer
from gateway.floor import Floor, State
from trunkline.events.call import (
    ActionDone,
    ActionRequested,
    EndCall,
    EndReason,
    OptOut,
    PhraseKind,
    SwitchLanguage,
    Transfer,
)

ANNOUNCE_SECONDS = 1.0  # before what the bus would not take is announced again


class Deeds:
    """The deeds of one session, whether the model, a phrase or a key asks for them."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._acted_in = -1

    @property
    def has_acted(self) -> bool:
        """Whether the model has done something in this turn: that needs no words."""
        return self._acted_in == self._floor.turn.number

    def act(self, wanted: ActionRequested) -> None:
        """The model wants something done at once, between its words."""
        match wanted.event:
            case EndCall() | Transfer():
                return  # once what is said has been heard: see `do_last`
            case OptOut():
                self._floor.wish.ask_by_model()
            case SwitchLanguage() as switch:
                self.switch(switch, wanted)
            case action:
                self._floor.mouth.act(action, wanted.use_id, wanted.round)
        self._acted_in = self._floor.turn.number

    def switch(self, switch: SwitchLanguage, wanted: ActionRequested | None = None) -> None:
        """Speak another language, if it is one of the agent's."""
        language = self._floor.agent.find_language(switch.language)
        if language is not None:
            by = (wanted.use_id, wanted.round) if wanted else ("", 0)
            self._floor.mouth.act(SwitchLanguage(language.code), *by)
            self._floor.reply.language = self._floor.mouth.language

    def is_possible(self, act: ActionDone) -> bool:
        """A model may name a destination that there is not."""
        to = act.event
        return not isinstance(to, Transfer) or to.destination in self._floor.agent.transfers

    def do_last(self, act: ActionDone) -> None:
        """Do what the agent's part in the call ends with."""
        if isinstance(act.event, Transfer):
            self._pass_on(act)
        else:
            self._end_call(act)

    def pass_on_by_rule(self, transfer: Transfer) -> None:
        """A phrase or a key of the caller's asks for somebody else."""
        self._pass_on(ActionDone(self._floor.turn.number, "", transfer))

    def _end_call(self, act: ActionDone) -> None:
        """The model has ended the call; what it said in this turn was its goodbye."""
        words = None if self._floor.turn.text.strip() else self._floor.mouth.words.goodbye
        self._floor.leave(EndReason.AGENT_ENDED, words, act=act)

    def _pass_on(self, act: ActionDone) -> None:
        has_said = bool(self._floor.turn.text.strip()) and bool(act.use_id)
        words = None if has_said else self._floor.mouth.words.transfer
        self._floor.leave(EndReason.TRANSFERRED, words, PhraseKind.TRANSFER, act)

    def opt_out(self) -> None:
        """The books are told at once; nothing is said before they have it."""
        self._floor.wish.ask_by_rule()
        if self._floor.state is not State.LEAVING:
            self._floor.listen()

    def announced(self, *, failed: bool) -> None:
        """The books have the wish, or may not have it."""
        if failed:
            self._floor.scribe.do(StartTimer(Timer.ANNOUNCE, ANNOUNCE_SECONDS))
        elif (wish := self._floor.wish.settle()) is not None:
            if wish.use_id:
                self._floor.say_when_free(PhraseKind.OPTED_OUT)
            else:
                self._part()

    def _part(self) -> None:
        """They have it: the person is told so, and the call ends."""
        floor = self._floor
        reason = floor.end_reason or EndReason.AGENT_ENDED
        floor.leave(reason, floor.mouth.words.opted_out, PhraseKind.OPTED_OUT, floor.ending.act)
