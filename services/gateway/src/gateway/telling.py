"""What is told of a call's turns to those who keep the books: each one, once it is over."""

from gateway.attachment import Attachment
from gateway.spoken import spoken_language
from gateway.story import Story, TurnStory
from trunkline.agents import Agent
from trunkline.events.call import NO_EPOCH
from trunkline.events.turn import TurnFinished


class Teller:
    """Knows when the open turn began, and makes the record of it when it is over. Times are
    seconds of the session's clock."""

    def __init__(self, attachment: Attachment, agent: Agent, story: Story) -> None:
        self._me = attachment
        self._agent = agent
        self._story = story
        self._asked_at: float | None = None
        self._spoke_at: float | None = None
        # Nobody knows whether the session before has told of the turn before the last.
        self._owed = story.turns[-2] if attachment.is_resumed and len(story.turns) > 1 else None

    def asked(self, at: float) -> None:
        """The caller has asked: a turn begins."""
        self._asked_at, self._spoke_at = at, None

    def spoke(self, at: float) -> None:
        """Words of the turn were sent."""
        self._spoke_at = at if self._spoke_at is None else self._spoke_at

    def tell(self, at: float) -> list[TurnFinished]:
        """The turn is over, as far as this session knows."""
        owed, self._owed = self._owed, None
        # Of two records of a turn that of the higher epoch holds; this one is for want of another.
        before = [self._record(owed, at, epoch=NO_EPOCH)] if owed is not None else []
        asked_at, spoke_at = self._asked_at, self._spoke_at
        waited = spoke_at - asked_at if asked_at is not None and spoke_at is not None else 0.0
        record = self._record(
            self._story.turn,
            at,
            epoch=self._me.epoch,
            asked_ms=0 if asked_at is None else self._me.unix_ms(asked_at),
            first_words_ms=round(waited * 1000),
        )
        return [*before, record]

    def _record(
        self,
        turn: TurnStory,
        at: float,
        *,
        epoch: int,
        asked_ms: int = 0,
        first_words_ms: int = 0,
    ) -> TurnFinished:
        uses = self._story.uses.values()
        return TurnFinished(
            tenant_id=self._me.tenant_id,
            call_sid=self._me.call_sid,
            epoch=epoch,
            agent_id=self._agent.id,
            agent_version=self._agent.version,
            turn=turn.number,
            language=spoken_language(self._agent, self._story),
            asked=turn.asked,
            keys=turn.entered,
            said=turn.text,
            heard=turn.heard,
            interrupted=turn.interrupted,
            attempts=turn.attempt + 1 if turn.number else 0,
            fillers=turn.fillers,
            apologised=turn.has_apologised,
            uses=tuple(use for use in uses if use.turn == turn.number),
            usage=turn.usage,
            timings=turn.timings,
            asked_ms=asked_ms,
            first_words_ms=first_words_ms,
            finished_ms=self._me.unix_ms(at),
        )
