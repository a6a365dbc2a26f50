"""What the offline model knows of spoken English: which words ask, which mean the same; pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

UNKNOWN = "I am sorry, I do not know that. Is there anything else I can help you with?"
WELCOME = "You are welcome. Is there anything else I can help you with?"
FAREWELL = "Thank you for calling. Goodbye."
HELLO = "Hello. How can I help you?"

# Words that carry the grammar of a question, or the politeness around it, but not its subject.
_GRAMMAR = (
    "a about actually again all also am an and any anything are as ask at be been before bring but "
    "by call called calling can cannot cant could did do does doing dont else for from get give go "
    "going good got had has have having hello hey hi how i id if ill im in into is it its ive "
    "just kindly know let like long look looking make many may maybe me mean might mine my need no "
    "of offer often ok "
    "okay on one only or other our out please question really right say should so some someone "
    "something sorry still sure take tell than thank thanks that thats the their them then "
    "there these they thing think this those to today tomorrow too um uh us very want wanted was "
    "way we well were what whats when where wheres which while who whos whose why will with "
    "wonder wondering would yes yet you your yours youre"
)
STOP_WORDS = frozenset(_GRAMMAR.split())

# Each group is one meaning: whichever word the caller uses, the documents may use another.
_GROUPS = (
    "cost costs price prices fee fees charge charges pay dollars euros free",
    "open opens opening hours",
    "close closes closed closing shut",
    "doctor doctors dr physician",
    "kid kids child children son daughter baby pediatrician",
    "located location address find directions",
    "park parking car garage",
    "book booking appointment appointments schedule reserve",
    "cancel cancellation move reschedule",
    "shot shots vaccine vaccines vaccination jab",
    "refill renew renewed prescription",
    "insurance insured plan plans",
    "wheelchair disabled ramp elevator accessible access",
    "lab laboratory",
    "dermatologist skin",
    "cardiologist heart",
    "dog dogs pet pets",
    "bike bicycle bicycles",
    "result results",
    "late delayed",
    "language languages speak speaks",
)
_PHRASES = {
    ("how", "much"): "cost",
    ("what", "time"): "hours",
    ("how", "late"): "close",
    ("how", "early"): "open",
}
_SAME = {word: group.split() for group in _GROUPS for word in group.split()}

_THANKS = frozenset(["thank", "thanks", "cheers"])
_BYE = frozenset(["bye", "goodbye"])
_HELLO = frozenset(["hello", "hi", "hey", "morning", "evening", "afternoon"])


def terms(words: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """The subject of a question: each of its words with all words that may stand for it."""
    chosen = dict.fromkeys(word for word in words if word not in STOP_WORDS and len(word) > 1)
    for (first, second), meaning in _PHRASES.items():
        if (first, second) in pairwise(words):
            chosen.pop(second, None)
            chosen[meaning] = None
    found: dict[str, Sequence[str]] = {}
    for word in chosen:
        group = _SAME.get(word, [word])
        found.setdefault(group[0], group)
    return found


def pairs(words: Sequence[str]) -> list[str]:
    """Words of the question that stand side by side: said so in a document, they mean more."""
    return [f"{a} {b}" for a, b in pairwise(words) if not {a, b} & STOP_WORDS]


def small_talk(words: Sequence[str]) -> str | None:
    """The answer to thanks, a greeting or a goodbye, when nothing else was said."""
    if terms([word for word in words if word not in _HELLO | _BYE]):
        return None
    said = set(words)
    if said & _BYE:
        return FAREWELL
    if said & _THANKS:
        return WELCOME
    return HELLO if said & _HELLO else None
