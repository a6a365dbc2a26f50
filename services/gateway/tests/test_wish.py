"""A wish not to be called is told until the books have it, and written down once they do."""

import pytest
from builders import THEIR_NUMBER
from rooms import ASKED, Room, room

from gateway.wish import Wish
from trunkline.events.call import ActionDone, OptOut
from trunkline.events.lifecycle import OptOutRequested


def wish_in(found: Room) -> Wish:
    return Wish(found.scribe, found.agent)


def told_numbers(found: Room) -> list[str]:
    return [one.number for one in found.told() if isinstance(one, OptOutRequested)]


def test_a_wish_by_word_or_key_is_told_with_the_persons_number() -> None:
    here = room(None, ASKED)
    wish_in(here).ask_by_rule()

    (told,) = here.told()
    assert isinstance(told, OptOutRequested)
    assert (told.number, told.turn) == (THEIR_NUMBER, 1)


def test_a_wish_is_told_again_until_it_is_settled() -> None:
    here = room()
    wish = wish_in(here)
    wish.ask_by_rule()
    wish.insist()
    before = told_numbers(here)
    settled = wish.settle()
    written = here.written()
    wish.insist()

    assert before == [THEIR_NUMBER] * 2
    assert settled == ActionDone(0, "", OptOut())
    assert written == [ActionDone(0, "", OptOut())]
    assert told_numbers(here) == []


def test_a_wish_is_settled_once() -> None:
    here = room()
    wish = wish_in(here)
    wish.ask_by_rule()
    wish.settle()

    assert wish.settle() is None


@pytest.mark.parametrize("do", [Wish.insist, Wish.settle, Wish.resume])
def test_without_a_wish_nothing_is_told(do: object) -> None:
    here = room()
    do(wish_in(here))  # type: ignore[operator]

    assert here.wanted() == []


def test_the_models_wish_is_told_and_keeps_the_name_that_the_model_gave_it() -> None:
    here = room()
    here.scribe.story.wish = ActionDone(0, "use-1", OptOut(), 2)
    wish = wish_in(here)
    wish.ask_by_model()
    told = told_numbers(here)

    assert told == [THEIR_NUMBER]
    assert wish.settle() == ActionDone(0, "use-1", OptOut(), 2)


def test_a_resumed_session_tells_what_the_last_one_may_not_have_told() -> None:
    here = room()
    here.scribe.story.wish = ActionDone(0, "use-1", OptOut())
    wish_in(here).resume()

    assert told_numbers(here) == [THEIR_NUMBER]
