"""What an account may delete, asked by Twilio's own SDK: calls, recordings, transcripts, v3."""

from __future__ import annotations

import httpx
import pytest
from listening import CONFIGURATION, clinic, conversation
from rest_client import SID, TOKEN, bench, plain_client
from twilio.base.exceptions import TwilioRestException

from twilio_emulator.rest import Account
from twilio_emulator.webhooks import tls

OTHER = Account(sid="AC" + "2" * 32, auth_token=TOKEN)


async def test_a_call_that_is_over_is_deleted_and_shown_no_more() -> None:
    async with bench() as here:
        placed = await here.call()
        with pytest.raises(TwilioRestException) as early:
            await here.sdk.calls(placed.sid).delete_async()
        await here.twilio.settle()

        deleted = await here.sdk.calls(placed.sid).delete_async()

        assert deleted is True
        assert (early.value.status, early.value.code) == (409, 20009)
        assert await here.sdk.calls.list_async() == []
        with pytest.raises(TwilioRestException) as gone:
            await here.sdk.calls(placed.sid).delete_async()
        assert (gone.value.status, gone.value.code) == (404, 20404)
        assert here.twilio.store.calls[placed.sid].over  # the truth stays


async def test_recordings_are_listed_by_their_call_and_deleted() -> None:
    async with bench() as here:
        recordings = here.twilio.recordings
        mine = [recordings.add(SID, "CA1").sid for _ in range(2)]
        recordings.add(SID, "CA2")
        foreign = recordings.add(OTHER.sid, "CA1")

        listed = await here.sdk.recordings.list_async(call_sid="CA1")
        assert {each.sid for each in listed} == set(mine)
        assert await here.sdk.recordings(mine[0]).delete_async() is True
        left = await here.sdk.recordings.list_async()
        assert {each.call_sid for each in left} == {"CA1", "CA2"}
        for sid in (mine[0], foreign.sid):
            with pytest.raises(TwilioRestException) as caught:
                await here.sdk.recordings(sid).delete_async()
            assert caught.value.status == 404


async def test_a_transcript_is_deleted_with_everything_in_it() -> None:
    async with clinic() as here:
        taken = here.twilio.intelligence.take(conversation("VX1"))
        await here.twilio.settle()
        assert taken is not None

        assert await here.v2.transcripts(taken.sid).delete_async() is True
        with pytest.raises(TwilioRestException) as caught:
            await here.v2.transcripts(taken.sid).fetch_async()

    assert caught.value.status == 404


async def test_results_and_conversations_of_v3_are_deleted_one_by_one() -> None:
    async with clinic() as here:
        here.twilio.intelligence.take(conversation("VX1", configuration=CONFIGURATION))
        [sid] = here.twilio.intelligence.told
        listing = f"{here.twilio.url}/v3/OperatorResults?conversationId={sid}"
        talk = f"{here.twilio.url}/v2/Conversations/{sid}"
        async with plain_client() as client, stranger() as other:
            found = (await client.get(listing)).json()
            result = f"{here.twilio.url}/v3/OperatorResults/{found['items'][0]['id']}"
            strangers = [(await other.delete(url)).status_code for url in (result, talk)]
            deleted = [(await client.delete(result)).status_code for _ in range(2)]
            left = (await client.get(listing)).json()
            gone = [(await client.delete(talk)).status_code for _ in range(2)]
            nothing = (await client.get(listing)).json()

    assert len(found[found["meta"]["key"]]) == 4
    assert (strangers, deleted, gone) == ([401, 401], [204, 404], [202, 404])
    assert (len(left["items"]), nothing["items"]) == (3, [])


def stranger() -> httpx.AsyncClient:
    return httpx.AsyncClient(auth=(SID, "wrong"), trust_env=False, timeout=10.0, verify=tls())
