"""Whether a call that comes now would find a place: exact about ourselves, hearsay of others."""

from dataclasses import replace

import pytest

from gateway.cluster import FRESH_MS, MAX_GATEWAYS, Cluster
from trunkline.events.twilio import Capacity

NOW_MS = 1_700_000_000_000
FREE = Capacity("gateway-1", 10, 4, 2, False, NOW_MS)
FULL = replace(FREE, used=10, kept_for_inbound=0)
DRAINING = replace(FREE, draining=True)
KEPT = replace(FREE, used=8, kept_for_inbound=2)


def other(said: Capacity) -> Capacity:
    return replace(said, gateway="gateway-2")


def cluster(*heard: Capacity) -> Cluster:
    known = Cluster()
    for said in heard:
        known.hear(said)
    return known


@pytest.mark.parametrize(
    ("ours", "others", "inbound", "outbound"),
    [
        (FREE, [], True, True),
        (FULL, [], False, False),
        (KEPT, [], True, False),
        (DRAINING, [], False, False),
        (FULL, [FREE], True, True),
        (FULL, [KEPT], True, False),
        (FULL, [FULL, DRAINING], False, False),
        (KEPT, [FULL], True, False),
        (DRAINING, [FREE], True, True),
    ],
)
def test_a_call_finds_a_place_where_one_is_free_and_not_kept_for_others(
    ours: Capacity, others: list[Capacity], inbound: bool, outbound: bool
) -> None:
    known = cluster(ours, *map(other, others))

    assert known.has_room(ours, outbound=False) is inbound
    assert known.has_room(ours, outbound=True) is outbound


@pytest.mark.parametrize(("age_ms", "has_room"), [(FRESH_MS, True), (FRESH_MS + 1, False)])
def test_what_is_old_says_nothing(age_ms: int, has_room: bool) -> None:
    known = cluster(FULL, other(replace(FREE, at_ms=NOW_MS - age_ms)))

    assert known.has_room(FULL, outbound=False) is has_room


def test_while_nothing_is_heard_a_call_is_let_in() -> None:
    """The bus is away: other gateways may have places, and the upgrade is exact."""
    assert cluster().has_room(FULL, outbound=False)
    assert cluster(replace(FULL, at_ms=NOW_MS - 6000)).has_room(FULL, outbound=True)


def test_the_latest_word_of_a_gateway_counts() -> None:
    assert not cluster(FULL, other(FREE), other(FULL)).has_room(FULL, outbound=False)


def test_names_that_come_and_go_are_forgotten() -> None:
    known = cluster(*(replace(FULL, gateway=f"old-{n}", at_ms=0) for n in range(MAX_GATEWAYS)))
    known.hear(FULL)
    known.hear(other(FREE))

    assert known.has_room(FULL, outbound=False)


def test_more_gateways_than_there_can_be_do_no_harm() -> None:
    known = cluster(*(replace(FULL, gateway=f"new-{n}") for n in range(2 * MAX_GATEWAYS)))
    known.hear(other(FREE))

    assert known.has_room(FULL, outbound=False)
