"""What the emulated operators find in sentences. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from twilio_emulator.rest.intelligence import lexicon
from twilio_emulator.rest.intelligence.conversation import AGENT, CUSTOMER, Sentence

REDACTED = "[REDACTED]"
QUOTED = 120  # characters of a sentence that a summary repeats

ENTITIES = {
    "day": lexicon.DAY,
    "time": lexicon.TIME,
    "amount": lexicon.AMOUNT,
    "name": lexicon.NAME,
}
PERSONAL = {"email": lexicon.EMAIL, "phone_number": lexicon.PHONE, "person_name": lexicon.NAME}


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of a sentence that means something."""

    label: str
    text: str
    sentence: int


def matching(pattern: re.Pattern[str], sentences: Sequence[Sentence], channel: int) -> list[int]:
    """The numbers of the sentences of this side that hold such words."""
    return [
        number
        for number, sentence in enumerate(sentences)
        if sentence.channel == channel and pattern.search(sentence.text)
    ]


def extracted(patterns: dict[str, re.Pattern[str]], sentences: Sequence[Sentence]) -> list[Found]:
    """All pieces that the patterns find, in the order in which they were said."""
    return [
        Found(label, match[match.lastindex or 0], number)
        for number, sentence in enumerate(sentences)
        for label, pattern in patterns.items()
        for match in pattern.finditer(sentence.text)
    ]


def sentiment(sentences: Sequence[Sentence]) -> dict[str, float]:
    """How likely the customer is each: positive, negative, neutral, mixed; their sum is 1."""
    said = [each.text for each in sentences if each.channel == CUSTOMER]
    good = sum(len(lexicon.POSITIVE.findall(text)) for text in said)
    bad = sum(len(lexicon.NEGATIVE.findall(text)) for text in said)
    weights = {"positive": good, "negative": bad, "neutral": 1, "mixed": 2 * min(good, bad)}
    total = sum(weights.values())
    return {label: round(weight / total, 4) for label, weight in weights.items()}


def likeliest(probabilities: dict[str, float]) -> str:
    """The label to believe; of equals, the first."""
    return max(probabilities, key=lambda label: probabilities[label])


def disposition(sentences: Sequence[Sentence]) -> tuple[str, list[int]]:
    """How an outbound call came out, and the sentences that say so."""
    outcomes = {
        "Do not call": (lexicon.OPT_OUT, CUSTOMER),
        "Voicemail": (lexicon.VOICEMAIL, CUSTOMER),
        "Not interested": (lexicon.REFUSAL, CUSTOMER),
        "Interested": (lexicon.AGREEMENT, CUSTOMER),
    }
    for outcome, (pattern, channel) in outcomes.items():
        if found := matching(pattern, sentences, channel):
            return outcome, found
    return "Unknown", []


def summary(sentences: Sequence[Sentence]) -> str:
    """Who said how much, how it began and how it ended."""
    customer = [each.text for each in sentences if each.channel == CUSTOMER]
    if not customer:
        return "The customer said nothing."
    agent = [each.text for each in sentences if each.channel == AGENT]
    began = f"The customer began with: {_quoted(customer[0])}"
    ended = f" The agent's last words were: {_quoted(agent[-1])}" if agent else ""
    return f"{began} They said {_counted(len(customer))}, the agent {len(agent)}.{ended}"


def facts(sentences: Sequence[Sentence]) -> dict[str, object]:
    """Figures that any schema may ask for."""
    spoken = {channel: [s.text for s in sentences if s.channel == channel] for channel in (1, 2)}
    return {
        "agent_sentences": len(spoken[AGENT]),
        "customer_sentences": len(spoken[CUSTOMER]),
        "customer_words": sum(len(text.split()) for text in spoken[CUSTOMER]),
        "questions": sum(text.rstrip().endswith("?") for text in spoken[CUSTOMER]),
        "days_named": [found.text for found in extracted({"day": lexicon.DAY}, sentences)],
        "escalation_requested": bool(matching(lexicon.ESCALATION, sentences, CUSTOMER)),
    }


def adherence(sentences: Sequence[Sentence]) -> dict[str, object]:
    """Which steps of a usual script the agent took."""
    steps = {
        "introduction": lexicon.INTRODUCTION,
        "disclosure": lexicon.DISCLOSURE,
        "farewell": lexicon.FAREWELL,
    }
    taken = {name: bool(matching(words, sentences, AGENT)) for name, words in steps.items()}
    return {"steps": taken, "score": round(sum(taken.values()) / len(taken), 2)}


def redacted(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    """The sentences without what tells who was talking."""
    for sentence in sentences:
        text = sentence.text
        for pattern in PERSONAL.values():
            text = pattern.sub(_blackened, text)
        yield msgspec.structs.replace(sentence, text=text)


def _blackened(match: re.Match[str]) -> str:
    """Of what introduces a name, the introduction stays."""
    return match[0].replace(match[match.lastindex or 0], REDACTED)


def _quoted(text: str) -> str:
    return f"“{text[:QUOTED]}”"


def _counted(count: int) -> str:
    return "1 sentence" if count == 1 else f"{count} sentences"
