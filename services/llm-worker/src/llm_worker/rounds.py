"""The rounds of one attempt: answers of the model that ask for tools, and what comes of them; pure.

All uses of a round run side by side; it is complete when each has come to its end. Then the model
is asked again, and shown the rounds so far.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from llm_worker.actions import ENDING, result_of, to_action
from llm_worker.effects import Append, Round, ToolEnded, Use
from llm_worker.ledger import Allowed, AlreadyKnown, Ledger, UsedUp
from llm_worker.model import CallDelta
from llm_worker.toolbox import Toolbox, Wish
from trunkline.agents import ActionName, Agent, Tool
from trunkline.events.call import ActionRequested, ToolIntended, ToolStatus
from trunkline.events.turn import ToolCall, ToolUse, TurnRequested

MAX_CALLS = 8  # of one answer that are granted
MAX_CALLS_READ = 32  # of one answer that are looked at; a model that asks for more has run away

_TOO_MANY = f"Not done: no more than {MAX_CALLS} tools can be used at once. Ask for it again."
_USED_UP = "Not done: tools were used too often in this call. Answer without them."
_NOT_YET = (
    "Not done, because something else was asked for with it. Look at the other results first; "
    "then ask for it again, and for nothing else."
)


class Rounds:
    """The uses of tools in one attempt."""

    def __init__(self, request: TurnRequested, agent: Agent) -> None:
        self._ref = request.ref
        self._agent = agent
        self._toolbox = Toolbox(agent)
        self._ledger = Ledger(request.ref.call_sid, request.ref.turn, request.uses)
        before = [use.round for use in request.uses if use.turn == request.ref.turn]
        self._number = max(before, default=-1) + 1
        self._model = self._words = ""
        self._uses: list[ToolUse] = []
        self.language = request.language or agent.language
        """The language to speak now."""
        self.done: tuple[Round, ...] = ()
        """The rounds that are complete."""
        self.asked = 0
        """How many of them a model asked for."""
        self.is_ending = False
        """Whether there is nothing more to say: the call ends or is passed on."""

    @property
    def is_waiting(self) -> bool:
        """Whether a tool has not come to its end yet."""
        return any(use.status is ToolStatus.UNSPECIFIED for use in self._uses)

    @property
    def may_be_silent(self) -> bool:
        """Whether the last round did something with the call and nothing else: no words needed."""
        return bool(self.done) and all(
            use.status is ToolStatus.SUCCEEDED and use.tool in set(ActionName)
            for use in self.done[-1].uses
        )

    def unanswered(self, calls: Iterable[ToolCall]) -> list[CallDelta]:
        """Those of the calls for which an earlier attempt has not done yet all that can be done."""
        wishes = ((call, self._toolbox.read(call.tool, call.arguments)) for call in calls)
        return [
            CallDelta(call.tool, call.arguments)
            for call, wish in wishes
            if not self._ledger.has_answer(
                wish.name, wish.arguments.text, idempotent=wish.is_idempotent
            )
        ]

    def open(self, words: str, calls: Sequence[CallDelta], model: str) -> list[Append | Use]:
        """Begin a round: what is to be done for an answer with these words and these calls.

        `model` is who asks, as provider/name; nobody, if the caller's keys do.
        """
        self._words, self._model, self._uses = words, model, []
        self.asked += bool(model)
        wishes = list(self._read(calls))
        only_actions = all(isinstance(w.target, ActionName) and not w.complaint for w in wishes)
        effects: list[Append | Use] = []
        for place, wish in enumerate(wishes):
            if complaint := self._complain(wish, place, only_actions):
                self._note(wish, ToolStatus.FAILED, complaint)
            else:
                effects += self._grant(wish)
        self._close()
        return effects

    def settle(self, ended: ToolEnded) -> None:
        """A tool has come to its end."""
        for place, use in enumerate(self._uses):
            if use.use_id == ended.use_id and use.status is ToolStatus.UNSPECIFIED:
                self._uses[place] = replace(use, status=ended.status, result=ended.result)
                self._ledger.settle(ended.use_id, ended.status, ended.result)
        self._close()

    def _read(self, calls: Sequence[CallDelta]) -> Iterator[Wish]:
        """The same thing asked for twice in one answer is asked for once."""
        seen = set()
        for call in calls:
            wish = self._toolbox.read(call.name, call.arguments, call.extra)
            key = (wish.name, wish.arguments.text, wish.complaint)
            if key not in seen:
                seen.add(key)
                yield wish

    def _complain(self, wish: Wish, place: int, only_actions: bool) -> str:
        if wish.complaint:
            return wish.complaint
        if place >= MAX_CALLS:
            return _TOO_MANY
        is_end = isinstance(wish.target, ActionName) and wish.target in ENDING
        if is_end and (self.is_ending or not only_actions):
            return _NOT_YET
        return ""

    def _grant(self, wish: Wish) -> list[Append | Use]:
        text = wish.arguments.text
        match self._ledger.look_up(wish.name, text, idempotent=wish.is_idempotent):
            case Allowed(use_id):
                return [self._begin(wish, use_id)]
            case AlreadyKnown(use):
                self._note(wish, use.status or ToolStatus.UNKNOWN, use.result, use.use_id)
            case UsedUp():
                self._note(wish, ToolStatus.FAILED, _USED_UP)
        return []

    def _begin(self, wish: Wish, use_id: str) -> Append | Use:
        match wish.target:
            case Tool() as tool:
                use = self._note(wish, ToolStatus.UNSPECIFIED, "", use_id)
                self._ledger.add(use)
                return Use(self._intent(use), tool, wish.arguments.values, self.language)
            case action:
                assert action is not None  # what is nothing of ours has a complaint
                return Append(self._do(wish, action, use_id))

    def _do(self, wish: Wish, name: ActionName, use_id: str) -> ActionRequested:
        self._ledger.add(self._note(wish, ToolStatus.SUCCEEDED, result_of(name), use_id))
        self.is_ending |= name in ENDING
        if name is ActionName.SWITCH_LANGUAGE:
            self.language = wish.arguments.values["language"]
        action = to_action(name, wish.arguments.values, self._agent)
        return ActionRequested(self._ref.turn, self._ref.attempt, use_id, action, self._number)

    def _intent(self, use: ToolUse) -> ToolIntended:
        return ToolIntended(
            turn=self._ref.turn,
            attempt=self._ref.attempt,
            use_id=use.use_id,
            round=use.round,
            tool=use.tool,
            arguments=use.arguments,
            model=use.model,
            extra=use.extra,
        )

    def _note(self, wish: Wish, status: ToolStatus, result: str, use_id: str = "") -> ToolUse:
        use = ToolUse(
            use_id=use_id,
            turn=self._ref.turn,
            round=self._number,
            tool=wish.name,
            arguments=wish.arguments.text,
            status=status,
            result=result,
            model=self._model,
            extra=wish.extra,
        )
        self._uses.append(use)
        return use

    def _close(self) -> None:
        if self._uses and not self.is_waiting:
            self.done = (*self.done, Round(self._words, tuple(self._uses), self.language))
            self._uses = []
            self._number += 1
