"""What an agent does once a machine has answered: it hangs up, or leaves a message."""

from gateway.floor import Floor
from gateway.machines import Machine
from trunkline.events.call import EndReason, PhraseKind


class Voicemail:
    """The dealings of one session with an answering machine."""

    def __init__(self, floor: Floor, machine: Machine) -> None:
        self._floor = floor
        self._machine = machine

    @property
    def is_cut_off(self) -> bool:
        """Whether an answering machine has not recorded our message: its own voice was there."""
        return self._floor.end_reason is EndReason.VOICEMAIL and self._floor.turn.interrupted

    def judged(self, answered_by: str) -> None:
        """Twilio's verdict; one that comes again, or to a call that is ending, says nothing new."""
        is_found = self._machine.is_found(answered_by)
        if self._floor.end_reason not in (None, EndReason.VOICEMAIL):
            return
        if is_found:
            self._meet(answered_by)
        elif self._machine.holds_greeting:
            self._floor.greet()

    def leave(self) -> None:
        """Hang up, or leave the message, now."""
        if self._machine.is_hung_up_on:
            self._floor.leave(EndReason.VOICEMAIL, None)
        else:
            self._leave_message()

    def went_on(self) -> None:
        """It is silent again: what it has not recorded is said once more."""
        if not self.is_cut_off:
            return
        if self._machine.takes_more:
            self._leave_message()
        else:
            self._floor.hang_up()

    def _meet(self, answered_by: str) -> None:
        self._floor.fall_silent()
        if answered_by == "fax":
            self._floor.leave(EndReason.VOICEMAIL, None)
        elif self._machine.is_ready(answered_by):
            self.leave()
        else:
            self._await_end_of_greeting()

    def _await_end_of_greeting(self) -> None:
        """It is still greeting: what is said now, it does not record."""
        self._floor.leave_later(EndReason.VOICEMAIL)
        self._machine.await_greeting()
        if not self._floor.quiet.caller_speaks:
            self._machine.await_silence()

    def _leave_message(self) -> None:
        self._machine.count_message()
        words = self._floor.mouth.words.voicemail
        self._floor.leave(EndReason.VOICEMAIL, words, PhraseKind.VOICEMAIL)
