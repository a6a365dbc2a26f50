"""When a caller who waits hears that the reply takes its time, and with which words."""

import pytest
from builders import agent
from rooms import ASKED, Room, room

from gateway.effects import Timer
from gateway.patience import TOOL_SECONDS, Patience
from trunkline.agents import Agent, Filler
from trunkline.agents.tools import Tool
from trunkline.events.call import PhraseKind

PHRASES = ("One moment.", "Still looking.")


def whom(most: int = 2, phrases: tuple[str, ...] = PHRASES, tool_filler: str = "") -> Agent:
    filler = Filler(after_seconds=1.2, every_seconds=6.0, most=most, phrases=phrases)
    tool = Tool(name="look_up", description="Looks up.", python="find_slot", filler=tool_filler)
    return agent(filler=filler, tools=(tool,))


def patience_in(here: Room) -> Patience:
    return Patience(here.scribe, here.mouth, here.agent)


def test_the_first_filler_is_waited_for_and_each_further_one_for_longer() -> None:
    here = room(whom(), ASKED)
    patience = patience_in(here)
    patience.begin()
    first = here.timers()
    patience.ran_out()
    second = here.timers()

    assert first == {Timer.FILLER: 1.2}
    assert second[Timer.FILLER] == 6.0


@pytest.mark.parametrize("model", [whom(most=0), whom(phrases=())])
def test_an_agent_without_fillers_lets_the_caller_wait(model: Agent) -> None:
    here = room(model, ASKED)
    patience_in(here).begin()

    assert here.wanted() == []


def test_fillers_are_said_in_turn_until_there_were_enough() -> None:
    here = room(whom(most=3), ASKED)
    patience = patience_in(here)
    said = []
    for _ in range(4):
        patience.ran_out()
        said.append(here.said())
        here.scribe.at += 10.0  # all of it is spoken

    assert said == ["One moment.", "Still looking.", "One moment.", ""]


def test_nobody_hears_a_filler_over_words_that_are_being_spoken() -> None:
    here = room(whom(), ASKED)
    here.mouth.say("x" * 20, PhraseKind.WARNING)  # two seconds
    here.wanted()
    patience_in(here).ran_out()

    assert here.timers() == {Timer.FILLER: 1.2}


def test_a_tool_with_a_filler_of_its_own_is_waited_for_anew_and_named_once() -> None:
    here = room(whom(tool_filler="I am looking at the book."), ASKED)
    patience = patience_in(here)
    patience.tool_begins("look_up")
    waited = here.timers()
    patience.ran_out()
    own = here.said()
    here.scribe.at += 10.0
    patience.ran_out()

    assert waited == {Timer.FILLER: TOOL_SECONDS}
    assert own == "I am looking at the book."
    assert here.said() == "Still looking."


@pytest.mark.parametrize("name", ["look_up", "no tool of ours"])
def test_a_tool_without_a_filler_changes_nothing(name: str) -> None:
    here = room(whom(), ASKED)
    patience_in(here).tool_begins(name)

    assert here.wanted() == []


def test_a_new_turn_forgets_the_tool_of_the_one_before() -> None:
    here = room(whom(tool_filler="I am looking at the book."), ASKED)
    patience = patience_in(here)
    patience.tool_begins("look_up")
    patience.open_turn()
    here.wanted()
    patience.ran_out()

    assert here.said() == "One moment."
