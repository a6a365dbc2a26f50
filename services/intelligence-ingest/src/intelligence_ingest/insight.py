"""Documents of Twilio's Conversational Intelligence v2 in our own terms: pure.

A document is believed where it fits and kept whole beside; a type or field we do not know is never
dropped. Field names: https://www.twilio.com/docs/conversational-intelligence/api
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from intelligence_ingest.reading_json import (
    Json,
    flag,
    moment,
    number,
    part,
    parts,
    text,
    whole,
)
from intelligence_ingest.results import OperatorResult, Sentence, Transcript
from trunkline.errors import Invalid

API = "v2"
COMPLETED = "completed"
HOPELESS = frozenset({"failed", "canceled", "error"})
"""Statuses that stay: there will be no sentences and no results."""

_WORD = {"word", "start_time", "end_time"}
_SENTENCE = {
    *("sentence_index", "transcript", "sid", "media_channel", "start_time", "end_time"),
    *("confidence", "words"),
}
_AGENTS = {"virtual agent", "agent", "assistant", "bot"}
_CUSTOMERS = {"customer", "caller", "user"}


def transcript(found: Json) -> Transcript:
    """Raises `Invalid` if it does not say which transcript, of which account, it is."""
    sid, account = text(found, "sid"), text(found, "account_sid")
    if sid is None or account is None:
        raise Invalid("A transcript without a sid or an account.")
    media = part(part(found, "channel"), "media_properties")
    return Transcript(
        sid=sid,
        api=API,
        account_sid=account,
        status=text(found, "status") or "unknown",
        service_sid=text(found, "service_sid"),
        source_sid=text(media, "source_sid") or text(part(found, "channel"), "source_sid"),
        language=text(found, "language_code"),
        redacted=flag(found, "redaction") or False,
        duration_s=whole(found, "duration"),
        media_started_at=moment(found, "media_start_time"),
        created_at=moment(found, "date_created"),
        channels=_channels(part(found, "channel")),
        raw=found,
    )


def _channels(channel: Json) -> Mapping[str, str]:
    """Which channel is whose. Names of participants are Twilio's words for roles, or people's."""
    found = {}
    for participant in parts(channel, "participants"):
        number_of = whole(participant, "channel_participant")
        speaker = _speaker(participant)
        if number_of is not None and speaker:
            found[str(number_of)] = speaker
    if not found and text(part(channel, "media_properties"), "source") == "ConversationRelay":
        return {"1": "agent", "2": "customer"}
    return found


def _speaker(participant: Json) -> str | None:
    for name in ("role", "full_name", "user_id"):
        said = (text(participant, name) or "").strip().lower().replace("_", " ")
        if said in _AGENTS:
            return "agent"
        if said in _CUSTOMERS:
            return "customer"
    return None


def sentences(documents: Iterable[Json], channels: Mapping[str, str]) -> list[Sentence]:
    """In their order; one without an index, or with one that was there before, goes to the end."""
    taken: dict[int, Json] = {}
    odd = []
    for document in documents:
        index = whole(document, "sentence_index")
        if index is None or index in taken:
            odd.append(document)
        else:
            taken[index] = document
    taken |= dict(enumerate(odd, max(taken, default=-1) + 1))
    return [_sentence(index, taken[index], channels) for index in sorted(taken)]


def _sentence(index: int, document: Json, channels: Mapping[str, str]) -> Sentence:
    channel = whole(document, "media_channel")
    return Sentence(
        index=index,
        body=text(document, "transcript") or "",
        sid=text(document, "sid"),
        channel=channel,
        speaker=channels.get(str(channel)),
        start_s=number(document, "start_time"),
        end_s=number(document, "end_time"),
        confidence=number(document, "confidence"),
        words=[_word(word) for word in parts(document, "words")] or None,
        more=_beside(document, _SENTENCE) or None,
    )


def _word(word: Json) -> dict[str, object]:
    return {
        **_beside(word, _WORD),
        "word": text(word, "word"),
        "start_s": number(word, "start_time"),
        "end_s": number(word, "end_time"),
    }


def _beside(document: Json, known: Collection[str]) -> dict[str, object]:
    """What it tells in fields that we do not know."""
    return {name: value for name, value in document.items() if name not in known}


def operator_results(documents: Iterable[Json]) -> list[OperatorResult]:
    """One for each operator: an operator runs once over a transcript, and the last word holds."""
    found = (_result(document, n) for n, document in enumerate(documents))
    return list({result.key: result for result in found}.values())


def _result(document: Json, n: int) -> OperatorResult:
    sid = text(document, "operator_sid")
    name = text(document, "name") or sid or f"unnamed-{n}"
    return OperatorResult(
        key=sid or name,
        name=name,
        type=text(document, "operator_type") or "unknown",
        operator_sid=sid,
        raw=document,
        **_typed(document),
    )


def _typed(document: Json) -> dict[str, Any]:
    """Every typed field that is there, whatever the type: fields have one meaning in all types."""
    probability = number(document, "predicted_probability")
    matched = flag(document, "utterance_match")
    return {
        "label": text(document, "predicted_label"),
        "score": probability,
        "label_scores": _scores(part(document, "label_probabilities")),
        "matched": flag(document, "extract_match") if matched is None else matched,
        "match_score": number(document, "match_probability"),
        "utterances": document.get("utterance_results") or None,
        "extracted": document.get("extract_results") or None,
        "normalized": text(document, "normalized_result"),
        "result_text": _generated(document),
        "result_json": document.get("json_results") or None,
    }


def _scores(probabilities: Json) -> dict[str, object] | None:
    return {label: number(probabilities, label) for label in probabilities} or None


def _generated(document: Json) -> str | None:
    """The text stands under `result`; some accounts were shown the bare string."""
    name = "text_generation_results"
    return text(part(document, name), "result") or text(document, name)
