"""A caller presses keys: what each does at once, and what they make up together."""

from gateway.deeds import Deeds
from gateway.floor import Floor, State
from gateway.keys import Keys
from trunkline.events.call import EndReason, OptOut, SwitchLanguage, Transfer


class Pressing:
    """Acts on the keys of one session."""

    def __init__(self, floor: Floor, keys: Keys, deeds: Deeds) -> None:
        self._floor = floor
        self._keys = keys
        self._deeds = deeds

    def pressed(self, digit: str) -> None:
        """A key was pressed."""
        floor, rule = self._floor, self._keys.rule(digit)
        if rule is None and self._is_stray(digit):
            return
        self._keys.press(digit)
        floor.quiet.forgive()
        if floor.end_reason is EndReason.SILENCE:
            floor.listen()
        match rule:
            case SwitchLanguage():
                self._switch(rule)
            case Transfer() if floor.end_reason is None:
                floor.supersede()
                self._deeds.pass_on_by_rule(rule)
            case OptOut():
                if floor.state is not State.LEAVING:
                    floor.supersede()
                self._deeds.opt_out()
            case None if floor.end_reason is None:
                self._collect()
        floor.quiet.restart(floor.state is State.LISTENING)

    def paused(self) -> None:
        """No further key came. Stray keys do not replace the reply to those before them, until it
        has begun."""
        if not self._keys.pending or self._floor.end_reason is not None:
            return
        if self._floor.state is State.THINKING and self._floor.turn.entered:
            self._keys.await_next()
        else:
            self._enter()

    def _is_stray(self, digit: str) -> bool:
        """Whether a key means nothing: the call is ending, or the last input's end came twice."""
        is_ending = self._floor.end_reason not in (None, EndReason.SILENCE)
        return is_ending or (self._floor.reply.is_awaited and self._keys.is_end_again(digit))

    def _switch(self, rule: SwitchLanguage) -> None:
        floor = self._floor
        self._deeds.switch(rule)
        if floor.reply.is_awaited:
            floor.reply.ask_on()  # the rest of the reply shall be in that language
        elif not floor.turn.number and floor.state is State.LISTENING:
            floor.greet()

    def _collect(self) -> None:
        if self._keys.is_complete:
            self._enter()
        else:
            self._keys.await_next()

    def _enter(self) -> None:
        """What was keyed in is asked like words, or given to the tool that is there for it."""
        is_asked_for, keys = self._keys.is_asked_for, self._keys.entered
        self._floor.supersede()
        self._floor.open_turn("", "", keys)
        self._floor.await_reply(() if is_asked_for else self._keys.calls(keys))
