"""Words of our own wait for their moment, and are said in the order in which they came up."""

from builders import agent
from rooms import room

from gateway.asides import Asides
from trunkline.agents import Phrases
from trunkline.events.call import PhraseKind

WHOM = agent(
    disclosure="I am a machine.",
    phrases=Phrases(ending_soon="One more minute.", opted_out="We will not call again."),
)


def test_what_is_due_is_said_in_its_order_and_once() -> None:
    here = room(WHOM)
    asides = Asides(here.mouth)
    asides.add(PhraseKind.OPTED_OUT)
    asides.add(PhraseKind.WARNING)
    asides.add(PhraseKind.DISCLOSURE)

    assert here.said() == ""
    assert asides.say()
    assert here.said() == "We will not call again. One more minute. I am a machine."
    assert not asides.say()
    assert here.said() == ""


def test_without_anything_due_nothing_is_said() -> None:
    here = room(WHOM)

    assert not Asides(here.mouth).say()
    assert here.wanted() == []
