"""Which words count as the first of a reply."""

from collections.abc import Sequence

from builders import Call, Run, agent, asked, frames, listening_call, only

from gateway.effects import AgentSpeaking, Effect, Event, KeyPressed, Prompted, SendText
from gateway.metrics import GatewayMetrics
from gateway.watch import Watch
from trunkline.agents import Agent, Filler
from trunkline.events.call import CallRecord, FailureReason
from trunkline.metrics import Registry

OTHER = AgentSpeaking(on=True)  # any event that is no prompt


class Watched:
    """A call with an observer that is told everything, and sends every frame at once."""

    def __init__(self, model: Agent | None = None) -> None:
        self._registry = Registry()
        self._watch = Watch(GatewayMetrics(self._registry))
        self.call: Call = listening_call(model)
        self.effects: list[Effect] = []

    def saw(self, event: Event, effects: Sequence[Effect]) -> None:
        self.effects = list(effects)
        self._watch.noticed(event, effects, self.call.at)
        self.send(frames(effects))

    def send(self, words: Sequence[SendText]) -> None:
        for frame in words:
            self._watch.sent(frame, self.call.at)

    def prompted(self, text: str = "Are you open?") -> Run:
        event = Prompted(text)
        self.saw(event, self.call.happens(event))
        request = only(asked(self.effects))
        self.call.confirm()
        return Run(request.ref, f"run-{request.ref.turn}")

    def passes(self, seconds: float) -> None:
        self.saw(OTHER, self.call.passes(seconds))

    def value(self, name: str) -> float:
        lines = self._registry.exposition().decode().splitlines()
        (line,) = [one for one in lines if one.startswith(f"{name} ")]
        return float(line.split()[1])

    @property
    def timed(self) -> tuple[float, float]:
        """How many first words were timed, and their seconds together."""
        name = "trunkline_gateway_first_token_seconds"
        return self.value(f"{name}_count"), round(self.value(f"{name}_sum"), 3)


def test_the_first_word_of_a_reply_is_timed_from_its_prompt() -> None:
    one = Watched()
    run = one.prompted()
    one.passes(0.3)
    one.saw(OTHER, one.call.writes(run.started(), run.chunk("We "), run.chunk("are.")))

    assert one.timed == (1, 0.3)


def test_a_filler_is_no_first_word_and_the_reply_behind_it_is_timed() -> None:
    one = Watched(agent(filler=Filler(after_seconds=0.5, phrases=("One moment.",))))
    run = one.prompted()
    one.saw(OTHER, one.call.writes(run.started()))
    one.passes(0.6)
    assert one.timed == (0, 0.0)

    one.saw(OTHER, one.call.writes(run.chunk("We are.")))
    assert one.timed == (1, 0.6)


def test_an_apology_is_no_first_word() -> None:
    one = Watched()
    run = one.prompted()
    failed = run.failed(FailureReason.MODELS_FAILED)
    one.saw(OTHER, one.call.writes(run.started(), failed))

    assert one.value("trunkline_gateway_apologies_total") == 1
    assert one.timed == (0, 0.0)


def test_words_of_an_earlier_turn_do_not_count_for_the_next() -> None:
    one = Watched()
    late = frames(one.call.writes(*answer(one.prompted())))
    one.prompted("And on Sundays?")
    one.send(late)

    assert one.timed == (0, 0.0)


def test_a_turn_that_keys_have_asked_for_is_not_timed_from_an_earlier_prompt() -> None:
    one = Watched()
    one.prompted()
    one.passes(0.2)
    for digit in "12#":
        event = KeyPressed(digit)
        one.saw(event, one.call.happens(event))
    (request, *_) = asked(one.effects)
    one.call.confirm()
    one.saw(OTHER, one.call.writes(*answer(Run(request.ref))))

    assert one.timed == (0, 0.0)


def answer(run: Run) -> tuple[CallRecord, ...]:
    return run.started(), run.chunk("We are.")
