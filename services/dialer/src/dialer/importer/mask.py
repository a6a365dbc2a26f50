"""What may be shown of a wrong value: its form, and the last digits of a number; pure."""

import re

SHOWN_DIGITS = 2
MAX_MASKED = 40


def masked(value: str) -> str:
    """Digits and letters hidden, except the last two digits: `+1 (•••) •••-••43`."""
    text = value[-MAX_MASKED:]
    hidden = len(re.findall(r"\d", text)) - SHOWN_DIGITS
    text = re.sub(r"\d", "•", text, count=hidden) if hidden > 0 else text
    return re.sub(r"[^\W\d_]", "x", text)


def masked_number(e164: str) -> str:
    """A number in an answer, for keys that may not read numbers."""
    return masked(e164)
