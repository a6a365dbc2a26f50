"""Calls, sessions and turns in a real PostgreSQL, told in every order and more than once."""

import random
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from counting import counts, one, rows
from events import (
    CALL,
    NOW_MS,
    OURS,
    PERSON,
    SESSION,
    VAULT,
    ended,
    opted_out,
    resumed,
    started,
    turn,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest.news import News, when
from intelligence_ingest.store.attempts import store_attempts
from intelligence_ingest.store.calls import store_lifecycle
from intelligence_ingest.store.turns import store_turns
from trunkline.events.dial import AttemptFinished, DialEvent
from trunkline.events.lifecycle import GONE, Lifecycle
from trunkline.events.turn import TurnFinished

STORY = (
    started(),
    ended(reason="transferred", transferred_to="sales", at_ms=NOW_MS + 50_000),
    resumed(),
    ended(epoch=9, at_ms=NOW_MS + 90_000),
    opted_out(),
)
VOLATILE = {"updated_at", "num_enc", "our_num_enc", "filed_at"}


async def tell(engine: AsyncEngine, *events: Any, at_once: bool = True) -> None:
    """Lifecycle events, in one batch or in one each."""
    for batch in [events] if at_once else [[event] for event in events]:
        async with engine.begin() as connection:
            await store_lifecycle(connection, VAULT, [News(event, NOW_MS) for event in batch])


async def tell_turns(engine: AsyncEngine, *turns: TurnFinished) -> None:
    async with engine.begin() as connection:
        await store_turns(connection, VAULT, [News(each, NOW_MS) for each in turns])


async def test_a_call_is_told_from_its_beginning_to_its_end(engine: AsyncEngine) -> None:
    await tell(engine, *STORY)

    call = await one(engine, "call")
    assert (call["outcome"], call["live"], call["direction"]) == (
        "caller_hung_up",
        False,
        "inbound",
    )
    assert (call["turns"], call["duration_ms"], call["agent_id"]) == (2, 90_000, "receptionist")
    assert call["started_at"] == when(NOW_MS)
    assert call["opted_out_turn"] == 2
    sessions = await rows(engine, "SELECT session_id FROM intelligence.session ORDER BY epoch")
    assert [each["session_id"] for each in sessions] == [SESSION, "VX" + "6" * 32]


async def test_numbers_are_stored_hidden_and_as_those_of_the_person_and_ours(
    engine: AsyncEngine,
) -> None:
    await tell(engine, started(direction="outbound-api", from_=OURS, to=PERSON))

    call = await one(engine, "call")
    assert VAULT.decrypt(call["num_enc"]) == PERSON
    assert call["num_hmac"] == VAULT.index("acme", PERSON).hmac
    assert VAULT.decrypt(call["our_num_enc"]) == OURS


@pytest.mark.parametrize("order", random.Random(7).sample(list(permutations(STORY)), 6))
@pytest.mark.parametrize("at_once", [True, False])
async def test_the_order_in_which_a_call_is_told_does_not_matter(
    engine: AsyncEngine, order: Sequence[Any], at_once: bool
) -> None:
    await tell(engine, *order, at_once=at_once)
    first = await one(engine, "call")
    await tell(engine, *reversed(order), at_once=at_once)

    again = await one(engine, "call")
    assert (again["outcome"], again["end_epoch"], again["last_epoch"]) == ("caller_hung_up", 9, 9)
    assert {k: v for k, v in first.items() if k not in VOLATILE} == {
        k: v for k, v in again.items() if k not in VOLATILE
    }
    assert first["filed_at"] == again["filed_at"]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
async def test_of_several_opt_outs_the_first_holds_however_they_are_batched(
    engine: AsyncEngine, order: Sequence[int], at_once: bool
) -> None:
    told: list[News[Lifecycle]] = [
        News(opted_out(epoch=3 + n, turn=n), NOW_MS + 1000 * n) for n in order
    ]
    for batch in [told] if at_once else [[each] for each in told]:
        async with engine.begin() as connection:
            await store_lifecycle(connection, VAULT, batch)

    call = await one(engine, "call")
    assert (call["opted_out_at"], call["opted_out_turn"]) == (when(NOW_MS), 0)


async def test_a_call_that_twilio_says_is_gone_is_over(engine: AsyncEngine) -> None:
    await tell(engine, started(), ended(epoch=-1, reason=GONE))

    call = await one(engine, "call")
    assert (call["outcome"], call["live"], call["end_reason"]) == ("gone", False, None)


async def test_a_turn_is_stored_with_all_that_it_cost(engine: AsyncEngine) -> None:
    await tell_turns(engine, turn(keys="42"))

    row = await one(engine, "turn")
    assert (row["heard"], row["model"], row["first_token_ms"]) == (
        *("You are booked for Tuesday.", "groq/llama"),
        200,
    )
    assert VAULT.decrypt(row["keys_enc"]) == "42"
    use = await one(engine, "tool_use")
    assert (use["tool"], use["status"]) == ("book", "succeeded")
    assert VAULT.decrypt(use["arguments_enc"]) == '{"day":"Tue"}'


async def test_the_same_turns_again_change_nothing(engine: AsyncEngine) -> None:
    turns = [turn(n) for n in range(4)]
    await tell_turns(engine, *turns)
    before = await counts(engine)

    await tell_turns(engine, *turns, *reversed(turns))

    assert await counts(engine) == before
    assert before["turn"] == before["tool_use"] == 4


async def test_of_two_records_of_a_turn_the_higher_epoch_holds(engine: AsyncEngine) -> None:
    later = turn(epoch=9, heard="All of it.", uses=())

    await tell_turns(engine, later)
    await tell_turns(engine, turn())

    assert (await one(engine, "turn"))["heard"] == "All of it."
    assert (await counts(engine))["tool_use"] == 0


async def test_turns_are_filed_with_their_call_whichever_is_told_first(engine: AsyncEngine) -> None:
    await tell_turns(engine, turn(1))
    await tell(engine, started())
    await tell_turns(engine, turn(2))

    filed = await rows(
        engine,
        "SELECT filed_at FROM intelligence.turn UNION SELECT filed_at FROM intelligence.call"
        " UNION SELECT filed_at FROM intelligence.session",
    )
    assert len(filed) == 1


async def test_words_that_postgresql_cannot_hold_lose_only_what_it_cannot_hold(
    engine: AsyncEngine,
) -> None:
    await tell_turns(engine, turn(asked="a\0b \ud800 ✓"))

    assert (await one(engine, "turn"))["asked"] == "ab ? ✓"


async def test_the_campaign_of_an_answered_attempt_is_known(engine: AsyncEngine) -> None:
    attempt = AttemptFinished("a-1", "c-1", 1, "human", "", True, CALL)
    event = DialEvent("e-1", "acme", "campaign-1", 1, NOW_MS, attempt)

    async with engine.begin() as connection:
        await store_attempts(connection, [News(event, NOW_MS)])
    await tell(engine, started(), ended())

    call = await one(engine, "call")
    assert (call["campaign_id"], call["attempt_outcome"], call["outcome"]) == (
        *("campaign-1", "human"),
        "caller_hung_up",
    )


async def test_an_attempt_that_nobody_answered_is_the_dialers_own_story(
    engine: AsyncEngine,
) -> None:
    attempt = AttemptFinished("a-1", "c-1", 1, "busy", "", True, CALL)

    async with engine.begin() as connection:
        event = DialEvent("e-1", "acme", "campaign-1", 1, NOW_MS, attempt)
        await store_attempts(connection, [News(event, NOW_MS)])

    assert (await counts(engine))["call"] == 0
