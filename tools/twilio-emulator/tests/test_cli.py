"""The command line, against the reference server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from reference_server import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    Conversation,
    Message,
    ReferenceServer,
    serving,
)
from typer.testing import CliRunner, Result

from twilio_emulator.cli import app


async def answer(conversation: Conversation, message: Message) -> None:
    if message["type"] == "prompt":
        await conversation.tokens(3)


async def run(server: ReferenceServer, *arguments: str) -> Result:
    settings = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN}
    shared = ["--voice-url", server.voice_url, "--cps", "400"]
    return await asyncio.to_thread(
        CliRunner().invoke, app, [*arguments, *shared], env=settings | {"COLUMNS": "120"}
    )


async def test_a_call_shows_the_conversation_and_its_figures() -> None:
    async with serving(ReferenceServer(answer)) as server:
        result = await run(server, "call", "--say", "Are you open?", "--say", "Thank you.")

    assert result.exit_code == 0
    assert "caller Are you open?" in result.output
    assert "agent t2.1 t2.2 t2.3  (first token" in result.output
    assert "turns lost" in result.output


async def test_a_call_may_press_keys_and_meet_a_busy_line() -> None:
    async def key_and_go(conversation: Conversation, message: Message) -> None:
        await answer(conversation, message)
        if message.get("digit") == "#":
            await conversation.send(type="end", handoffData="{}")

    dial_desk = "<Response><Dial>+15005550009</Dial></Response>"
    server = ReferenceServer(key_and_go, {"dtmfDetection": "true"}, after_session=dial_desk)
    async with serving(server):
        keys = ("--press", "12#", "--lang", "de-DE", "--callee", "busy", "--queue", "leave")
        result = await run(server, "call", "--say", "My number.", *keys)

    assert "<Dial> came to: busy" in result.output
    assert "caller presses #" in result.output
    assert server.conversations[0].of_type("prompt")[0]["lang"] == "de-DE"


def test_the_shipped_scenarios_are_listed_with_what_they_are_about() -> None:
    result = CliRunner().invoke(app, ["scenarios"], env={"COLUMNS": "120"})

    assert result.exit_code == 0
    assert "barge-in " in result.output
    assert "The caller cuts the agent off in mid-sentence" in result.output


async def test_many_calls_of_a_scenario_leave_a_ledger(tmp_path: Path) -> None:
    file = tmp_path / "ledger.json"
    async with serving(ReferenceServer(answer)) as server:
        result = await run(
            server, "scenario", "happy-path", "--calls", "3", "--quiet", "--ledger", str(file)
        )

    assert result.exit_code == 0
    assert json.loads(file.read_text())["report"]["turns"] == 9


async def test_a_failed_expectation_is_shown_and_fails_the_command(tmp_path: Path) -> None:
    script = tmp_path / "pizza.yaml"
    script.write_text("name: pizza\nsteps:\n  - say: Hi\n  - wait_for_reply\n  - expect: pizza\n")

    async with serving(ReferenceServer(answer)) as server:
        result = await run(server, "scenario", str(script))

    assert result.exit_code == 1
    assert "FAILED step 3: the reply does not contain 'pizza'" in result.output


async def test_a_wrong_scenario_is_refused_with_its_line(tmp_path: Path) -> None:
    script = tmp_path / "wrong.yaml"
    script.write_text("steps:\n  - sya: Hi\n")

    result = await run(ReferenceServer(answer), "scenario", str(script))

    assert result.exit_code == 2
    assert "wrong.yaml:2" in result.output.replace("\n", "").replace("│", "").replace(" ", "")
