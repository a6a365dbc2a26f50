"""What the webhooks of both Intelligences say. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from twilio_emulator.rest.intelligence import analysis
from twilio_emulator.rest.intelligence.conversation import Conversation
from twilio_emulator.rest.intelligence.quirks import IntelligenceQuirks
from twilio_emulator.rest.intelligence.sids import derived_id
from twilio_emulator.rest.intelligence.store import Transcript

Json = dict[str, object]
AVAILABLE = "voice_intelligence_transcript_available"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """One v3 result: which operator, in which format."""

    operator: str
    format: str
    result: Json


def transcript_notice(transcript: Transcript) -> dict[str, str]:
    """v2: that a transcript and its results can be fetched; nothing of them."""
    notice = {
        "account_sid": transcript.account_sid,
        "service_sid": transcript.service_sid,
        "transcript_sid": transcript.sid,
        "event_type": AVAILABLE,
    }
    if transcript.customer_key is not None:
        notice["customer_key"] = transcript.customer_key
    return notice


def results_notice(conversation: Conversation, at: float, quirks: IntelligenceQuirks) -> Json:
    """v3: the results of all operators, at the end of a conversation."""
    name = "friendlyName" if quirks.friendly_names else "displayName"
    references = [conversation.call_sid] if quirks.names_call else []
    configuration = conversation.configuration
    return {
        "accountId": conversation.account_sid,
        "conversationId": derived_id("conv_conversation", conversation.session_id),
        "intelligenceConfiguration": {
            "id": derived_id("intelligence_configuration", configuration),
            name: "Emulated configuration",
            "version": 1,
            "ruleId": derived_id("intelligence_configurationrule", configuration),
        },
        "operatorResults": [
            _result_json(conversation, each, at, name) | {"referenceIds": references}
            for each in _results(conversation)
        ],
    }


def _results(conversation: Conversation) -> list[_Result]:
    """One of every format."""
    said = conversation.sentences
    feeling = analysis.likeliest(analysis.sentiment(said))
    found = analysis.extracted(analysis.ENTITIES, said)
    entities = [{"type": each.label, "value": each.text} for each in found]
    return [
        _Result(operator="Sentiment", format="CLASSIFICATION", result={"label": feeling}),
        _Result(operator="Summary", format="TEXT", result={"text": analysis.summary(said)}),
        _Result(operator="Script Adherence", format="JSON", result=analysis.adherence(said)),
        _Result(operator="Entities", format="EXTRACTION", result={"entities": entities}),
    ]


def _result_json(conversation: Conversation, found: _Result, at: float, name: str) -> Json:
    sid = conversation.session_id
    characters = sum(len(each.text) for each in conversation.sentences)
    return {
        "id": derived_id("intelligence_operatorresult", sid, found.operator),
        "operator": {
            "id": derived_id("intelligence_operator", found.operator),
            name: found.operator,
            "version": 1,
            "parameters": {},
        },
        "outputFormat": found.format,
        "result": found.result,
        "dateCreated": nanoseconds(at),
        "executionDetails": {
            "trigger": {"on": "CONVERSATION_END", "timestamp": nanoseconds(at)},
            "communications": _communications(conversation),
            "channels": ["VOICE"],
            "participants": [
                {"id": derived_id("conv_participant", sid, each), "profileId": None, "type": each}
                for each in ("CUSTOMER", "AI_AGENT")
            ],
            "resolvedContext": {},
        },
        "metadata": {
            "system": {
                "latencyMs": 40,
                "resolvedModel": "emulated",
                "inputCharacters": characters,
                "outputCharacters": len(str(found.result)),
                "inputTruncated": False,
            }
        },
    }


def _communications(conversation: Conversation) -> Json:
    """The first and the last thing that was said."""
    last = max(0, len(conversation.sentences) - 1)
    first, final = (
        derived_id("conv_communication", conversation.session_id, str(index)) for index in (0, last)
    )
    return {"first": first, "last": final}


def nanoseconds(at: float) -> str:
    """A moment with nine digits behind the point, as v3 has them."""
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return f"{moment}000Z"
