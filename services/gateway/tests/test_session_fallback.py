"""An agent that has no replies any more leaves the call to people."""

from builders import APOLOGY, Call, agent, asked, frames, listening_call, only, words

from gateway.effects import Effect, Prompted, SendEnd
from gateway.handoff import CANNOT_GO_ON, Handoff, decode_handoff
from trunkline.agents import Agent, Dial, TransferTo
from trunkline.events.call import FailureReason

DESK = TransferTo(about="A person.", dial=Dial(number="+15005550111"))
PUTTING_THROUGH = "One moment, I am putting you through."


def desk_agent(turn_seconds: float = 20.0) -> Agent:
    return agent(transfers={"desk": DESK}, fallback="desk", turn_seconds=turn_seconds)


def fails(call: Call, name: str) -> list[Effect]:
    """Ask, and get no reply."""
    run = call.prompted(run=name)
    return call.writes(run.started(), run.failed(FailureReason.MODELS_FAILED))


def handed_over(effects: list[Effect]) -> list[Handoff | None]:
    return [decode_handoff(effect.handoff) for effect in effects if isinstance(effect, SendEnd)]


def test_the_second_turn_in_a_row_without_a_reply_passes_the_call_on() -> None:
    call = listening_call(desk_agent())

    assert words(fails(call, "run-1")) == APOLOGY
    second = fails(call, "run-2")

    assert words(second) == PUTTING_THROUGH
    assert handed_over(second) == []  # not before that is heard
    assert handed_over(call.passes(30.0)) == [Handoff("desk", CANNOT_GO_ON, "en-US")]


def test_a_reply_between_two_failures_keeps_the_call_with_the_agent() -> None:
    call = listening_call(desk_agent())
    fails(call, "run-1")
    call.passes(3.0)
    call.answered("At nine.")

    assert words(fails(call, "run-3")).strip() == APOLOGY


def test_without_a_fallback_the_agent_apologises_each_time() -> None:
    call = listening_call()

    assert [words(fails(call, f"run-{n}")) for n in range(3)] == [APOLOGY] * 3


def test_a_bus_that_takes_no_prompt_leads_to_people_too() -> None:
    call = listening_call(desk_agent(turn_seconds=5.0))
    said = []
    for text in ("Hello?", "Are you there?"):
        only(asked(call.happens(Prompted(text))))
        said.append([frame.token for frame in frames(call.passes(5.5)) if frame.token])

    assert said == [[APOLOGY], [PUTTING_THROUGH]]


def test_people_come_after_what_was_said_of_the_reply() -> None:
    call = listening_call(desk_agent())
    fails(call, "run-1")
    run = call.prompted(run="run-2")

    effects = call.writes(
        run.started(), run.chunk("We are"), run.failed(FailureReason.MODELS_FAILED)
    )

    assert words(effects) == f"We are {PUTTING_THROUGH}"
