"""`applicationReconnect`: a lost socket is replaced within the session, in the ways it may be."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from reference_server import Conversation, Message, ReferenceServer, calling

from twilio_emulator import Quirks

AGAIN = {"applicationReconnect": "true"}


async def answer(conversation: Conversation, message: Message) -> None:
    if message["type"] == "prompt":
        await conversation.tokens(3)


async def test_a_lost_socket_is_connected_again_within_the_session() -> None:
    server = ReferenceServer(answer, AGAIN)
    async with calling(server) as call:
        await call.say("Hello?")
        await call.reply()
        await call.drop_connection()
        await call.say("Still there?")
        await call.reply()
        ledger = await call.hang_up()

    first, second = (conversation.received[0] for conversation in server.conversations)
    assert (second["type"], second["callStatus"]) == ("setup", "IN_PROGRESS")
    assert first["sessionId"] == second["sessionId"]
    assert server.upgrades_signed == [True, True]
    assert (len(ledger.opened), len(ledger.reconnected)) == (1, 1)
    assert [hook.path for hook in server.hooks] == ["/voice", "/action"]
    assert ledger.closed[0].status == "completed"
    assert [turn.complete for turn in ledger.turns] == [True, True]


async def test_the_other_way_there_is_no_setup_and_what_was_told_comes_again() -> None:
    quirks = Quirks(setup_on_reconnect=False, repeated_on_reconnect=1)
    server = ReferenceServer(answer, AGAIN)
    async with calling(server, quirks=quirks) as call:
        await call.say("Hello?")
        await call.reply()
        await call.drop_connection()
        await call.until(lambda: bool(server.conversations[1].received), 3)

    assert server.conversations[1].received[0]["voicePrompt"] == "Hello?"
    assert len(call.ledger.turns) == 1


async def test_the_session_may_have_a_new_id_from_then_on() -> None:
    server = ReferenceServer(answer, AGAIN)
    async with calling(server, quirks=Quirks(new_session_on_reconnect=True)) as call:
        await call.say("Hello?")
        await call.reply()
        await call.drop_connection()

    first, second = (conversation.received[0] for conversation in server.conversations)
    assert first["sessionId"] != second["sessionId"]
    assert first["callSid"] == second["callSid"]


async def test_what_is_said_while_there_is_no_socket_is_told_to_the_next_one() -> None:
    server = ReferenceServer(answer, AGAIN)
    async with calling(server) as call:
        await call.say("Hello?")
        await call.reply()
        server.refuse_upgrades = [HTTPStatus.SERVICE_UNAVAILABLE] * 2
        await server.conversations[0].socket.close(1012)
        await call.say("Can you hear me?")
        await call.reply()

    assert [hook.path for hook in server.hooks] == ["/voice", "/action"]
    [prompt] = server.conversations[1].of_type("prompt")
    assert prompt["voicePrompt"] == "Can you hear me?"


async def test_a_socket_that_cannot_be_replaced_fails_the_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("twilio_emulator.line.RECONNECT_SECONDS", 0.5)
    server = ReferenceServer(answer, AGAIN, again_on_failure=False)
    async with calling(server) as call:
        await call.say("Hello?")
        await call.reply()
        server.refuse_upgrades = [HTTPStatus.FORBIDDEN] * 100
        await server.conversations[0].socket.close(1012)
        assert await call.wait_for_end(5)

    assert server.hooks[-1].params["ErrorCode"] == "64105"


async def test_a_caller_may_hang_up_while_there_is_no_socket() -> None:
    server = ReferenceServer(answer, AGAIN)
    async with calling(server) as call:
        await call.say("Hello?")
        await call.reply()
        server.refuse_upgrades = [HTTPStatus.FORBIDDEN] * 100
        await server.conversations[0].socket.close(1012)
        ledger = await call.hang_up()

    assert server.hooks[-1].params["SessionStatus"] == "completed"
    assert ledger.ended_by == "caller"
