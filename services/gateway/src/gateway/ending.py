"""The end of a call: why it ends, the wait for its last words, and what is told of it."""

from gateway.effects import Announce, SendEnd, StartTimer, Timer
from gateway.handoff import Handoff, encode_handoff
from gateway.mouth import Mouth
from gateway.scribe import Scribe
from trunkline.events.call import ActionDone, Ended, EndReason, Transfer
from trunkline.events.lifecycle import CallEnded

GOODBYE_GRACE_SECONDS = 4.0  # for speech that is slower than estimated,
SLOWNESS = 1.3  # and that much slower


class Ending:
    """How one session ends; without a reason, it does not."""

    def __init__(self, scribe: Scribe, mouth: Mouth) -> None:
        self.reason: EndReason | None = None
        self.act: ActionDone | None = None
        """Done once all has been heard."""
        self.began = 0.0
        self._scribe = scribe
        self._mouth = mouth

    @property
    def passed_to(self) -> str:
        """Name of the destination that the call was passed on to; empty if it was not."""
        act = self.act.event if self.act else None
        is_gone = self.reason is EndReason.TRANSFERRED
        return act.destination if is_gone and isinstance(act, Transfer) else ""

    def intend(self, reason: EndReason, act: ActionDone | None = None) -> None:
        """The call shall end for this reason, and with this act."""
        self.reason, self.act = reason, act

    def call_off(self) -> None:
        """The conversation goes on."""
        self.reason = self.act = None

    def wait_for_goodbye(self) -> None:
        """What is left to say may be spoken more slowly than we think, but not without end."""
        left = self._mouth.voice.seconds_left(self._scribe.at)
        self._scribe.do(StartTimer(Timer.GOODBYE, left * SLOWNESS + GOODBYE_GRACE_SECONDS))

    def hang_up(self) -> None:
        """Do the act that ends the call, and let Twilio go on with its TwiML."""
        handoff = ""
        if self.act is not None:
            self._scribe.append(self.act)
            if isinstance(transfer := self.act.event, Transfer):
                handoff = encode_handoff(
                    Handoff(transfer.destination, transfer.reason, self._mouth.language)
                )
        self._scribe.do(SendEnd(handoff))

    def note(self, reason: EndReason) -> None:
        """Write down that the call has ended."""
        self.reason = reason
        self._scribe.append(Ended(reason))

    def tell(self, reason: EndReason) -> None:
        """Tell everybody."""
        self._scribe.do(Announce(self.told(reason, self._scribe.at)))

    def told(self, reason: EndReason, at: float) -> CallEnded:
        """What is told of a call that ended at this time."""
        number = self._scribe.turn.number
        return self._scribe.me.ended(reason, self.passed_to, number, self.began, at)
