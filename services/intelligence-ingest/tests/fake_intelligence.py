"""A small stand-in for Twilio's Intelligence API: documents by sid, and trouble on request."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

ACCOUNT = "AC" + "0" * 32
URL = "https://intelligence.example"

RESULTS: Sequence[Mapping[str, Any]] = (
    {
        "operator_type": "conversation-classify",
        "name": "Sentiment Analysis",
        "operator_sid": "LY1",
        "predicted_label": "positive",
        "predicted_probability": "0.91",
        "label_probabilities": {"positive": "0.91", "negative": "0.05"},
    },
    {
        "operator_type": "utterance-classify",
        "name": "Escalation Request",
        "operator_sid": "LY2",
        "utterance_match": True,
        "match_probability": 0.8,
        "utterance_results": [{"utterance_index": 1, "label_probabilities": {"yes": 0.8}}],
    },
    {
        "operator_type": "extract",
        "name": "Entity Recognition",
        "operator_sid": "LY3",
        "extract_match": "true",
        "extract_results": {"dates": ["Tuesday"]},
    },
    {
        "operator_type": "extract-normalize",
        "name": "Disposition",
        "operator_sid": "LY4",
        "extract_match": True,
        "normalized_result": "booked",
    },
    {
        "operator_type": "pii-extract",
        "name": "PII",
        "operator_sid": "LY5",
        "extract_results": {"names": ["Ann"]},
    },
    {
        "operator_type": "text-generation",
        "name": "Summarization",
        "operator_sid": "LY6",
        "text_generation_results": {"format": "text", "result": "An appointment was booked."},
    },
    {
        "operator_type": "json",
        "name": "Custom",
        "operator_sid": "LY7",
        "json_results": {"score": 7},
    },
    {"operator_type": "mind-reading", "name": "Of tomorrow", "operator_sid": "LY8", "aura": "blue"},
)


def sid(prefix: str, n: int) -> str:
    """A sid of the right form."""
    return f"{prefix}{n:032x}"


class FakeIntelligence:
    """What it holds can be changed at any time; `trouble` answers come before the right ones."""

    def __init__(self) -> None:
        self.transcripts: dict[str, dict[str, Any]] = {}
        self.sentences: dict[str, list[dict[str, Any]]] = {}
        self.results: dict[str, list[Mapping[str, Any]]] = {}
        self.calls: dict[str, str] = {}
        """Those of recordings and conversations."""

        self.trouble: list[tuple[int, Mapping[str, str]]] = []
        self.requests: list[str] = []
        self.asked: Counter[str] = Counter()
        self.page_size = 1000

    def add(self, n: int, *, source_sid: str | None = None, status: str = "completed") -> str:
        """A transcript of two sentences, and a result of every type."""
        transcript = sid("GT", n)
        self.transcripts[transcript] = {
            "sid": transcript,
            "account_sid": ACCOUNT,
            "service_sid": sid("GA", 1),
            "status": status,
            "language_code": "en-US",
            "duration": "12",
            "redaction": False,
            "date_created": f"2026-11-20T10:00:{n % 60:02d}Z",
            "links": {"sentences": "…"},
            "channel": {
                "media_properties": {"source": "ConversationRelay", "source_sid": source_sid},
                "participants": [
                    {"channel_participant": 1, "full_name": "Virtual Agent"},
                    {"channel_participant": 2, "role": "Customer"},
                ],
            },
        }
        self.sentences[transcript] = [
            sentence(0, 1, "Hello, I am an automated assistant.", "0.0", "2.5"),
            sentence(1, 2, "I want to book an appointment.", "3.5", "6.0"),
        ]
        self.results[transcript] = [dict(result) for result in RESULTS]
        return transcript

    def client(self) -> httpx.AsyncClient:
        """A client whose every request comes here."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self.handle))

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer as Twilio would."""
        status, headers, body = self.answer(str(request.url))
        return httpx.Response(status, headers=dict(headers), json=body)

    def answer(self, url: str) -> tuple[int, Mapping[str, str], Any]:
        """Status, headers and document."""
        self.requests.append(url)
        if self.trouble:
            status, headers = self.trouble.pop(0)
            return status, headers, {"code": 20429, "message": "later", "status": status}
        parts = urlsplit(url)
        segments = parts.path.strip("/").split("/")[1:]
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked[segments[-1] if len(segments) == 3 else segments[0]] += 1
        if segments == ["Transcripts"]:
            listed = [each for each in self.transcripts.values() if each["status"] == "completed"]
            return self._page(url, "transcripts", listed, query)
        if segments[0] in ("Accounts", "Conversations"):
            return self._of_call(segments)
        if segments[1] not in self.transcripts:
            return 404, {}, {"code": 20404, "status": 404}
        if len(segments) == 2:
            return 200, {}, self.transcripts[segments[1]]
        if segments[2] == "Sentences":
            return self._page(url, "sentences", self.sentences[segments[1]], query)
        return self._page(url, "operator_results", self.results[segments[1]], query)

    def _of_call(self, segments: Sequence[str]) -> tuple[int, Mapping[str, str], Any]:
        if segments[0] == "Accounts":
            call = self.calls.get(segments[3].removesuffix(".json"))
            return (200, {}, {"call_sid": call}) if call else (404, {}, {"status": 404})
        call = self.calls.get(segments[1])
        return 200, {}, {"items": [{"channelId": call}], "meta": {"key": "items"}}

    def encoded(self, document: Any) -> bytes:
        """A document as it is sent."""
        return json.dumps(document).encode()

    def _page(
        self, url: str, key: str, items: Sequence[Any], query: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], Any]:
        size = min(self.page_size, int(query.get("PageSize", "50")))
        page = int(query.get("Page", "0"))
        more = len(items) > (page + 1) * size
        path = urlsplit(url).path
        following = f"https://intelligence.twilio.com{path}?Page={page + 1}&PageSize={size}"
        meta = {"key": key, "page": page, "next_page_url": following if more else None}
        return 200, {}, {"meta": meta, key: list(items[page * size : (page + 1) * size])}


def sentence(index: int, channel: int, text: str, start: str, end: str) -> dict[str, Any]:
    """A sentence as Twilio tells it: figures are strings."""
    return {
        "sentence_index": index,
        "media_channel": channel,
        "transcript": text,
        "sid": sid("GX", index),
        "start_time": start,
        "end_time": end,
        "confidence": "0.97",
        "words": [{"word": word, "start_time": start, "end_time": end} for word in text.split()],
    }
