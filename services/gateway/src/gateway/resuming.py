"""How a session takes a call up that had one before, in the middle of something perhaps."""

from gateway.beginning import announced
from gateway.deeds import Deeds
from gateway.effects import StartTimer, Timer
from gateway.floor import Floor
from gateway.keys import Keys
from gateway.rules import spoken_rule
from trunkline.events.call import OptOut, PhraseKind, SwitchLanguage, Transfer

LEAST_SECONDS = 5.0  # that are left of a call that has lasted its time when it is taken up


class Resuming:
    """Goes on where the last session ended."""

    def __init__(self, floor: Floor, keys: Keys, deeds: Deeds) -> None:
        self._floor = floor
        self._keys = keys
        self._deeds = deeds
        self._me = floor.scribe.me

    @property
    def goes_on(self) -> bool:
        """Whether the call had a session, of which something is known if there is a log."""
        turn = self._floor.turn
        return self._me.is_resumed and bool(turn.number or turn.text or not self._me.has_log)

    def start_clocks(self) -> None:
        """A call lasts as long as it may, however many sessions it has."""
        scribe, limits = self._floor.scribe, self._floor.agent.limits
        lasted = self._me.seconds_since(scribe.story, scribe.at)
        left = max(LEAST_SECONDS, limits.call_seconds - lasted)
        scribe.do(StartTimer(Timer.CALL, left))
        warned = left - limits.warning_seconds
        if self._floor.mouth.words.ending_soon and limits.warning_seconds and warned > 0:
            scribe.do(StartTimer(Timer.WARNING, warned))

    def resume(self) -> None:
        """Say or do what comes next."""
        mouth = self._floor.mouth
        language = self._floor.scribe.story.language
        if language and language != self._me.language:
            mouth.act(SwitchLanguage(language))
        self._floor.wish.resume()
        if self._keys.pending:
            self._keys.await_next()
        if self._me.came_back:
            mouth.cut_short(self._floor.turn.heard)
            mouth.say(mouth.words.transfer_failed or "", PhraseKind.TRANSFER_FAILED)
        elif not self._me.has_log:
            words, is_recorded = mouth.words, self._me.is_recorded
            lost_track = announced(words, words.lost_track, is_recorded=is_recorded)
            mouth.say(lost_track, PhraseKind.LOST_TRACK)
        else:
            self._go_on()

    def _go_on(self) -> None:
        turn = self._floor.turn
        if turn.number and not turn.is_answered:
            self._answer_after_all()
        elif not turn.interrupted:
            act = turn.act
            self._floor.mouth.say_rest()
            if act is not None:
                self._deeds.do_last(act)

    def _answer_after_all(self) -> None:
        """The last question was never answered, or not to its end."""
        floor, turn = self._floor, self._floor.turn
        floor.reply.language = floor.mouth.language
        rule = spoken_rule(floor.agent, turn.asked) if not turn.said else None
        if isinstance(rule, OptOut):
            self._deeds.opt_out()
        elif isinstance(rule, Transfer):
            self._deeds.pass_on_by_rule(rule)
        else:
            keys = "" if turn.asked else turn.entered
            floor.await_reply(self._keys.calls(keys) if keys else (), again=True)
