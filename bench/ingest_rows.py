"""Calls, turns, sentences and results in any number, as lines that PostgreSQL's COPY reads.

The words are those of a clinic's telephone: some in every second turn, some in few, `giraffe` in
one text of 40,000. Sids and choices come from one seed.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from trunkline.protect import NumberVault

TENANT = "acme"
AGENTS = ("receptionist", "sales", "billing", "night", "survey")
CAMPAIGNS = [f"00000000-0000-4000-8000-{n:012x}" for n in range(40)]
OUTCOMES = ("caller_hung_up", "agent_ended", "handed_off", "silence", "gone", "failed")
SENTIMENTS = ("positive", "neutral", "negative", "mixed")
SERVICES = ("appointments", "opening-hours", "billing", "address", "person")
COMMON, MIDDLING, RARE, NOWHERE = "appointment", "refund", "giraffe", "zeppelin"
RARE_ONE_IN = 40_000
TURNS = 8  # of a call
RESULTS = 4  # of a transcript
SENTENCES = 16  # of a transcript that has any
WITH_SENTENCES = 4  # one transcript in so many
NULL = r"\N"
SENTIMENT, CLASSIFIER = "Sentiment Analysis", "service-classifier"

_NAMES = [
    first + second
    for first in (
        "Al",
        "Be",
        "Ca",
        "Do",
        "El",
        "Fa",
        "Ge",
        "Ha",
        "In",
        "Jo",
        "Ka",
        "Lu",
        "Ma",
        "No",
    )
    for second in ("bert", "rina", "dora", "lias", "mund", "nette", "rius", "sanne", "tina", "vald")
]
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "next week", "tomorrow")
_PLACES = ("the harbour", "Mill Street", "the station", "the old market", "Queen's Road")
_THINGS = ("knee", "shoulder", "back", "tooth", "eyes", "hearing", "skin", "allergy", "vaccination")

_ASKED = (
    "I would like to make an appointment for {day} because of my {thing}.",
    "Can you move my appointment from {day} to {other}?",
    "Is the appointment of {name} on {day} still free, please?",
    "My name is {name}, I had an appointment about my {thing} last month.",
    "When do you open on {day}, and is there parking near {place}?",
    "How do I get to you from {place}?",
    "I have not received the invoice for my {thing} yet.",
    "Yes, {day} would be fine, thank you.",
    "No, not on {day}, I am working then.",
    "Could you say that again, please?",
    "I want to speak to a person about my {thing}.",
    "Does the insurance pay for the treatment of my {thing}?",
)
_SAID = (
    "Certainly, I have booked the appointment for {day} at ten, {name}.",
    "There is an appointment with Doctor {name} on {day}, does that suit you?",
    "We are open from eight to six on {day}, and closed on Sundays.",
    "You find us near {place}, there is parking behind the house.",
    "I am an automated assistant, I can help you with your {thing} and with invoices.",
    "I have sent the invoice again, it should reach you by {day}.",
    "One moment, I connect you with a colleague.",
    "Is there anything else that I can do for you?",
)


Rows = Mapping[str, Sequence[str]]
"""Lines by table."""

TABLES = {
    "call": (
        *("call_sid", "filed_at", "tenant_id", "direction", "agent_id", "agent_version"),
        *("attempt_id", "campaign_id", "num_key", "num_hmac", "num_enc", "started_at"),
        *("started_epoch", "last_epoch", "end_epoch", "end_reason", "ended_at", "transferred_to"),
        *("turns", "duration_ms"),
    ),
    "turn": (
        *("call_sid", "turn", "filed_at", "tenant_id", "epoch", "agent_id", "agent_version"),
        *("language", "asked", "said", "heard", "interrupted", "attempts", "fillers", "apologised"),
        *("model", "prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens"),
        *("queued_ms", "first_token_ms", "total_ms", "tools_ms", "asked_at", "first_words_ms"),
        "finished_at",
    ),
    "session": ("session_id", "call_sid", "filed_at", "tenant_id", "epoch", "started_at"),
    "transcript": (
        *("transcript_sid", "filed_at", "tenant_id", "api", "account_sid", "source_sid"),
        *("call_sid", "call_filed_at", "status", "language", "redacted", "found_by"),
        *("fetched_at", "content_hash"),
    ),
    "sentence": (
        *("transcript_sid", "sentence_index", "filed_at", "tenant_id", "call_sid", "speaker"),
        *("start_s", "end_s", "body", "language", "call_filed_at"),
    ),
    "operator_result": (
        *("subject_id", "result_key", "filed_at", "tenant_id", "source", "call_sid"),
        *("call_filed_at", "operator_name", "operator_type", "label", "score", "matched"),
        *("result_text", "raw"),
    ),
}
"""The columns that are made, in their order."""


class Maker:
    """Makes calls that are spread evenly between two times."""

    def __init__(self, since: datetime, until: datetime, calls: int, vault: NumberVault) -> None:
        self._chance = random.Random(7)
        self._since, self._span, self._count = since, until - since, calls
        self.numbers = [f"+1415555{n:04d}" for n in range(min(5_000, max(1, calls // 10)))]
        self._hidden = [
            (vault.index(TENANT, number).hmac.hex(), vault.encrypt(number).hex())
            for number in self.numbers
        ]

    def calls(self, results: int) -> Iterator[Rows]:
        """All calls, the oldest first, with so many results on some of them."""
        transcripts = results // RESULTS
        for n in range(self._count):
            before, after = transcripts * n // self._count, transcripts * (n + 1) // self._count
            yield self._call(n, after if after > before else None)

    def _call(self, n: int, transcript: int | None) -> Rows:
        """The n-th call; `transcript` is the number of its transcript, if it has one."""
        chance = self._chance
        at = self._since + self._span * (n / self._count)
        sid = self._sid("CA")
        agent = AGENTS[min(int(chance.expovariate(1.0)), len(AGENTS) - 1)]
        filed = _time(at)
        outbound = chance.random() < 0.5
        campaign = chance.choice(CAMPAIGNS) if outbound else NULL
        hmac, hidden = chance.choice(self._hidden)
        outcome = chance.choices(OUTCOMES, (60, 25, 8, 4, 2, 1))[0]
        end = at + timedelta(seconds=20 * TURNS)
        call = _line(
            *(sid, filed, TENANT, "outbound-api" if outbound else "inbound", agent, "v1", NULL),
            *(campaign, "k1", rf"\\x{hmac}", rf"\\x{hidden}", filed, 0, 0, 0, outcome, _time(end)),
            *("queue:desk" if outcome == "handed_off" else NULL, TURNS, 20_000 * TURNS),
        )
        turns = [self._turn(sid, number, at, agent) for number in range(TURNS)]
        session = _line(self._sid("VX"), sid, filed, TENANT, 0, filed)
        rows: Rows = {"call": [call], "turn": turns, "session": [session]}
        return rows if transcript is None else {**rows, **self._transcript(transcript, sid, at)}

    def _turn(self, sid: str, number: int, at: datetime, agent: str) -> str:
        chance = self._chance
        first = int(chance.lognormvariate(5.8, 0.4))
        asked_at = at + timedelta(seconds=20 * number)
        said = self._words(_SAID)
        return _line(
            *(sid, number, _time(at), TENANT, 0, agent, "v1", "en-US", self._words(_ASKED), said),
            *(said, "t" if chance.random() < 0.12 else "f", 1, 0, "f", "groq/llama", 400, 40, 0, 0),
            *(2, first, first * 3, 0, _time(asked_at), first + 40),
            _time(asked_at + timedelta(milliseconds=first * 3)),
        )

    def _words(self, patterns: Sequence[str]) -> str:
        chance = self._chance
        words = chance.choice(patterns).format(
            day=chance.choice(_DAYS),
            other=chance.choice(_DAYS),
            name=chance.choice(_NAMES),
            thing=chance.choice(_THINGS),
            place=chance.choice(_PLACES),
        )
        if chance.random() < 0.01:
            words += " And I want a refund."
        return words + (" It is for my giraffe." if chance.randrange(RARE_ONE_IN) == 0 else "")

    def _transcript(self, n: int, call: str, at: datetime) -> Rows:
        """A transcript with its results; the sentences of every third alone, to spare time."""
        sid, made = self._sid("GT"), at + timedelta(minutes=4)
        filed, source = _time(made), self._sid("VX")
        transcript = _line(
            *(sid, filed, TENANT, "v2", "AC" + "0" * 32, source, call, _time(at)),
            *("completed", "en-US", "f", "webhook", filed, r"\\x00"),
        )
        sentences = [
            self._sentence(sid, number, call, filed, _time(at))
            for number in range(0 if n % WITH_SENTENCES else SENTENCES)
        ]
        return {
            "transcript": [transcript],
            "sentence": sentences,
            "operator_result": list(self._results(sid, call, filed, _time(at))),
        }

    def _sentence(self, sid: str, number: int, call: str, filed: str, at: str) -> str:
        speaker, words = ("agent", _SAID) if number % 2 else ("customer", _ASKED)
        return _line(
            *(sid, number, filed, TENANT, call, speaker, number * 8, number * 8 + 6),
            *(self._words(words), "en-US", at),
        )

    def _results(self, sid: str, call: str, filed: str, at: str) -> Iterator[str]:
        chance = self._chance
        summary = self._words(_ASKED)
        for name, kind, label, matched, body in (
            (SENTIMENT, "conversation-classify", chance.choice(SENTIMENTS), NULL, NULL),
            (CLASSIFIER, "classifier", chance.choice(SERVICES), NULL, NULL),
            ("Escalation Request", "utterance-classify", NULL, chance.choice("tfff"), NULL),
            ("Summarization", "text-generation", NULL, NULL, summary),
        ):
            subject, source = (call, "own") if name == CLASSIFIER else (sid, "v2")
            score = NULL if label == NULL else 0.9
            yield _line(
                *(subject, name, filed, TENANT, source, call, at, name, kind, label, score),
                *(matched, body, "{}"),
            )

    def _sid(self, prefix: str) -> str:
        """As Twilio's: in no order, so that indexes on them are read all over."""
        return f"{prefix}{self._chance.getrandbits(128):032x}"


def between(months: int) -> tuple[datetime, datetime]:
    """The last months, until now."""
    now = datetime.now(UTC)
    return now - timedelta(days=30 * months), now


def _time(at: datetime) -> str:
    return at.isoformat()


def _line(*values: object) -> str:
    return "\t".join(map(str, values)) + "\n"
