"""Whole calls over real HTTP and WebSockets against the reference server."""

from __future__ import annotations

import pytest
from reference_server import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    Conversation,
    Message,
    ReferenceServer,
    serving,
)

from twilio_emulator import CallPlan, dial


def plan(server: ReferenceServer, **changes: object) -> CallPlan:
    settings: dict[str, object] = {"speaking_cps": 400.0, "barge_in_ms": 80.0} | changes
    return CallPlan(
        voice_url=server.voice_url,
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        **settings,  # type: ignore[arg-type]  # keywords of the plan
    )


async def answer(conversation: Conversation, message: Message) -> None:
    """Answer each prompt at once and in full."""
    if message["type"] == "prompt":
        await conversation.tokens(5)


async def test_a_call_is_signed_answered_and_hung_up() -> None:
    async with serving(ReferenceServer(answer, {"welcomeGreeting": "Hello."})) as server:
        async with dial(plan(server)) as call:
            await call.say("Are you open?")
            reply = await call.reply()
            ledger = await call.hang_up()

    assert reply.text == "t1.1 t1.2 t1.3 t1.4 t1.5 "
    assert [hook.signed for hook in server.hooks] == [True, True]
    assert server.upgrades_signed == [True]
    assert ledger.ended_by == "caller"
    last = server.hooks[-1].params
    assert (last["SessionStatus"], last["CallStatus"]) == ("completed", "completed")
    assert server.conversations[0].socket.close_code == 1000
