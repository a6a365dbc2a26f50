"""Tools that a model asks for: put together from a stream, and taken out of the history; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from llm_worker.model import CallDelta, Fault, ModelCall, ModelFailed, Question

MAX_CALLS = 32  # in one reply; a model that asks for more has run away
MAX_ARGUMENTS = 64 * 1024  # characters


@dataclass(slots=True)
class AskedCall:
    """A call of which parts have come."""

    name: str = ""
    id: str = ""
    arguments: str = ""
    extra: str = ""

    def add(self, arguments: str) -> None:
        self.arguments += arguments
        if len(self.arguments) > MAX_ARGUMENTS:
            raise ModelFailed(Fault.CUT)

    @property
    def is_whole(self) -> bool:
        """Whether the arguments have come to their end."""
        return _object(self.arguments) is not None

    def delta(self) -> CallDelta:
        """The call as it stands; some models say nothing where a tool takes no arguments."""
        return CallDelta(self.name, self.arguments or "{}", self.extra)


def keep(calls: list[AskedCall], call: AskedCall) -> AskedCall:
    """Note a further call of the same reply."""
    if len(calls) == MAX_CALLS:
        raise ModelFailed(Fault.CUT)
    calls.append(call)
    return call


def told(calls: Sequence[AskedCall], *, ended_well: bool) -> Iterator[CallDelta]:
    """The calls of a reply that is over.

    Raises `ModelFailed` if it was stopped within one of them: half a wish is another wish.
    """
    if not ended_well and not all(call.is_whole for call in calls):
        raise ModelFailed(Fault.CUT)
    return (call.delta() for call in calls)


def arguments_of(call: ModelCall) -> Mapping[str, object]:
    """The arguments as an object; none if they are anything else.

    Servers refuse a history in which a call's arguments are no object; the answer to the call
    says what was wrong with them.
    """
    return _object(call.arguments) or {}


def extra_of(call: ModelCall, question: Question) -> str:
    """What this very model wants back with its call; what another one gave is not for it."""
    return call.extra if call.model == model_id(question) else ""


def model_id(question: Question) -> str:
    """Provider and model, as usage and calls name them."""
    return f"{question.choice.provider}/{question.choice.name}"


def _object(text: str) -> dict[str, object] | None:
    try:
        return msgspec.json.decode(text, type=dict[str, object])
    except msgspec.DecodeError:
        return None
