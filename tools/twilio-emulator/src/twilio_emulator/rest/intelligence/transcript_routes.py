"""The routes of transcripts and of what belongs to them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from twilio_emulator.rest.errors import invalid
from twilio_emulator.rest.intelligence.asked import Answered, Asked
from twilio_emulator.rest.intelligence.conversation import Conversation
from twilio_emulator.rest.intelligence.media import GOOD_SECONDS, media_path
from twilio_emulator.rest.intelligence.paging import Json
from twilio_emulator.rest.intelligence.quirks import IntelligenceQuirks
from twilio_emulator.rest.intelligence.resources import (
    result_json,
    sentence_json,
    shown_sentences,
    transcript_json,
    undocumented_json,
)
from twilio_emulator.rest.intelligence.store import IntelligenceStore, Service, Transcript

MAX_KEY = 64
RECORDINGS = "api.twilio.com"

Finish = Callable[[Transcript, Service], None]


class TranscriptRoutes:
    """Every method answers a request or raises `ApiError`. `finish` has a transcript done."""

    def __init__(
        self, store: IntelligenceStore, finish: Finish, quirks: IntelligenceQuirks
    ) -> None:
        self._store = store
        self._finish = finish
        self._quirks = quirks

    def create(self, asked: Asked) -> Answered:
        """A session that is known is transcribed as it was; other sources are silent."""
        service = self._store.service(asked.account.sid, asked.require("ServiceSid"))
        if service is None:
            raise invalid(20001, "ServiceSid is not known")
        source, participants = _channel(asked.require("Channel"))
        key, started = _key(asked), asked.form.get("MediaStartTime")
        started_at = _moment("MediaStartTime", started) if started else None
        if conversation := self._conversation(asked, source):
            transcript = self._store.listened(service, conversation, asked.at)
        else:
            name = str(source.get("source_sid") or source["media_url"])
            transcript = self._store.transcribe(service, source, name, asked.at)
            transcript.participants = tuple(participants)
        transcript.customer_key = key
        transcript.media_started_at = started_at or transcript.media_started_at
        self._finish(transcript, service)
        return Answered(202, transcript_json(transcript, asked.at, asked.base))

    def list(self, asked: Asked) -> Answered:
        """Newest first."""
        fits = _filter(asked)
        youngest = asked.at - asked.lag
        rows = (
            (-each.number, transcript_json(each, asked.at, asked.base))
            for each in self._store.newest_first(asked.account.sid)
            if each.created_at <= youngest and fits(each)
        )
        return asked.page("transcripts", rows)

    def fetch(self, asked: Asked, sid: str) -> Answered:
        return Answered(200, transcript_json(self._transcript(asked, sid), asked.at, asked.base))

    def delete(self, asked: Asked, sid: str) -> Answered:
        del self._store.transcripts[self._transcript(asked, sid).sid]
        return Answered(204)

    def sentences(self, asked: Asked, sid: str) -> Answered:
        """None before the transcript is complete."""
        transcript = self._transcript(asked, sid)
        with_words = asked.flag("WordTimestamps")
        shown = shown_sentences(transcript, _hidden(asked, transcript))
        if not transcript.completed(asked.at):
            shown = ()
        rows = (
            (index, sentence_json(sid, index, sentence, with_words))
            for index, sentence in enumerate(shown)
        )
        return asked.page("sentences", rows)

    def results(self, asked: Asked, sid: str) -> Answered:
        """None before the transcript is complete."""
        transcript = self._transcript(asked, sid)
        return asked.page("operator_results", enumerate(self._results(asked, transcript)))

    def result(self, asked: Asked, sid: str, operator_sid: str) -> Answered:
        transcript = self._transcript(asked, sid)
        for shown in self._results(asked, transcript):
            if shown["operator_sid"] == operator_sid:
                return Answered(200, shown)
        raise asked.missing()

    def media(self, asked: Asked, sid: str) -> Answered:
        transcript = self._transcript(asked, sid)
        expires = int(asked.at) + GOOD_SECONDS
        shown: Json = {
            "account_sid": transcript.account_sid,
            "service_sid": transcript.service_sid,
            "sid": transcript.sid,
            "media_url": asked.base.removesuffix("/v2") + media_path(sid, expires),
            "url": f"{asked.base}/Transcripts/{sid}/Media",
        }
        return Answered(200, shown)

    def _conversation(self, asked: Asked, source: Mapping[str, object]) -> Conversation | None:
        found = self._store.conversations.get(str(source.get("source_sid", "")))
        return found if found and found.account_sid == asked.account.sid else None

    def _transcript(self, asked: Asked, sid: str) -> Transcript:
        transcript = self._store.transcript(asked.account.sid, sid)
        if transcript is None:
            raise asked.missing()
        return transcript

    def _results(self, asked: Asked, transcript: Transcript) -> Iterator[Json]:
        if not transcript.completed(asked.at) or transcript.conversation is None:
            return
        said = shown_sentences(transcript, _hidden(asked, transcript))
        for operator in transcript.operators:
            yield result_json(transcript, operator, said, asked.base, self._quirks)
        if self._quirks.unknown_type:
            yield undocumented_json(transcript, asked.base)


def _hidden(asked: Asked, transcript: Transcript) -> bool:
    """Only a service with redaction has two variants; then the redacted one is the usual one."""
    return transcript.redaction and asked.flag("Redacted", True)


def _channel(text: str) -> tuple[dict[str, object], list[dict[str, object]]]:
    """Media and participants of a new transcript; raises `ApiError`."""
    try:
        channel = msgspec.json.decode(text, type=dict[str, object])
        source = msgspec.convert(channel.get("media_properties"), dict[str, object])
        people = msgspec.convert(channel.get("participants", []), list[dict[str, object]])
    except msgspec.MsgspecError:
        raise invalid(20001, "Channel must be a JSON object with media_properties") from None
    url = str(source.get("media_url", ""))
    if not url and not source.get("source_sid"):
        raise invalid(20001, "media_properties need a source_sid or a media_url")
    if RECORDINGS in url:
        raise invalid(20001, "media_url cannot be a recording of Twilio's: use source_sid")
    return source, people


def _key(asked: Asked) -> str | None:
    key = asked.form.get("CustomerKey")
    if key is not None and len(key) > MAX_KEY:
        raise invalid(20001, f"CustomerKey has at most {MAX_KEY} characters")
    return key


def _filter(asked: Asked) -> Callable[[Transcript], bool]:
    """What a list request asks for; raises `ApiError`. Moments are compared by the second."""
    wanted = {
        name: asked.param(name) for name in ("ServiceSid", "Status", "LanguageCode", "SourceSid")
    }
    limits = {
        name: _moment(name, asked.param(name))
        for name in ("BeforeStartTime", "AfterStartTime", "BeforeDateCreated", "AfterDateCreated")
        if asked.param(name)
    }

    def fits(transcript: Transcript) -> bool:
        shown = {
            "ServiceSid": transcript.service_sid,
            "Status": transcript.status(asked.at),
            "LanguageCode": transcript.language_code,
            "SourceSid": transcript.source_sid,
        }
        times = {"StartTime": transcript.media_started_at, "DateCreated": transcript.created_at}
        return all(value in ("", shown[name]) for name, value in wanted.items()) and all(
            _within(name, limit, times) for name, limit in limits.items()
        )

    return fits


def _within(name: str, limit: float, times: dict[str, float | None]) -> bool:
    """What has no time is neither before nor after any."""
    is_before = name.startswith("Before")
    at = times[name.removeprefix("Before").removeprefix("After")]
    if at is None:
        return False
    return int(at) < limit if is_before else int(at) > limit


def _moment(name: str, text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(20001, f"{name} must be a date or a moment, in ISO 8601") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
