"""Where in what we sent does that which the caller heard end?"""

from rapidfuzz import fuzz

# Twilio reports words as they were spoken: numbers, case and punctuation may differ from ours.
MIN_SCORE = 70.0


def heard_through(sent: str, heard: str, otherwise: int) -> int:
    """How many characters of `sent` the caller has heard, if `heard` is what was spoken.

    `otherwise` is the answer when the two do not resemble each other.
    """
    if not heard.strip():
        return 0
    if sent.startswith(heard):
        return len(heard)
    letters, places = _letters(sent)
    wanted, _ = _letters(heard)
    if not wanted or not letters:
        return otherwise
    found = fuzz.partial_ratio_alignment(wanted, letters, score_cutoff=MIN_SCORE)
    if found is None or found.dest_end == 0:
        return otherwise
    return places[found.dest_end - 1] + 1


def _letters(text: str) -> tuple[str, list[int]]:
    """The text's letters and digits in lower case, and where each stands in it."""
    pairs = [
        (low, place)
        for place, character in enumerate(text)
        if character.isalnum()
        for low in character.lower()[:1]
    ]
    return "".join(low for low, _ in pairs), [place for _, place in pairs]
