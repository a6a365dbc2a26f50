"""What answers show of a number to keys that may not read it: pure."""

SHOWN_DIGITS = 2


def masked(number: str) -> str:
    """Every digit hidden but the last two; the length stays."""
    hidden = "".join("•" if each.isdigit() else each for each in number[:-SHOWN_DIGITS])
    return hidden + number[-SHOWN_DIGITS:]
