"""Deletes at Twilio what was erased here: transcripts, conversations, recordings, calls."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncEngine

from intelligence_ingest.asking import Forbidden, NotThere, Refused, TwilioApi
from intelligence_ingest.reading_json import items
from intelligence_ingest.sources import ACCOUNTS, CONVERSATIONS
from intelligence_ingest.store.erasing import (
    Place,
    PlaceState,
    erase_also,
    settle,
    take_places,
)
from intelligence_ingest.transport import TwilioUnavailable
from trunkline.database.transaction import transaction
from trunkline.errors import Transient
from trunkline.logs import get_logger

log = get_logger()

EVERY_SECONDS = 5.0
AT_ONCE = 10
MOST_TRIES = 12
FIRST_PAUSE_SECONDS = 60.0  # doubled from try to try: a call that goes on cannot be deleted yet
LONGEST_PAUSE_SECONDS = 6 * 3600.0
ROUNDS = 10  # of listing and deleting, a page each
RESULTS = "https://intelligence.twilio.com/v3/OperatorResults"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list at Twilio, all of which is to be deleted."""

    where: str
    filter: str
    page_size: str
    suffix: str = ""


TRANSCRIPTS = Listing("/Transcripts", "SourceSid", "PageSize")
V3_RESULTS = Listing(RESULTS, "conversationId", "pageSize")
OF_CALL = Listing(CONVERSATIONS, "channelId", "pageSize")


class TwilioEraser:
    """Deletes in every account whose credentials are known: whose call it was is not kept."""

    def __init__(self, intelligence: TwilioApi, rest: TwilioApi, conversations: TwilioApi) -> None:
        self._intelligence = intelligence
        self._rest = rest
        self._conversations = conversations

    async def belonging(self, place: str, subject_id: str) -> Sequence[str]:
        """What else a call's erasure has to reach: its recordings, which may be transcribed,
        and the conversations that tell of it."""
        return [
            sid
            for account in self._rest.accounts
            for sid in await self._belonging(account, place, subject_id)
        ]

    async def _belonging(self, account: str, place: str, subject_id: str) -> Sequence[str]:
        match place:
            case "recording":
                return await _listed(self._rest, account, _recordings(account), subject_id)
            case "conversation" if subject_id.startswith("CA"):
                try:
                    return await _listed(self._conversations, account, OF_CALL, subject_id)
                except Forbidden:  # the account does not have that product
                    return []
            case _:
                return []

    async def erase(self, place: str, subject_id: str) -> bool:
        """Whether anything was there. What is not there any more was deleted before."""
        found = [await self._erase(account, place, subject_id) for account in self._rest.accounts]
        return any(found)

    async def _erase(self, account: str, place: str, subject_id: str) -> bool:
        match place:
            case "call_record":
                where = f"{ACCOUNTS}/{account}/Calls/{subject_id}.json"
                return await self._rest.delete(account, where)
            case "recording":
                return await _delete_all(self._rest, account, _recordings(account), subject_id)
            case "operator_result":
                return await _delete_all(self._intelligence, account, V3_RESULTS, subject_id)
            case "conversation" if subject_id.startswith("CA"):
                return False  # those that tell of the call are places of their own
            case "conversation":
                where = f"{CONVERSATIONS}/{quote(subject_id, safe='')}"
                return await self._conversations.delete(account, where)
            case _ if subject_id.startswith("GT"):
                return await self._intelligence.delete(account, f"/Transcripts/{subject_id}")
            case _:
                return await _delete_all(self._intelligence, account, TRANSCRIPTS, subject_id)


def _recordings(account: str) -> Listing:
    return Listing(f"{ACCOUNTS}/{account}/Recordings", "CallSid", "PageSize", ".json")


async def _delete_all(api: TwilioApi, account: str, listing: Listing, subject_id: str) -> bool:
    """Delete page after page; a list that still shows what is deleted is left alone."""
    for n in range(ROUNDS):
        page = await _listed(api, account, listing, subject_id)
        deleted = [
            await api.delete(account, f"{listing.where}/{sid}{listing.suffix}") for sid in page
        ]
        if not any(deleted):
            return n > 0
    return True


async def _listed(api: TwilioApi, account: str, listing: Listing, subject_id: str) -> list[str]:
    asked = {listing.filter: subject_id, listing.page_size: "1000"}
    try:
        found = await api.get(account, f"{listing.where}{listing.suffix}", asked)
    except NotThere:
        return []
    return [sid for item in items(found) if (sid := item.get("sid") or item.get("id"))]


class Erasing:
    """Goes on with erasures, in this process or after the next start, until all is deleted."""

    def __init__(self, engine: AsyncEngine, twilio: TwilioEraser) -> None:
        self._engine = engine
        self._twilio = twilio

    async def run(self) -> NoReturn:
        """Look now and then, until cancelled."""
        while True:
            taken = 0
            try:
                taken = await self.once()
            except Transient as error:
                log.warning("erasures_wait", reason=type(error).__name__)
            if not taken:
                await asyncio.sleep(EVERY_SECONDS)

    async def once(self) -> int:
        """Take up what is due, some at a time; how many places there were."""
        async with transaction(self._engine) as connection:
            places = await take_places(connection, AT_ONCE)
        for place in places:
            await self._erase(place)
        return len(places)

    async def _erase(self, place: Place) -> None:
        error_code = None
        try:
            also = await self._twilio.belonging(place.place, place.subject_id)
            async with transaction(self._engine) as connection:
                await erase_also(connection, place, also)
            there = await self._twilio.erase(place.place, place.subject_id) or bool(also)
            state = PlaceState.ERASED if there else PlaceState.ABSENT
        except (Refused, TwilioUnavailable) as error:
            error_code = "refused" if isinstance(error, Refused) else "unavailable"
            state = PlaceState.PENDING if place.tries < MOST_TRIES else PlaceState.FAILED
            log.warning("erasure_not_done", place=place.place, state=state.value, code=error_code)
        async with transaction(self._engine) as connection:
            await settle(connection, place, state, error_code, pause_before(place.tries + 1))


def pause_before(n: int) -> float:
    """Seconds before the n-th try, the second being the first to wait."""
    return float(min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (n - 2)))
