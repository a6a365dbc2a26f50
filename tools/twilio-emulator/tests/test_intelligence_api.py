"""Intelligence v2 over real HTTP, asked by Twilio's own SDK."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from httpx import AsyncClient
from listening import SAID, Clinic, clinic, conversation
from rest_client import SID, TOKEN, plain_client
from twilio.base.exceptions import TwilioRestException

from twilio_emulator.rest import Fault, IntelligenceQuirks
from twilio_emulator.rest.intelligence.media import media_path
from twilio_emulator.rest.intelligence.operators import PREBUILT, OperatorType
from twilio_emulator.webhooks import tls


async def done(here: Clinic, *sessions: str, **changes: Any) -> list[str]:
    """Have sessions transcribed; returns the sids of their transcripts."""
    taken = [here.twilio.intelligence.take(conversation(each, **changes)) for each in sessions]
    await here.twilio.settle()
    return [transcript.sid for transcript in taken if transcript is not None]


async def test_a_transcript_is_found_by_its_session() -> None:
    async with clinic() as here:
        await done(here, "VX1", "VX2")
        [found] = await here.v2.transcripts.list_async(source_sid="VX2")

    assert found.status == "completed"
    assert found.duration == 60
    assert found.channel["media_properties"]["source_sid"] == "VX2"
    assert found.channel["participants"][1]["media_participant_id"] == "+447700900123"
    assert found.media_start_time.timestamp() == 1_790_000_000


async def test_sentences_have_words_only_where_they_are_asked_for() -> None:
    async with clinic() as here:
        [sid] = await done(here, "VX1")
        plain = await here.v2.transcripts(sid).sentences.list_async()
        timed = await here.v2.transcripts(sid).sentences.list_async(word_timestamps=True)

    assert [(each.media_channel, each.transcript) for each in plain] == list(SAID)
    assert [each.sentence_index for each in plain] == list(range(len(SAID)))
    assert plain[1].start_time == "5.00"
    assert 0.8 <= float(plain[0].confidence) <= 1
    assert plain[0].words is None
    assert [word["word"] for word in timed[5].words] == ["Goodbye."]


async def test_there_is_a_result_of_every_type() -> None:
    async with clinic() as here:
        [sid] = await done(here, "VX1")
        results = await here.v2.transcripts(sid).operator_results.list_async()
        one = await here.v2.transcripts(sid).operator_results(results[0].operator_sid).fetch_async()

    assert {each.operator_type for each in results} == set(get_args(OperatorType))
    assert one.name == results[0].name
    assert one.predicted_label == "positive"
    assert one.extract_results is None


async def test_numbers_types_and_fields_may_be_those_of_other_versions() -> None:
    quirks = IntelligenceQuirks(numbers_as_text=True, underscored_types=True, unknown_type=True)
    async with clinic(quirks) as here:
        [sid] = await done(here, "VX1")
        async with plain_client() as http:
            url = f"{here.twilio.url}/v2/Transcripts/{sid}/OperatorResults"
            results = (await http.get(url)).json()["operator_results"]

    assert results[0]["operator_type"] == "conversation_classify"
    assert isinstance(results[0]["predicted_probability"], str)
    assert "cluster_results" in results[-1]


async def test_redaction_shows_the_redacted_variant_unless_the_other_is_asked_for() -> None:
    async with clinic(auto_redaction=True) as here:
        [sid] = await done(here, "VX1")
        usual = await here.v2.transcripts(sid).sentences.list_async()
        open_words = await here.v2.transcripts(sid).sentences.list_async(redacted=False)
        results = await here.v2.transcripts(sid).operator_results.list_async()

    assert "Ann" not in usual[1].transcript
    assert open_words[1].transcript == SAID[1][1]
    assert all("Ann" not in json.dumps(each.extract_results) for each in results)


async def test_operators_are_skipped_where_the_languages_differ() -> None:
    async with clinic() as here:
        [sid] = await done(here, "VX1", language="es-MX")
        results = await here.v2.transcripts(sid).operator_results.list_async()
        sentences = await here.v2.transcripts(sid).sentences.list_async()

    assert results == []
    assert len(sentences) == len(SAID)


async def test_a_list_is_read_in_pages_that_new_transcripts_do_not_move() -> None:
    sessions = [f"VX{number}" for number in range(7)]
    async with clinic() as here:
        await done(here, *sessions)
        page = await here.v2.transcripts.page_async(page_size=3)
        read = [each.channel["media_properties"]["source_sid"] for each in page]
        await done(here, "VX7")
        while (page := await page.next_page_async()) is not None:
            read += [each.channel["media_properties"]["source_sid"] for each in page]

    assert read == sessions[::-1]


async def test_the_page_before_is_the_one_that_was_read_before() -> None:
    async with clinic() as here:
        await done(here, *(f"VX{number}" for number in range(5)))
        first = await here.v2.transcripts.page_async(page_size=2)
        sids = [each.sid for each in first]
        second = await first.next_page_async()
        again = await second.previous_page_async()

    assert [each.sid for each in again] == sids


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"status": "completed"}, 2),
        ({"status": "queued"}, 0),
        ({"language_code": "en-US"}, 2),
        ({"language_code": "de-DE"}, 0),
        ({"after_date_created": "2020-01-01"}, 2),
        ({"before_date_created": "2020-01-01T00:00:00Z"}, 0),
        ({"after_start_time": "2026-09-21T13:33:19Z"}, 2),
        ({"before_start_time": "2026-09-21T13:33:20Z"}, 0),
        ({"service_sid": "GA0"}, 0),
    ],
)
async def test_filters_leave_what_fits(filters: dict[str, str], count: int) -> None:
    async with clinic() as here:
        await done(here, "VX1", "VX2")
        found = await here.v2.transcripts.list_async(**filters)

    assert len(found) == count


async def test_a_late_transcript_is_there_without_its_results() -> None:
    async with clinic() as here:
        here.twilio.inject(Fault(kind="transcript_late", amount=60))
        transcript = here.twilio.intelligence.take(conversation())
        assert transcript is not None
        found = await here.v2.transcripts(transcript.sid).fetch_async()
        results = await here.v2.transcripts(transcript.sid).operator_results.list_async()
        transcript.ready_at = 0.0
        after = await here.v2.transcripts(transcript.sid).fetch_async()

    assert (found.status, found.duration, results) == ("queued", None, [])
    assert after.status == "completed"


async def test_a_transcript_may_fail_and_nobody_is_told() -> None:
    async with clinic() as here:
        here.twilio.inject(Fault(kind="transcript_failed", count=1))
        [sid, _] = await done(here, "VX1", "VX2")
        found = await here.v2.transcripts(sid).fetch_async()

    assert found.status == "failed"
    assert len(here.server.hooks) == 1


async def test_what_was_deleted_is_not_found() -> None:
    async with clinic() as here:
        [sid] = await done(here, "VX1")
        assert await here.v2.transcripts(sid).delete_async()
        with pytest.raises(TwilioRestException) as refused:
            await here.v2.transcripts(sid).fetch_async()

    assert (refused.value.status, refused.value.code) == (404, 20404)
    assert here.twilio.intelligence.store.transcripts == {}


async def test_a_transcript_may_be_asked_for_again() -> None:
    channel = {"media_properties": {"source_sid": "VX1"}}
    async with clinic() as here:
        [sid] = await done(here, "VX1")
        service = here.twilio.intelligence.store.service(SID, "clinic")
        assert service is not None
        made = await here.v2.transcripts.create_async(
            service_sid=service.sid, channel=channel, customer_key="k1"
        )
        await here.twilio.settle()
        sentences = await here.v2.transcripts(made.sid).sentences.list_async()

    assert made.sid != sid
    assert made.status == "queued"
    assert len(sentences) == len(SAID)
    assert here.server.hooks[-1].body["customer_key"] == "k1"


@pytest.mark.parametrize(
    "channel",
    [
        {},
        {"media_properties": {}},
        {"media_properties": {"media_url": "https://api.twilio.com/a/Recordings/RE1"}},
    ],
)
async def test_a_transcript_needs_a_source_that_twilio_can_read(channel: dict[str, Any]) -> None:
    async with clinic() as here:
        service = here.twilio.intelligence.store.service(SID, "clinic")
        assert service is not None
        with pytest.raises(TwilioRestException) as refused:
            await here.v2.transcripts.create_async(service_sid=service.sid, channel=channel)

    assert refused.value.status == 400


async def test_media_can_be_fetched_by_its_link_alone() -> None:
    async with clinic() as here:
        [sid] = await done(here, "VX1")
        media = await here.v2.transcripts(sid).media().fetch_async()
        async with AsyncClient(trust_env=False, verify=tls()) as http:
            audio = await http.get(media.media_url)
            guessed = await http.get(media.media_url.replace("mark=", "mark=0"))
            aged = await http.get(here.twilio.url + media_path(sid, expires=1))

    assert audio.status_code == 200
    assert audio.content[:4] == b"RIFF"
    assert (guessed.status_code, aged.status_code) == (404, 403)


async def test_a_service_is_made_changed_and_deleted() -> None:
    async with clinic() as here:
        made = await here.v2.services.create_async(
            unique_name="desk", webhook_url="https://a.example"
        )
        operator = PREBUILT[0].sid
        await here.v2.operator_attachment(made.sid, operator).create_async()
        attached = await here.v2.operator_attachments(made.sid).fetch_async()
        changed = await here.v2.services(made.sid).update_async(auto_redaction=True)
        with pytest.raises(TwilioRestException) as stale:
            await here.v2.services(made.sid).update_async(if_match='"1"', friendly_name="x")
        assert await here.v2.operator_attachment(made.sid, operator).delete_async()
        assert await here.v2.services(made.sid).delete_async()
        names = [each.unique_name for each in await here.v2.services.list_async()]

    assert (made.language_code, made.webhook_http_method) == ("en-US", "POST")
    assert attached.operator_sids == [operator]
    assert (changed.auto_redaction, changed.version) == (True, 2)
    assert stale.value.status == 412
    assert names == ["clinic"]


async def test_a_services_name_is_taken_once() -> None:
    async with clinic() as here:
        with pytest.raises(TwilioRestException) as refused:
            await here.v2.services.create_async(unique_name="clinic")

    assert refused.value.status == 409


async def test_operators_are_listed_and_own_ones_made() -> None:
    async with clinic() as here:
        made = await here.v2.custom_operators.create_async(
            friendly_name="Hours",
            operator_type="utterance-classify",
            config={"phrases": ["open on"]},
        )
        service = here.twilio.intelligence.store.service(SID, "clinic")
        assert service is not None
        await here.v2.operator_attachment(service.sid, made.sid).create_async()
        [sid] = await done(here, "VX1")
        result = await here.v2.transcripts(sid).operator_results(made.sid).fetch_async()
        every = await here.v2.operators.list_async()
        prebuilt = await here.v2.prebuilt_operators.list_async(language_code="en-US")
        own = await here.v2.custom_operators.list_async()
        types = await here.v2.operator_type.list_async()
        assert await here.v2.custom_operators(made.sid).delete_async()

    assert result.utterance_match
    assert len(every) == len(prebuilt) + 1 == len(PREBUILT) + 1
    assert [each.sid for each in own] == [made.sid]
    assert {each.name for each in types} == set(get_args(OperatorType))
    assert made.sid not in service.operator_sids


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault(kind="too_many_requests", count=1), 429),
        (Fault(kind="api_error", count=1), 500),
        (Fault(kind="unauthorized", count=1), 401),
        (Fault(kind="list_down", count=1), 503),
    ],
)
async def test_the_api_fails_as_it_is_told_and_recovers(fault: Fault, status: int) -> None:
    async with clinic() as here:
        here.twilio.inject(fault)
        async with plain_client() as http:
            url = f"{here.twilio.url}/v2/Transcripts"
            statuses = [(await http.get(url)).status_code for _ in range(2)]

    assert statuses == [status, 200]


async def test_who_asks_too_often_may_be_told_how_long_to_wait() -> None:
    async with clinic() as here:
        here.twilio.inject(Fault(kind="too_many_requests", count=1, amount=2))
        async with plain_client() as http:
            refused = await http.get(f"{here.twilio.url}/v2/Transcripts")

    assert refused.headers["retry-after"] == "2"


async def test_a_list_may_lag_behind_the_truth() -> None:
    async with clinic() as here:
        await done(here, "VX1")
        here.twilio.inject(Fault(kind="list_lags", count=1))
        lagging = await here.v2.transcripts.list_async()
        after = await here.v2.transcripts.list_async()

    assert (len(lagging), len(after)) == (0, 1)


async def test_another_account_sees_nothing_of_it() -> None:
    async with clinic() as here:
        [sid] = await done(here, "VX1")
        async with plain_client() as http:
            answer = await http.get(
                f"{here.twilio.url}/v2/Transcripts/{sid}", auth=(SID, TOKEN + "0")
            )

    assert answer.status_code == 401
