"""Paths that no caller takes: forged requests, strange sessions, records of no known kind."""

from contextlib import suppress
from urllib.parse import quote, urlencode

import httpx
from bird import NUMBER, PHRASE, WORD, bus_of, frame, plan, upgrade
from canary_agents import DESK
from talks import ask
from websockets.exceptions import ConnectionClosed, InvalidStatus

from trunkline.events.topics import INTERRUPTS, PROMPTS, call_topic
from trunkline_cli.stack.run import Stack
from twilio_emulator import dial
from twilio_emulator.signature import HEADER, sign


async def refused_requests(stack: Stack) -> None:
    """Forged, unknown, oversized and misdirected ones, each with the canary in it."""
    report = stack.report
    form = {"From": NUMBER, "To": NUMBER, "CallerName": PHRASE, "CallSid": "CAcanary"}
    form["AccountSid"] = report.twilio.account_sid
    in_url = f"?{urlencode({'From': NUMBER, 'Name': PHRASE})}"
    too_much = {**form, "Body": WORD * 10_000}
    signed = sign(report.twilio.auth_token, report.voice_url, form)
    signed_too = sign(report.twilio.auth_token, report.voice_url + in_url, form)
    action = f"{report.public_url}/twilio/voice/connect-action/"
    async with httpx.AsyncClient(trust_env=False) as client:

        async def post(url: str, data: dict[str, str], signature: str = "forged") -> int:
            answer = await client.post(url, data=data, headers={HEADER: signature})
            return answer.status_code

        statuses = [
            await post(report.voice_url, form),
            await post(report.voice_url, form, PHRASE),
            await post(report.voice_url + in_url, form, signed),
            await post(report.voice_url, too_much, signed),
            await post(f"{report.public_url}/{quote(PHRASE)}", form),
            (await client.get(report.voice_url + in_url)).status_code,
            await post(report.voice_url + in_url, form, signed_too),
            await post(action + WORD, form, sign(report.twilio.auth_token, action + WORD, form)),
        ]
    assert statuses == [403, 403, 403, 413, 404, 405, 200, 200]


async def refused_sessions(stack: Stack) -> None:
    """Upgrades that are not let in, and sessions that are not their calls'."""
    url = stack.report.relay_url
    for bad in (url, f"{url}?from={quote(NUMBER)}&name={quote(PHRASE)}"):
        with suppress(InvalidStatus):
            await upgrade(stack, bad, signed=url + "/")
    firsts = [
        frame(
            type="setup",
            callSid=f"CA{WORD}",
            customParameters={"ticket": PHRASE},
            **{"from": NUMBER, "to": NUMBER},
        ),
        frame(type="prompt", voicePrompt=PHRASE),
        PHRASE,
    ]
    for first in firsts:
        socket = await upgrade(stack, url, signed=url)
        await socket.send(first)
        with suppress(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1008


async def strange_records(stack: Stack) -> None:
    """Records that nobody understands, in every topic that is read."""
    gateway = f"replies.{stack.report.gateways[0].id}"
    async with (
        bus_of(stack) as bus,
        dial(plan(stack, DESK)) as call,
    ):
        await ask(call)
        own = call_topic(call.ledger.call_sid).name
        for topic in (PROMPTS.name, INTERRUPTS.name, gateway, own):
            await bus.calls.publish(topic, b"\xff" + PHRASE.encode())
        await ask(call)
