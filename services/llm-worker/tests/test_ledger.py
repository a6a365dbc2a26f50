"""What may be used, given what the log knows."""

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from clinic import use
from hypothesis import given
from hypothesis import strategies as st

from llm_worker.ledger import (
    MAX_BYTES,
    MAX_USES,
    Allowed,
    AlreadyKnown,
    Ledger,
    UsedUp,
    Verdict,
    use_id,
)
from trunkline.events.call import ToolStatus
from trunkline.events.turn import ToolUse

ARGUMENTS = '{"name":"Ann"}'
FIRST = use_id("CA1", "book", ARGUMENTS, 1)
SECOND = use_id("CA1", "book", ARGUMENTS, 2)


def known(status: ToolStatus, turn: int = 3) -> AlreadyKnown:
    return AlreadyKnown(use(FIRST, turn=turn, status=status))


S = ToolStatus
AFTER = [  # what is known of the use before, and its turn; for a booking; for a look-up
    (S.UNSPECIFIED, 3, known(S.UNSPECIFIED), Allowed(FIRST)),
    (S.UNSPECIFIED, 1, known(S.UNSPECIFIED, 1), Allowed(FIRST)),
    (S.UNKNOWN, 3, known(S.UNKNOWN), Allowed(FIRST)),
    (S.UNKNOWN, 1, known(S.UNKNOWN, 1), Allowed(FIRST)),
    (S.NOT_RUN, 3, Allowed(SECOND), Allowed(SECOND)),
    (S.NOT_RUN, 1, Allowed(SECOND), Allowed(SECOND)),
    (S.SUCCEEDED, 3, known(S.SUCCEEDED), Allowed(SECOND)),
    (S.SUCCEEDED, 1, Allowed(SECOND), Allowed(SECOND)),
    (S.FAILED, 3, known(S.FAILED), Allowed(SECOND)),
    (S.FAILED, 1, Allowed(SECOND), Allowed(SECOND)),
]


@pytest.mark.parametrize(("status", "turn", "booking", "look_up"), AFTER)
def test_what_is_known_of_a_use_decides_about_the_next(
    status: ToolStatus, turn: int, booking: Verdict, look_up: Verdict
) -> None:
    ledger = Ledger("CA1", 3, [use(FIRST, turn=turn, status=status)])

    assert ledger.look_up("book", ARGUMENTS, idempotent=False) == booking
    assert ledger.look_up("book", ARGUMENTS, idempotent=True) == look_up


def test_what_was_never_used_may_be_used() -> None:
    ledger = Ledger("CA1", 3, [use(FIRST, status=S.UNKNOWN)])

    assert ledger.look_up("book", '{"name":"Bob"}', idempotent=False) == Allowed(
        use_id("CA1", "book", '{"name":"Bob"}', 1)
    )


def test_the_latest_of_several_equal_uses_decides() -> None:
    uses = [use(FIRST, turn=1, status=S.SUCCEEDED), use(SECOND, turn=2, status=S.UNKNOWN)]

    verdict = Ledger("CA1", 3, uses).look_up("book", ARGUMENTS, idempotent=False)

    assert verdict == AlreadyKnown(uses[1])


def test_a_use_of_this_attempt_counts_like_one_that_the_log_told_of() -> None:
    ledger = Ledger("CA1", 3, [])
    ledger.add(use(FIRST, status=S.UNSPECIFIED))
    ledger.settle(FIRST, S.SUCCEEDED, "booked")

    verdict = ledger.look_up("book", ARGUMENTS, idempotent=False)

    assert verdict == AlreadyKnown(use(FIRST, status=S.SUCCEEDED, result="booked"))


def test_a_call_has_no_more_than_so_many_uses() -> None:
    many = [use(f"u{i}", turn=1) for i in range(MAX_USES)]

    assert Ledger("CA1", 3, many).look_up("book", ARGUMENTS, idempotent=True) == UsedUp()
    assert isinstance(Ledger("CA1", 3, many[1:]).look_up("book", "{}", idempotent=True), Allowed)


def test_the_uses_of_a_call_are_bounded_together_and_one_that_is_open_counts_with_its_result() -> (
    None
):
    large = use("u1", turn=1, status=S.SUCCEEDED, result="x" * (MAX_BYTES - 4000 * 3 - 100))
    opened = use("u2", turn=1, status=S.UNSPECIFIED)

    assert isinstance(Ledger("CA1", 3, [large]).look_up("book", "{}", idempotent=True), Allowed)
    assert Ledger("CA1", 3, [large]).look_up("book", "x" * 200, idempotent=True) == UsedUp()
    assert Ledger("CA1", 3, [large, opened]).look_up("book", "{}", idempotent=True) == UsedUp()


def test_names_of_uses_are_the_same_everywhere_and_differ_by_all_that_matters() -> None:
    names = {
        use_id(call, tool, arguments, n)
        for call in ("CA1", "CA2")
        for tool in ("book", "cancel")
        for arguments in ("{}", ARGUMENTS)
        for n in (1, 11)
    }

    assert len(names) == 16
    assert use_id("CA1", "book", "{}", 1) == "803ee13451fbbc0ffecba48829aff80d"


@dataclass
class World:
    """The log of one call, and what has really happened outside."""

    uses: dict[str, ToolUse] = field(default_factory=dict)
    effects: Counter[str] = field(default_factory=Counter)
    unknown: set[str] = field(default_factory=set)
    """Uses that had an effect of which the log cannot tell."""

    def live(self, turn: int, asks: list[tuple[str, str]]) -> None:
        """One attempt at a turn: a model asks again and again, until the worker dies."""
        ledger = Ledger("CA1", turn, list(self.uses.values()))
        for name, fate in asks:
            verdict = ledger.look_up(name, ARGUMENTS, idempotent=False)
            if isinstance(verdict, Allowed):
                self.begin(ledger, ToolUse(verdict.use_id, turn, 0, name, ARGUMENTS), fate)
            if fate.startswith("dies"):
                return

    def begin(self, ledger: Ledger, one: ToolUse, fate: str) -> None:
        assert not self.unknown & {u.use_id for u in self.uses.values() if u.tool == one.tool}
        if fate == "dies before the intent":
            return
        self.uses[one.use_id] = one
        ledger.add(one)
        if fate == "dies before the effect":
            self.unknown.add(one.use_id)  # for all that anybody can know
        elif fate == "is too late":
            self.end(ledger, one, S.NOT_RUN)
        else:
            self.effects[one.use_id] += 1
            if fate == "dies after the effect":
                self.unknown.add(one.use_id)
            elif fate == "gives no answer":
                self.unknown.add(one.use_id)
                self.end(ledger, one, S.UNKNOWN)
            else:
                self.end(ledger, one, S.FAILED if fate == "fails" else S.SUCCEEDED)

    def end(self, ledger: Ledger, one: ToolUse, status: ToolStatus) -> None:
        self.uses[one.use_id] = replace(one, status=status)
        ledger.settle(one.use_id, status, "")


FATES = [
    *("answers", "fails", "is too late", "gives no answer"),
    *("dies before the intent", "dies before the effect", "dies after the effect"),
]
asks = st.lists(st.tuples(st.sampled_from(["book", "pay"]), st.sampled_from(FATES)), max_size=5)
attempts = st.lists(st.tuples(st.booleans(), asks), max_size=12)


@given(attempts=attempts)
def test_an_effect_that_may_have_happened_is_never_begun_again(
    attempts: list[tuple[bool, list[tuple[str, str]]]],
) -> None:
    """Over any sequence of deaths, further attempts, further turns and repeated asking."""
    world, turn = World(), 1
    for is_next_turn, asked in attempts:
        turn += is_next_turn
        world.live(turn, asked)

    assert all(times == 1 for times in world.effects.values())
