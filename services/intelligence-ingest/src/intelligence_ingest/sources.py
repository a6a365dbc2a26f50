"""Asks Twilio which call something is about that does not say so itself."""

import asyncio
import re
from collections.abc import Iterable
from urllib.parse import quote

from intelligence_ingest.asking import NotThere, Refused, TwilioApi
from intelligence_ingest.reading_json import Json, items, text
from intelligence_ingest.transport import TwilioUnavailable
from trunkline.logs import get_logger

log = get_logger()

ACCOUNTS = "https://api.twilio.com/2010-04-01/Accounts"
CONVERSATIONS = "https://conversations.twilio.com/v2/Conversations"
CONVERSATION_SECONDS = 5.0  # its results are worth storing without the call, too

_CALL = re.compile(r"CA[0-9a-f]{32}")


class Sources:
    """The calls of recordings and of conversations."""

    def __init__(self, rest: TwilioApi, conversations: TwilioApi) -> None:
        self._rest = rest
        self._conversations = conversations

    async def call_of_recording(self, account_sid: str, sid: str) -> str | None:
        """None if the recording is not there any more. Raises `TwilioUnavailable`."""
        where = f"{ACCOUNTS}/{account_sid}/Recordings/{quote(sid, safe='')}.json"
        try:
            return text(await self._rest.get(account_sid, where), "call_sid")
        except NotThere:
            return None

    async def call_of_conversation(self, account_sid: str, sid: str) -> str | None:
        """None if no communication of it names a call, and where Twilio does not say in time."""
        where = f"{CONVERSATIONS}/{quote(sid, safe='')}/Communications"
        try:
            async with asyncio.timeout(CONVERSATION_SECONDS):
                found = await self._conversations.get(account_sid, where, {"pageSize": "50"})
        except (NotThere, Refused, TwilioUnavailable, TimeoutError) as error:
            log.warning("conversation_without_call", reason=type(error).__name__)
            return None
        return _first_call(items(found))


def _first_call(communications: Iterable[Json]) -> str | None:
    channels = (text(each, "channelId") or "" for each in communications)
    return next((channel for channel in channels if _CALL.fullmatch(channel)), None)
