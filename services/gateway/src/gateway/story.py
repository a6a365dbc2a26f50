"""What has happened in a call, as a fold over the records of its log.

The live session applies each of its own records in the step in which it writes it, and a worker's
when it reads it; a gateway that takes the call over applies the same records in the order of the
log. Both come to the same story, because what was said, heard and done is believed only from the
gateway's records: every one of them carries the number of characters it is about, and words that
a worker wrote beyond that number were never spoken.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from gateway.actions import arguments_of, name_of
from trunkline.events.call import (
    ActionDone,
    ActionRequested,
    Attached,
    AttemptOpened,
    CallerInterrupted,
    CallerSpoke,
    CallRecord,
    CollectDigits,
    EndCall,
    KeysPressed,
    OptOut,
    PhraseKind,
    PhraseSent,
    ReplyChunk,
    ReplyFinished,
    Spoken,
    SwitchLanguage,
    Timings,
    ToolIntended,
    ToolReturned,
    ToolStatus,
    Transfer,
    TurnStarted,
    Usage,
)
from trunkline.events.turn import ToolUse

_Answer = TurnStarted | ReplyChunk | ReplyFinished | ActionRequested

MAX_EARLY = 1000  # records; a reply has a few dozen
MAX_USES = 400  # of tools in a call; workers refuse long before


@dataclass(slots=True)
class TurnStory:
    """One turn: what the caller said and what the agent answered. Turn 0 is the greeting."""

    number: int
    asked: str = ""
    language: str = ""
    text: str = ""
    """All that was sent, over all attempts and the gateway's own phrases."""
    said: int = 0
    """Characters of the text that the caller has heard."""
    interrupted: bool = False
    attempt: int = 0
    run: str = ""
    """The first run that answered the attempt; no other is believed."""
    chunks: int = 0
    """Chunks of that run so far; also the number of the next one."""
    keys: str = ""
    """Keys pressed since the turn began."""
    entered: str = ""
    """Keys the caller asked with, before the words or instead of them."""
    fillers: int = 0
    """How many fillers were said while the reply took its time."""
    is_answered: bool = False
    """Whether nothing more is owed: the reply is complete, cut off, or given up."""
    has_apologised: bool = False
    """Whether the gateway had to say that there will be no reply."""
    usage: Usage = field(default_factory=Usage)
    """What the complete reply has cost."""
    timings: Timings = field(default_factory=Timings)
    """How long it took."""
    act: ActionDone | None = None
    """What is to be done once the reply has been heard: the end of the call, or its transfer."""

    @property
    def heard(self) -> str:
        """What the caller has heard of the agent."""
        return self.text[: self.said]


@dataclass(slots=True)
class Story:
    """The turns of a call so far, oldest first."""

    turns: list[TurnStory] = field(default_factory=list)
    uses: dict[str, ToolUse] = field(default_factory=dict)
    """Every use of a tool or an action, by its id, oldest first."""
    language: str = ""
    """The language of the conversation."""
    pending_keys: str = ""
    """Keys pressed that are not an input yet."""
    collecting: CollectDigits | None = None
    """How the model wants the next keys to be collected, if it does."""
    wish: ActionDone | None = None
    """A wish not to be called any more that the books may not have yet."""
    began_ms: int = 0
    """When the call began, Unix time in milliseconds; 0 if nobody knows."""
    _intents: set[tuple[str, int, int]] = field(default_factory=set, repr=False, compare=False)
    """Which attempts have intended which use."""
    _early: list[CallRecord] = field(default_factory=list, repr=False, compare=False)

    @property
    def turn(self) -> TurnStory:
        """The turn that is open or was open last."""
        if not self.turns:
            self.turns.append(TurnStory(0))
        return self.turns[-1]

    @property
    def understood(self) -> str:
        """The language the caller was last understood in, as Twilio names it; empty: in none."""
        return next((turn.language for turn in reversed(self.turns) if turn.language), "")

    @property
    def fails_again(self) -> bool:
        """Whether a turn without a reply would be the second in a row."""
        return len(self.turns) > 1 and self.turns[-2].has_apologised

    def apply(self, record: CallRecord) -> None:
        """Let one record have happened. The order is that of the log, or of the live session."""
        turn = self.turn
        match record.event:
            case Attached(greeting=greeting, language=language, at_ms=at_ms):
                self._early.clear()  # they answer what a lost attachment asked, and ours did not
                self.language = self.language or language
                self.began_ms = self.began_ms or at_ms
                if greeting and not turn.number:
                    turn.text = greeting
            case CallerSpoke(number, asked, language, keys):
                self.turns.append(TurnStory(number, asked, language, entered=keys))
                self.pending_keys, self.collecting = "", None
                self._apply_early()
            case KeysPressed(digits=digits):
                turn.keys += digits
                self.pending_keys += digits
            case AttemptOpened(number, attempt, through) if number == turn.number:
                turn.text = turn.text[:through]
                turn.attempt, turn.run, turn.chunks = attempt, "", 0
                turn.act = None
                self._apply_early()
            case PhraseSent(number, kind=PhraseKind.FILLER) if number == turn.number:
                turn.fillers += 1  # the reply goes on as if it had not been
            case PhraseSent(number, through, text, kind) if number == turn.number:
                turn.text, turn.interrupted = turn.text[:through] + text, False
                turn.is_answered = True
                if kind is PhraseKind.APOLOGY:
                    turn.act, turn.has_apologised = None, True
            case Spoken(number, through) if number == turn.number:
                turn.said = through
            case CallerInterrupted(number, _, through) if number == turn.number:
                turn.said, turn.interrupted, turn.is_answered, turn.act = through, True, True, None
            case TurnStarted() | ReplyChunk() | ReplyFinished() | ActionRequested():
                self._answered(record, record.event)
            case ActionDone() as done:
                self._acted(done)
            case ToolIntended() | ToolReturned() as fact:
                self._used(fact)

    def _acted(self, done: ActionDone) -> None:
        match done.event:
            case SwitchLanguage(language):
                self.language, self.pending_keys = language, ""
            case CollectDigits() as wanted:
                self.collecting, self.pending_keys = wanted, ""
            case Transfer() | EndCall():
                self.turn.act, self.pending_keys = None, ""
            case OptOut():
                self.wish = None
        if done.use_id:
            name, arguments = name_of(done.event), arguments_of(done.event)
            self._note_use(ToolUse(done.use_id, done.turn, done.round, name, arguments))
            self._settle_use(done.use_id, ToolStatus.SUCCEEDED, "done")

    def _used(self, fact: ToolIntended | ToolReturned) -> None:
        """What happened in the world is true, whichever attempt or attachment it came from."""
        match fact:
            case ToolIntended(turn, attempt, use_id, round_, tool, arguments, model, extra):
                use = ToolUse(use_id, turn, round_, tool, arguments, model=model, extra=extra)
                self._note_use(use)
                if use_id in self.uses and len(self._intents) < MAX_USES:
                    self._intents.add((use_id, turn, attempt))
            case ToolReturned(use_id=use_id, status=ToolStatus.NOT_RUN, result=result):
                if self._is_last_word(use_id):
                    self._settle_use(use_id, ToolStatus.NOT_RUN, result)
            case ToolReturned(use_id=use_id, status=status, result=result):
                self._settle_use(use_id, status, result)

    def _is_last_word(self, use_id: str) -> bool:
        """Whether one attempt's word that a tool was not run is true of the use as a whole.

        A worker that was frozen may say so long after another has run the very same use.
        """
        use = self.uses.get(use_id)
        attempts = sum(intent[0] == use_id for intent in self._intents)
        return use is not None and use.status is ToolStatus.UNSPECIFIED and attempts == 1

    def _note_use(self, use: ToolUse) -> None:
        if len(self.uses) < MAX_USES:
            self.uses.setdefault(use.use_id, use)

    def _settle_use(self, use_id: str, status: ToolStatus, result: str) -> None:
        if use_id in self.uses:
            self.uses[use_id] = replace(self.uses[use_id], status=status, result=result)

    def _answered(self, record: CallRecord, event: _Answer) -> None:
        turn = self.turn
        place, open_place = (event.turn, event.attempt), (turn.number, turn.attempt)
        if place > open_place:
            # The prompt overtook the record that opens its turn: possible when that was retried.
            self._early = [*self._early, record][-MAX_EARLY:]
        elif place == open_place and turn.run in ("", record.writer) and not turn.interrupted:
            turn.run = record.writer
            self._told(event)

    def _told(self, event: _Answer) -> None:
        turn = self.turn
        match event:
            case ReplyChunk(seq=seq, text=text) if seq == turn.chunks:
                turn.chunks += 1
                turn.text += text
            case ReplyFinished(_, _, chunks, usage, timings) if chunks == turn.chunks:
                turn.is_answered, turn.usage, turn.timings = True, usage, timings
            case ActionRequested(number, _, use_id, EndCall() | Transfer() as act, answer):
                turn.act = ActionDone(number, use_id, act, answer)
            case ActionRequested(number, _, use_id, OptOut() as wish, answer):
                self.wish = ActionDone(number, use_id, wish, answer)

    def _apply_early(self) -> None:
        early, self._early = self._early, []
        for record in early:
            self.apply(record)


def tell(records: Iterable[CallRecord]) -> Story:
    """The story that these records tell."""
    story = Story()
    for record in records:
        story.apply(record)
    return story
