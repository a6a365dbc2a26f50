"""Results of v3 are in the webhook: whose they are, and what they may replace."""

from collections.abc import AsyncIterator

import pytest
from counting import one
from events import CALL, NOW_MS, VAULT, started
from fake_intelligence import ACCOUNT, FakeIntelligence
from ingest_in_memory import Ingest, open_ingest
from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest.news import News
from intelligence_ingest.store.calls import store_lifecycle
from trunkline.events.intelligence import NotificationKind


@pytest.fixture
async def ingest(engine: AsyncEngine) -> AsyncIterator[Ingest]:
    async with open_ingest(engine) as parts:
        yield parts


async def test_results_of_v3_are_those_that_the_webhook_carries(ingest: Ingest) -> None:
    body = ingest.twilio.encoded(
        {
            "accountId": ACCOUNT,
            "conversationId": "conv_conversation_1",
            "operatorResults": [
                {"id": "r1", "operator": {"id": "o1"}, "outputFormat": "JSON", "result": {"a": 1}}
            ],
        }
    )

    async with ingest.running():
        await ingest.announce(
            "conv_conversation_1", kind=NotificationKind.TWILIO_V3, body=body, received_ms=NOW_MS
        )
        await ingest.until_stored(1)

    result = await one(ingest.engine, "operator_result")
    assert (result["source"], result["unverified"]) == ("v3", False)


@pytest.mark.parametrize("unsigned", [False, True])
async def test_results_of_v3_that_name_no_call_find_it_by_their_conversation_which_is_asked_once(
    ingest: Ingest, unsigned: bool
) -> None:
    async with ingest.engine.begin() as connection:
        await store_lifecycle(connection, VAULT, [News(started(), NOW_MS)])
    ingest.twilio.calls["conv_conversation_1"] = CALL

    async with ingest.running():
        for n in range(3):
            await ingest.announce(
                "conv_conversation_1",
                kind=NotificationKind.TWILIO_V3,
                body=carried(f"{n}"),
                body_unsigned=unsigned,
                received_ms=NOW_MS + n,
            )
            await ingest.until_read(n + 1)

    assert (await one(ingest.engine, "operator_result"))["call_sid"] == CALL
    assert len(ingest.twilio.requests) == 1


async def test_results_of_v3_are_stored_though_nobody_knows_whose_they_are(ingest: Ingest) -> None:
    ingest.twilio.trouble = [(403, {})]

    async with ingest.running():
        await ingest.announce(
            "conv_conversation_1", kind=NotificationKind.TWILIO_V3, body=carried("a")
        )
        await ingest.until_stored(1)

    assert (await one(ingest.engine, "operator_result"))["call_sid"] is None


def carried(found: str) -> bytes:
    """A webhook of v3 with a result."""
    result = {"id": "r1", "operator": {"id": "o1"}, "outputFormat": "JSON", "result": found}
    return FakeIntelligence().encoded(
        {"conversationId": "conv_conversation_1", "operatorResults": [result]}
    )


async def test_what_nobody_has_signed_for_says_so_and_never_replaces_what_was_signed(
    ingest: Ingest,
) -> None:
    told = (("forged", True), ("right", False), ("forged again", True))
    found = []
    async with ingest.running():
        for n, (result, body_unsigned) in enumerate(told):
            await ingest.announce(
                "conv_conversation_1",
                kind=NotificationKind.TWILIO_V3,
                body=carried(result),
                received_ms=NOW_MS + n,
                body_unsigned=body_unsigned,
            )
            await ingest.until_read(n + 1)
            row = await one(ingest.engine, "operator_result")
            found.append((row["result_json"], row["unverified"]))

    assert found == [("forged", True), ("right", False), ("right", False)]
