"""The language operators there are, and what each finds in a conversation. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from twilio_emulator.rest.intelligence import analysis, lexicon
from twilio_emulator.rest.intelligence.conversation import AGENT, CUSTOMER, Sentence
from twilio_emulator.rest.intelligence.sids import derived_sid

OperatorType = Literal[
    "conversation-classify",
    "utterance-classify",
    "extract",
    "extract-normalize",
    "pii-extract",
    "text-generation",
    "json",
]
MATCH = 0.9  # how sure an operator is of words that it found; of their absence, the rest
FIELDS = (
    *("extract_match", "match_probability", "normalized_result", "utterance_results"),
    *("utterance_match", "predicted_label", "predicted_probability", "label_probabilities"),
    *("extract_results", "text_generation_results", "json_results"),
)

Found = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One operator. Custom ones have an account, and what to look for in their `config`."""

    sid: str
    name: str
    type: OperatorType
    description: str = ""
    account_sid: str | None = None
    config: Mapping[str, object] = field(default_factory=dict)
    version: int = 1
    availability: str = "public"
    created_at: float = 0.0
    updated_at: float = 0.0

    @property
    def custom(self) -> bool:
        return self.account_sid is not None


def _prebuilt(name: str, kind: OperatorType, description: str) -> Operator:
    return Operator(sid=derived_sid("LY", name), name=name, type=kind, description=description)


PREBUILT = (
    _prebuilt("Sentiment Analysis", "conversation-classify", "How the customer felt"),
    _prebuilt("Summarization", "text-generation", "What the conversation was about"),
    _prebuilt("Entity Recognition", "extract", "Days, times, amounts and names"),
    _prebuilt("Personal Information", "pii-extract", "What tells who was talking"),
    _prebuilt("Agent Introduction", "utterance-classify", "Whether the agent said who it is"),
    _prebuilt("Recording Disclosure", "utterance-classify", "Whether the agent disclosed itself"),
    _prebuilt("Escalation Request", "utterance-classify", "Whether a person was asked for"),
    _prebuilt("Voicemail Detection", "utterance-classify", "Whether a machine answered"),
    _prebuilt("Outbound Call Disposition", "extract-normalize", "How the call came out"),
    _prebuilt("Conversation Facts", "json", "Figures of the conversation"),
)
"""At least one of every type: the last is the emulator's own."""

_WORDS = {
    "Agent Introduction": (lexicon.INTRODUCTION, AGENT),
    "Recording Disclosure": (lexicon.DISCLOSURE, AGENT),
    "Escalation Request": (lexicon.ESCALATION, CUSTOMER),
    "Voicemail Detection": (lexicon.VOICEMAIL, CUSTOMER),
}


def found_by(operator: Operator, sentences: Sequence[Sentence]) -> Found:
    """The fields of a result that this type of operator fills."""
    match operator.type:
        case "conversation-classify":
            return _classified(operator, sentences)
        case "utterance-classify":
            pattern, channel = _words(operator)
            return _matched(operator, sentences, analysis.matching(pattern, sentences, channel))
        case "extract":
            return _extracted(_entities(operator), sentences)
        case "extract-normalize":
            return _normalized(operator, sentences)
        case "pii-extract":
            return {"extract_results": _pieces(analysis.PERSONAL, sentences)}
        case "text-generation":
            text = {"format": "text", "result": analysis.summary(sentences)}
            return {"text_generation_results": text}
        case "json":
            return {"json_results": analysis.facts(sentences)}


def _classified(operator: Operator, sentences: Sequence[Sentence]) -> Found:
    """By sentiment, unless the account's own labels say otherwise."""
    labels = operator.config.get("labels")
    odds = analysis.sentiment(sentences)
    if isinstance(labels, Mapping):
        odds = _odds(labels, sentences)
    label = analysis.likeliest(odds)
    return {
        "predicted_label": label,
        "predicted_probability": odds[label],
        "label_probabilities": odds,
    }


def _odds(labels: Mapping[str, object], sentences: Sequence[Sentence]) -> dict[str, float]:
    """By how many sentences speak of a label; where none does, `other` is certain."""
    hits = {
        label: len(analysis.matching(_phrases(phrases), sentences, CUSTOMER))
        for label, phrases in labels.items()
    }
    weights = {**hits, "other": 0 if any(hits.values()) else 1}
    total = sum(weights.values())
    return {label: round(weight / total, 4) for label, weight in weights.items()}


def _matched(operator: Operator, sentences: Sequence[Sentence], hits: Sequence[int]) -> Found:
    return {
        "utterance_match": bool(hits),
        "match_probability": MATCH if hits else round(1 - MATCH, 4),
        "utterance_results": [
            {
                "utterance_index": number,
                "media_channel": sentences[number].channel,
                "utterance": sentences[number].text,
                "label": operator.name,
                "match_probability": MATCH,
            }
            for number in hits
        ],
    }


def _extracted(patterns: dict[str, re.Pattern[str]], sentences: Sequence[Sentence]) -> Found:
    pieces = _pieces(patterns, sentences)
    return {
        "extract_match": bool(pieces["entities"]),
        "match_probability": MATCH if pieces["entities"] else round(1 - MATCH, 4),
        "extract_results": pieces,
    }


def _normalized(operator: Operator, sentences: Sequence[Sentence]) -> Found:
    outcome, hits = analysis.disposition(sentences)
    return {
        "normalized_result": outcome,
        "extract_match": bool(hits),
        "match_probability": MATCH if hits else round(1 - MATCH, 4),
    }


def _pieces(
    patterns: dict[str, re.Pattern[str]], sentences: Sequence[Sentence]
) -> dict[str, list[dict[str, object]]]:
    found = analysis.extracted(patterns, sentences)
    return {
        "entities": [
            {"label": each.label, "text": each.text, "utterance_index": each.sentence}
            for each in found
        ]
    }


def _words(operator: Operator) -> tuple[re.Pattern[str], int]:
    """What an operator listens for, and to whom: custom ones to the customer."""
    return _WORDS.get(operator.name, (_phrases(operator.config.get("phrases")), CUSTOMER))


def _entities(operator: Operator) -> dict[str, re.Pattern[str]]:
    if "phrases" in operator.config:
        return {operator.name: _phrases(operator.config["phrases"])}
    return analysis.ENTITIES


def _phrases(phrases: object) -> re.Pattern[str]:
    """Any of these phrases; without any, nothing."""
    given = [str(each) for each in phrases] if isinstance(phrases, list) else []
    if not given:
        return re.compile(r"(?!)")
    return re.compile(r"\b(?:" + "|".join(map(re.escape, given)) + r")\b", re.IGNORECASE)
