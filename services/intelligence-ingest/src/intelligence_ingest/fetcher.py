"""Fetches from Twilio's Intelligence API: a transcript with all that belongs to it, or the list."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from intelligence_ingest import insight
from intelligence_ingest.asking import TwilioApi
from intelligence_ingest.bundle import Bundle
from intelligence_ingest.reading_json import Json, moment, part, text
from intelligence_ingest.results import Transcript
from intelligence_ingest.sources import Sources
from intelligence_ingest.transport import TwilioUnavailable
from trunkline.errors import Invalid, Transient

PAGE = 1000  # the most that Twilio gives at once
LIST_PAGE = 200  # of transcripts: each of a page may have to be fetched within the lease
MAX_PAGES = 100  # a list that goes on for longer goes round in a circle
BUNDLE_SECONDS = 60.0  # for everything about one transcript


class NotFinished(Transient):
    """The transcript is not complete yet."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A transcript as the list shows it."""

    sid: str
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, and where the next one is; empty: this was the last."""

    transcripts: Sequence[Listed]
    next_url: str


class Fetcher:
    """Asks for what is announced. It stores nothing, and knows no database."""

    def __init__(self, api: TwilioApi, sources: Sources) -> None:
        self._api = api
        self.sources = sources

    @property
    def accounts(self) -> Sequence[str]:
        """The accounts whose transcripts can be asked for."""
        return self._api.accounts

    async def bundle(self, account_sid: str, transcript_sid: str) -> Bundle:
        """The transcript, its sentences and all results; with redaction, the redacted ones only.

        Raises `NotThere`, `NotFinished` or another `Transient`; `Invalid` where no try can help.
        """
        try:
            async with asyncio.timeout(BUNDLE_SECONDS):
                return await self._bundle(account_sid, f"/Transcripts/{checked(transcript_sid)}")
        except TimeoutError:
            raise TwilioUnavailable("a transcript took too long") from None

    async def _bundle(self, account_sid: str, path: str) -> Bundle:
        asked_at = datetime.now(UTC)
        found = await self._of_call(insight.transcript(await self._api.get(account_sid, path)))
        if found.status in insight.HOPELESS:
            return Bundle(found, (), (), asked_at)
        if found.status != insight.COMPLETED:
            raise NotFinished
        sentences, results = await self._parts(account_sid, path, found)
        return Bundle(
            found,
            insight.sentences(sentences, found.channels),
            insight.operator_results(results),
            asked_at,
        )

    async def _of_call(self, found: Transcript) -> Transcript:
        """With the call of its recording, if that is what it is made from."""
        source = found.source_sid or ""
        if not source.startswith("RE"):
            return found
        call_sid = await self.sources.call_of_recording(found.account_sid, source)
        return replace(found, recording_call_sid=call_sid)

    async def _parts(
        self, account_sid: str, path: str, found: Transcript
    ) -> tuple[list[Json], list[Json]]:
        variant = {"Redacted": "true"} if found.redacted else {}
        try:
            async with asyncio.TaskGroup() as tasks:
                sentences = tasks.create_task(
                    self._all(
                        *(account_sid, f"{path}/Sentences", "sentences"),
                        {"WordTimestamps": "true", **variant},
                    ),
                    name="sentences",
                )
                results = tasks.create_task(
                    self._all(account_sid, f"{path}/OperatorResults", "operator_results", variant),
                    name="operator-results",
                )
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        return sentences.result(), results.result()

    async def transcripts(self, account_sid: str, since: datetime, url: str = "") -> Page:
        """A page of the account's completed transcripts that were created since then."""
        params = {
            "AfterDateCreated": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Status": insight.COMPLETED,
            "PageSize": str(LIST_PAGE),
        }
        document = await (
            self._api.get(account_sid, url)
            if url
            else self._api.get(account_sid, "/Transcripts", params)
        )
        found, following = _page(document, "transcripts")
        return Page(
            [_listed(each) for each in found if isinstance(each.get("sid"), str)], following
        )

    async def _all(
        self, account_sid: str, path: str, name: str, params: Mapping[str, str]
    ) -> list[Json]:
        return [each async for each in self._each(account_sid, path, name, params)]

    async def _each(
        self, account_sid: str, path: str, name: str, params: Mapping[str, str]
    ) -> AsyncIterator[Json]:
        document = await self._api.get(account_sid, path, {"PageSize": str(PAGE), **params})
        for _ in range(MAX_PAGES):
            found, following = _page(document, name)
            for each in found:
                yield each
            if not following:
                return
            document = await self._api.get(account_sid, following)
        raise TwilioUnavailable("a list has more pages than can be read")


def checked(sid: str) -> str:
    """The sid, if it can stand in a path; raises `Invalid` for what only looks like one."""
    if not sid.isalnum() or not sid.isascii():
        raise Invalid("Not a sid.")
    return sid


def _page(document: Json, name: str) -> tuple[list[Json], str]:
    """The list of a page stands under `meta.key`; some versions name it themselves."""
    meta = part(document, "meta")
    found = document.get(text(meta, "key") or name)
    if not isinstance(found, list):
        raise TwilioUnavailable("a page has no list")
    return [each for each in found if isinstance(each, dict)], text(meta, "next_page_url") or ""


def _listed(document: Json) -> Listed:
    changed_at = moment(document, "date_updated") or moment(document, "date_created")
    return Listed(document["sid"], changed_at)
