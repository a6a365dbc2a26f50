"""What one call's happenings mean to the metrics and the log."""

from collections.abc import Sequence

from gateway.effects import Append, AskWorker, Effect, Event, Interrupted, Prompted, SendText
from gateway.metrics import GatewayMetrics
from gateway.publications import Publication
from gateway.wire import Complaint, RoundTrip, Unused
from trunkline.events.call import CallerSpoke, CallRecord, PhraseKind, PhraseSent
from trunkline.logs import get_logger

logger = get_logger()


class Watch:
    """One call's observer. Times are seconds of the connection's clock."""

    def __init__(self, metrics: GatewayMetrics) -> None:
        self._metrics = metrics
        self._turn = 0
        self._prompted_at: float | None = None
        """When the turn's words came, until the first word of the reply is sent."""
        self._ours: set[int] = set()
        """The turn's frames that a worker's words are not in: fillers, apologies, greetings."""

    def noticed(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """An event has happened, and this is what the session made of it."""
        if isinstance(event, Interrupted):
            self._metrics.interrupts.inc()
        is_ours = False
        for effect in effects:
            match effect:
                case Append(CallRecord(event=CallerSpoke(turn))):
                    self._turn, self._ours = turn, set()
                    self._prompted_at = now if isinstance(event, Prompted) else None
                case Append(CallRecord(event=PhraseSent())):
                    is_ours = True  # its words are the next that are sent in this step
                case SendText(turn, seq, token) if is_ours and token:
                    is_ours = False
                    self._ours |= {seq} if turn == self._turn else set()
            self._wanted(effect)

    def _wanted(self, effect: Effect) -> None:
        match effect:
            case AskWorker(request) if request.ref.attempt:
                self._metrics.retries.inc()
                logger.warning(
                    "turn_asked_again", turn=request.ref.turn, attempt=request.ref.attempt
                )
            case AskWorker():
                self._metrics.turns.inc()
            case Append(CallRecord(event=PhraseSent(turn, kind=PhraseKind.APOLOGY))):
                self._metrics.apologies.inc()
                logger.warning("turn_failed", turn=turn)

    def sent(self, effect: SendText, now: float) -> None:
        """Words were handed to the socket."""
        is_reply = effect.turn == self._turn and effect.seq not in self._ours
        if effect.token and is_reply and self._prompted_at is not None:
            self._metrics.first_token_seconds.observe(now - self._prompted_at)
            self._prompted_at = None

    def malformed(self) -> None:
        """A frame of Twilio was not understood."""
        self._metrics.malformed_frames.inc()

    def unused(self, frame: Unused) -> None:
        """A frame has no meaning for the conversation."""
        match frame:
            case Complaint(description):
                self._metrics.complaints.inc()
                logger.warning("frame_refused_by_twilio", **{"pii.description": description})
            case RoundTrip(seconds):
                self._metrics.round_trip_seconds.observe(seconds)

    def publish_failed(self, publication: Publication) -> None:
        """The bus did not confirm a record in time."""
        self._metrics.publish_failures.inc()
        logger.warning("publish_failed", kind=type(publication).__name__)
