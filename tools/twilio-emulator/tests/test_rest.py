"""The REST side over real HTTP, asked by Twilio's own SDK."""

from __future__ import annotations

from rest_client import OWN, SID, bench


async def test_a_call_is_placed_told_of_and_shown() -> None:
    async with bench() as here:
        placed = await here.call()
        await here.twilio.settle()
        shown = await here.sdk.calls(placed.sid).fetch_async()

    assert placed.status == "queued"
    assert here.server.statuses() == ["initiated", "ringing", "in-progress", "completed"]
    assert all(each.signed for each in here.server.news)
    assert (shown.status, shown.to, shown._from) == ("completed", placed.to, OWN)
    assert shown.account_sid == SID
    assert shown.start_time is not None
    assert 60 <= int(shown.duration) < 90
