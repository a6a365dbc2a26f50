"""The WebSocket upgrade as Twilio makes it, and the writing of frames with a deadline."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from twilio_emulator import signature
from twilio_emulator.plan import CallPlan
from twilio_emulator.webhooks import tls

CONNECT_SECONDS = 10.0  # Twilio's own limit is not documented
CLOSE_SECONDS = 2.0
SEND_SECONDS = 5.0
MAX_FRAME_BYTES = 1024 * 1024  # Twilio's own limit is not documented; a larger frame ends it all


async def upgrade(plan: CallPlan, url: str) -> ClientConnection:
    """A signed connection to the URL as the TwiML has it."""
    signed, params = url, dict[str, str]()
    if plan.quirks.query_as_params:
        parts = urlsplit(url)
        signed, params = parts._replace(query="").geturl(), dict(parse_qsl(parts.query))
    async with asyncio.timeout(CONNECT_SECONDS):
        return await connect(
            url,
            additional_headers={signature.HEADER: signature.sign(plan.auth_token, signed, params)},
            ssl=tls() if url.startswith("wss:") else None,
            proxy=None,
            compression=None,
            max_size=MAX_FRAME_BYTES,
            ping_interval=None,  # nothing is known of pings of Twilio's; ours would hide a dead LB
            open_timeout=CONNECT_SECONDS,
            close_timeout=CLOSE_SECONDS,
            user_agent_header="TwilioProxy/1.1",
        )


async def write(connection: ClientConnection, frame: str) -> bool:
    """Send a frame; False when the connection is gone, which its reader sees too.

    A server that reads nothing for seconds is as good as gone.
    """
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await connection.send(frame)
    except TimeoutError:
        connection.transport.abort()
        return False
    except ConnectionClosed:
        return False
    return True
