"""The canary: a number and a phrase that are found nowhere else, and how they get into a stack."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect

from trunkline.bus.kafka import KafkaBus
from trunkline_cli.stack.run import Stack
from twilio_emulator import CallPlan
from twilio_emulator.signature import HEADER, sign

NUMBER = "+15557346201"
DIGITS = NUMBER.removeprefix("+")
WORD = "zanzibarmarmalade"
PHRASE = f"my card is {WORD}"
CANARIES = (DIGITS, WORD)


def plan(stack: Stack, to: str) -> CallPlan:
    twilio = stack.report.twilio
    return CallPlan(
        voice_url=stack.report.voice_url,
        account_sid=twilio.account_sid,
        auth_token=twilio.auth_token,
        from_number=NUMBER,
        to_number=to,
        speaking_cps=300,
        barge_in_ms=50,
        callees={"": "busy"},
    )


def frame(**fields: object) -> str:
    return json.dumps(fields)


async def upgrade(stack: Stack, url: str, *, signed: str) -> ClientConnection:
    signature = sign(stack.report.twilio.auth_token, signed)
    return await connect(url, additional_headers={HEADER: signature}, proxy=None)


@asynccontextmanager
async def bus_of(stack: Stack) -> AsyncIterator[KafkaBus]:
    async with KafkaBus.open(stack.report.kafka.bootstrap, client_id="canary") as bus:
        yield bus
