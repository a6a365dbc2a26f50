"""Services, operators and transcripts as Intelligence v2 shows them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from twilio_emulator.rest.intelligence.analysis import redacted
from twilio_emulator.rest.intelligence.conversation import Sentence
from twilio_emulator.rest.intelligence.operators import FIELDS, Operator, found_by
from twilio_emulator.rest.intelligence.quirks import IntelligenceQuirks
from twilio_emulator.rest.intelligence.sids import derived_sid, fraction
from twilio_emulator.rest.intelligence.store import Service, Transcript

Json = dict[str, object]
LEAST_SURE = 0.8  # of what is transcribed


def iso(at: float | None) -> str | None:
    """A moment in Twilio's format, to the second, always UTC; None stays None."""
    if at is None:
        return None
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def service_json(service: Service, base: str) -> Json:
    return {
        "account_sid": service.account_sid,
        "sid": service.sid,
        "unique_name": service.unique_name,
        "friendly_name": service.friendly_name,
        "date_created": iso(service.created_at),
        "date_updated": iso(service.updated_at),
        "auto_redaction": service.auto_redaction,
        "media_redaction": service.media_redaction,
        "auto_transcribe": service.auto_transcribe,
        "data_logging": service.data_logging,
        "language_code": service.language_code,
        "webhook_url": service.webhook_url,
        "webhook_http_method": service.webhook_method,
        "read_only_attached_operator_sids": list(service.operator_sids),
        "encryption_credential_sid": None,
        "version": service.version,
        "url": f"{base}/Services/{service.sid}",
    }


def operator_json(operator: Operator, account_sid: str, base: str, kind: str = "") -> Json:
    """`kind` is the part of the path that tells own operators from Twilio's."""
    return {
        "account_sid": account_sid,
        "sid": operator.sid,
        "friendly_name": operator.name,
        "description": operator.description,
        "author": operator.account_sid or "Twilio",
        "operator_type": operator.type,
        "version": operator.version,
        "availability": operator.availability,
        "config": dict(operator.config) if operator.custom else None,
        "date_created": iso(operator.created_at),
        "date_updated": iso(operator.updated_at),
        "url": f"{base}/Operators/{kind}{operator.sid}",
    }


def type_json(name: str, base: str) -> Json:
    """A type of operators. The two that classify give out the same, and so on."""
    sid = derived_sid("EY", name)
    outputs = {
        "extract": "text-extraction",
        "pii-extract": "text-extraction",
        "extract-normalize": "text-extraction-normalized",
        "text-generation": "text-generation",
        "json": "json",
    }
    return {
        "name": name,
        "sid": sid,
        "friendly_name": name.replace("-", " ").title(),
        "description": f"Operators of the type {name}",
        "docs_link": None,
        "output_type": outputs.get(name, "text-classification"),
        "supported_languages": ["en", "es"],
        "provider": "twilio",
        "availability": "general-availability",
        "configurable": name != "pii-extract",
        "config_schema": None,
        "date_created": iso(0),
        "date_updated": iso(0),
        "url": f"{base}/OperatorTypes/{sid}",
    }


def transcript_json(transcript: Transcript, now: float, base: str) -> Json:
    url = f"{base}/Transcripts/{transcript.sid}"
    is_over = now >= transcript.ready_at
    conversation = transcript.conversation
    seconds = round(conversation.seconds) if conversation else 0
    return {
        "account_sid": transcript.account_sid,
        "service_sid": transcript.service_sid,
        "sid": transcript.sid,
        "date_created": iso(transcript.created_at),
        "date_updated": iso(transcript.ready_at if is_over else transcript.created_at),
        "status": transcript.status(now),
        "channel": {
            "media_properties": dict(transcript.source),
            "participants": [dict(each) for each in transcript.participants],
            "type": "two_channels",
        },
        "data_logging": transcript.data_logging,
        "language_code": transcript.language_code,
        "customer_key": transcript.customer_key,
        "media_start_time": iso(transcript.media_started_at),
        "duration": seconds if transcript.completed(now) else None,
        "url": url,
        "redaction": transcript.redaction,
        "encryption_credential_sid": None,
        "links": {
            "sentences": f"{url}/Sentences",
            "encrypted_sentences": f"{url}/Sentences/Encrypted",
            "media": f"{url}/Media",
            "operator_results": f"{url}/OperatorResults",
            "encrypted_operator_results": f"{url}/OperatorResults/Encrypted",
        },
    }


def shown_sentences(transcript: Transcript, hidden: bool) -> Sequence[Sentence]:
    """What may be shown: with `hidden`, nothing that tells who was talking."""
    return tuple(redacted(transcript.sentences)) if hidden else transcript.sentences


def sentence_json(transcript_sid: str, index: int, sentence: Sentence, with_words: bool) -> Json:
    sure = LEAST_SURE + (1 - LEAST_SURE) * fraction(transcript_sid, str(index), sentence.text)
    return {
        "media_channel": sentence.channel,
        "sentence_index": index,
        "start_time": _seconds(sentence.start),
        "end_time": _seconds(sentence.end),
        "transcript": sentence.text,
        "sid": derived_sid("GX", transcript_sid, str(index)),
        "confidence": f"{sure:.4f}",
        "words": _words(sentence) if with_words else None,
    }


def result_json(
    transcript: Transcript,
    operator: Operator,
    sentences: Sequence[Sentence],
    base: str,
    quirks: IntelligenceQuirks,
) -> Json:
    """A result: one flat object, in which whatever its type does not use is null."""
    found = found_by(operator, sentences)
    kind = operator.type.replace("-", "_") if quirks.underscored_types else operator.type
    fields = {name: _number(found.get(name), quirks) for name in FIELDS}
    return {
        "operator_type": kind,
        "name": operator.name,
        "operator_sid": operator.sid,
        **fields,
        "transcript_sid": transcript.sid,
        "url": f"{base}/Transcripts/{transcript.sid}/OperatorResults/{operator.sid}",
    }


def undocumented_json(transcript: Transcript, base: str) -> Json:
    """A result as a later version of the API might have it."""
    sid = derived_sid("LY", "undocumented")
    return {
        "operator_type": "utterance-cluster",
        "name": "Topic Clusters",
        "operator_sid": sid,
        "cluster_results": {"clusters": [{"size": len(transcript.sentences)}]},
        "transcript_sid": transcript.sid,
        "url": f"{base}/Transcripts/{transcript.sid}/OperatorResults/{sid}",
    }


def _number(value: object, quirks: IntelligenceQuirks) -> object:
    is_number = isinstance(value, float) and quirks.numbers_as_text
    return str(value) if is_number else value


def _words(sentence: Sentence) -> list[Json]:
    """The words share the sentence's time by their length."""
    words, at = sentence.text.split(), sentence.start
    share = (sentence.end - sentence.start) / max(1, sum(map(len, words)))
    shown: list[Json] = []
    for word in words:
        end = at + share * len(word)
        shown.append({"word": word, "start_time": _seconds(at), "end_time": _seconds(end)})
        at = end
    return shown


def _seconds(value: float) -> str:
    return f"{value:.2f}"
