"""The words by which the emulated operators tell what a conversation was about. Pure.

They are few, in English and Spanish, and stand for no model of language: what matters is that a
result follows from what was said, and always the same from the same.
"""

from __future__ import annotations

import re


def _any_of(*phrases: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(phrases) + r")\b", re.IGNORECASE)


POSITIVE = _any_of(
    *("thank you", "thanks", "great", "good", "perfect", "lovely", "wonderful", "excellent"),
    *("helpful", "that is fine", "that's fine", "yes please", "happy", "gracias", "perfecto"),
    *("bien", "estupendo", "muy amable"),
)
NEGATIVE = _any_of(
    *("bad", "terrible", "awful", "angry", "useless", "unacceptable", "complaint", "complain"),
    *("not happy", "too long", "wrong", "horrible", "ridiculous", "stop calling", "no sirve"),
    *("enfadad[oa]", "queja", "mal"),
)
INTRODUCTION = _any_of(
    *("this is", "my name is", "i am", "i'm", "you are talking to", "speaking", "you have reached"),
    *("le habla", "soy", "mi nombre es"),
)
DISCLOSURE = _any_of(
    *("recorded", "recording", "ai assistant", "automated", "virtual assistant"),
    *("digital assistant", "monitored", "grabad[ao]", "asistente virtual"),
)
ESCALATION = _any_of(
    *("human", "real person", "a person", "someone else", "somebody else", "manager"),
    *("supervisor", "operator", "representative", "una persona", "encargad[oa]"),
)
OPT_OUT = _any_of(
    *("do not call", "don't call", "stop calling", "take me off", "remove me", "no me llame"),
)
AGREEMENT = _any_of(
    *("yes", "sure", "of course", "please do", "book", "i would like", "i'd like", "sí", "claro"),
)
REFUSAL = _any_of("no thank you", "no thanks", "not interested", "no gracias", "no me interesa")
VOICEMAIL = _any_of("voicemail", "leave a message", "after the tone", "not available", "el tono")
FAREWELL = _any_of("goodbye", "bye", "take care", "have a nice day", "adiós", "hasta luego")

DAY = _any_of(
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "today"),
    *("tomorrow", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
)
TIME = re.compile(r"\b\d{1,2}(?::\d{2})?\s?(?:a\.?m|p\.?m|o'clock)\b|\b\d{1,2}:\d{2}\b", re.I)
AMOUNT = re.compile(
    r"[$€£]\s?\d+(?:[.,]\d{2})?|\b\d+(?:[.,]\d{2})?\s(?:dollars|euros|pounds)\b", re.I
)
EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<!\w)\+?\d(?:[\d\s().-]{5,16})\d\b")
NAME = re.compile(r"\b(?:[Mm]y name is|[Tt]his is|[Mm]e llamo|[Mm]i nombre es)\s+([A-ZÁÉÍÓÚÑ]\w+)")
