"""Services, operators and transcripts of all accounts. Pure; times are Unix seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from twilio_emulator.rest.intelligence.conversation import Conversation, Sentence
from twilio_emulator.rest.intelligence.operators import PREBUILT, Operator
from twilio_emulator.rest.intelligence.sids import derived_sid

Outcome = Literal["completed", "failed"]
Method = Literal["GET", "POST", "NULL"]
MOST_KEPT = 200_000  # the truth is kept in memory; what comes on top is not listened to


@dataclass(slots=True, kw_only=True)
class Service:
    """An Intelligence service of an account."""

    account_sid: str
    sid: str
    unique_name: str
    friendly_name: str = ""
    language_code: str = "en-US"
    auto_transcribe: bool = False
    data_logging: bool = False
    auto_redaction: bool = False
    media_redaction: bool = False
    webhook_url: str = ""
    webhook_method: Method = "POST"
    operator_sids: list[str] = field(default_factory=list)
    created_at: float
    updated_at: float
    version: int = 1


@dataclass(slots=True, kw_only=True)
class Transcript:
    """What became of one source. Its status follows from the time."""

    number: int
    sid: str
    account_sid: str
    service_sid: str
    source: Mapping[str, object]
    """`media_properties` as they are shown."""

    participants: tuple[Mapping[str, object], ...] = ()
    conversation: Conversation | None = None
    language_code: str = "en-US"
    redaction: bool = False
    data_logging: bool = False
    operators: tuple[Operator, ...] = ()
    """Those of the service at the time of creation; none if the languages differ."""

    customer_key: str | None = None
    media_started_at: float | None = None
    created_at: float
    ready_at: float
    outcome: Outcome = "completed"

    def status(self, now: float) -> str:
        """`queued`, then for the second half of the wait `in-progress`, then the outcome."""
        if now >= self.ready_at:
            return self.outcome
        return "queued" if now < (self.created_at + self.ready_at) / 2 else "in-progress"

    def completed(self, now: float) -> bool:
        return self.status(now) == "completed"

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        return self.conversation.sentences if self.conversation else ()

    @property
    def source_sid(self) -> str | None:
        found = self.source.get("source_sid")
        return found if isinstance(found, str) else None


class IntelligenceStore:
    """Everything by its sid; what was deleted is gone."""

    def __init__(self) -> None:
        self.services: dict[str, Service] = {}
        self.transcripts: dict[str, Transcript] = {}
        self.conversations: dict[str, Conversation] = {}
        """Every session that was listened to, by its sid."""

        self._operators = {operator.sid: operator for operator in PREBUILT}
        self._last = 0

    def next_number(self) -> int:
        """Numbers order what is listed by its creation."""
        self._last += 1
        return self._last

    @property
    def full(self) -> bool:
        return max(len(self.transcripts), len(self.conversations)) >= MOST_KEPT

    def service(self, account_sid: str, name: str) -> Service | None:
        """The account's service with this sid or unique name."""
        found = (each for each in self.services_of(account_sid) if name == each.unique_name)
        service = self.services.get(name) or next(found, None)
        return service if service and service.account_sid == account_sid else None

    def services_of(self, account_sid: str) -> list[Service]:
        return [each for each in self.services.values() if each.account_sid == account_sid]

    def operators(self, account_sid: str) -> list[Operator]:
        """Those that the account may use: Twilio's own, then its own."""
        return [
            each for each in self._operators.values() if each.account_sid in (None, account_sid)
        ]

    def operator(self, account_sid: str, sid: str) -> Operator | None:
        found = self._operators.get(sid)
        return found if found and found.account_sid in (None, account_sid) else None

    def put_operator(self, operator: Operator) -> None:
        self._operators[operator.sid] = operator

    def remove_operator(self, sid: str) -> None:
        """Delete an account's operator, which leaves its services."""
        del self._operators[sid]
        for service in self.services.values():
            if sid in service.operator_sids:
                service.operator_sids.remove(sid)

    def attached(self, service: Service) -> tuple[Operator, ...]:
        return tuple(self._operators[sid] for sid in service.operator_sids)

    def transcript(self, account_sid: str, sid: str) -> Transcript | None:
        found = self.transcripts.get(sid)
        return found if found and found.account_sid == account_sid else None

    def newest_first(self, account_sid: str) -> Iterator[Transcript]:
        """The account's transcripts. A list of the API holds them in this order."""
        for transcript in reversed(self.transcripts.values()):
            if transcript.account_sid == account_sid:
                yield transcript

    def listened(self, service: Service, conversation: Conversation, now: float) -> Transcript:
        """The transcript of a session: its operators speak the service's language alone."""
        transcript = self.transcribe(
            service,
            {"source": "ConversationRelay", "source_sid": conversation.session_id},
            conversation.session_id,
            now,
        )
        transcript.conversation = conversation
        transcript.participants = _participants(conversation)
        transcript.media_started_at = conversation.started_at
        if conversation.language != service.language_code:
            transcript.operators = ()
        return transcript

    def transcribe(
        self, service: Service, source: Mapping[str, object], name: str, now: float
    ) -> Transcript:
        """A new transcript of whatever this source is; the name makes its sid."""
        number = self.next_number()
        sid = derived_sid("GT", name, service.sid)
        if sid in self.transcripts:
            sid = derived_sid("GT", name, service.sid, str(number))
        transcript = Transcript(
            number=number,
            sid=sid,
            account_sid=service.account_sid,
            service_sid=service.sid,
            source=source,
            language_code=service.language_code,
            redaction=service.auto_redaction,
            data_logging=service.data_logging,
            operators=self.attached(service),
            created_at=now,
            ready_at=now,
        )
        self.transcripts[sid] = transcript
        return transcript


def _participants(conversation: Conversation) -> tuple[Mapping[str, object], ...]:
    return (
        {"channel_participant": 1, "full_name": "Virtual Agent", "role": "Agent"},
        {
            "channel_participant": 2,
            "full_name": "Customer",
            "media_participant_id": conversation.customer,
            "role": "Customer",
        },
    )
