"""Twilio's Intelligence: it listens to sessions, and tells the account what came of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import httpx

from twilio_emulator.ledger import CallLedger
from twilio_emulator.plan import CallPlan
from twilio_emulator.relay import ConversationRelay
from twilio_emulator.rest.accounts import Accounts
from twilio_emulator.rest.faults import Faults
from twilio_emulator.rest.intelligence.conversation import (
    Conversation,
    conversation_of,
    is_listened_to,
)
from twilio_emulator.rest.intelligence.mail import Mail, Notice, Posting
from twilio_emulator.rest.intelligence.notices import results_notice, transcript_notice
from twilio_emulator.rest.intelligence.operators import PREBUILT
from twilio_emulator.rest.intelligence.quirks import IntelligenceQuirks
from twilio_emulator.rest.intelligence.sids import derived_sid
from twilio_emulator.rest.intelligence.store import IntelligenceStore, Service, Transcript
from twilio_emulator.rest.intelligence.v3 import Told

READY_SECONDS = 2.0  # from a session's end to its results; `speed` shortens it


class Intelligence:
    """Listens to what `conversationConfiguration` and `intelligenceService` ask for.

    Give it to a `CallPlan` as its `listener`; calls that are placed through the API have it.
    """

    def __init__(
        self,
        accounts: Accounts,
        faults: Faults,
        client: httpx.AsyncClient,
        speed: float,
        quirks: IntelligenceQuirks,
    ) -> None:
        self.store = IntelligenceStore()
        self.told: dict[str, Told] = {}
        """Webhooks of v3, lost ones too, by conversation."""

        self._accounts = accounts
        self._faults = faults
        self._quirks = quirks
        self._ready_seconds = READY_SECONDS / speed
        self._mail = Mail(accounts, faults, client, quirks)

    @property
    def postings(self) -> Sequence[Posting]:
        """Every webhook, in order, with what became of it."""
        return self._mail.postings

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        """Tell from now on, in tasks of this group."""
        self._mail.begin(tasks)

    async def idle(self) -> None:
        """Wait until every webhook has been answered."""
        await self._mail.idle()

    def add_service(
        self,
        account_sid: str,
        unique_name: str,
        webhook_url: str = "",
        *,
        language_code: str = "en-US",
        auto_redaction: bool = False,
        operator_sids: Sequence[str] | None = None,
    ) -> Service:
        """A service as one made through the API, with all of Twilio's operators or these."""
        now = time.time()
        every = [operator.sid for operator in PREBUILT]
        service = Service(
            account_sid=account_sid,
            sid=derived_sid("GA", account_sid, unique_name),
            unique_name=unique_name,
            webhook_url=webhook_url,
            language_code=language_code,
            auto_redaction=auto_redaction,
            operator_sids=every if operator_sids is None else list(operator_sids),
            created_at=now,
            updated_at=now,
        )
        self.store.services[service.sid] = service
        return service

    def session_over(self, plan: CallPlan, relay: ConversationRelay, ledger: CallLedger) -> None:
        """Listen to the session that has just closed, if its TwiML asked for that."""
        if plan.account_sid not in self._accounts.by_sid or not is_listened_to(relay):
            return
        conversation = conversation_of(
            ledger,
            relay,
            account_sid=plan.account_sid,
            inbound=plan.direction == "inbound",
            pace=plan.pace,
            epoch=time.time() - time.monotonic(),
        )
        if conversation is not None:
            self.take(conversation)

    def take(self, conversation: Conversation) -> Transcript | None:
        """A session that has just closed; returns its v2 transcript, if there is to be one."""
        if self.store.full:
            return None
        self._tell_results(conversation)
        self.store.conversations[conversation.session_id] = conversation
        service = self.store.service(conversation.account_sid, conversation.service)
        if service is None:
            return None
        transcript = self.store.listened(service, conversation, time.time())
        self.finish(transcript, service, conversation.to_number)
        return transcript

    def finish(self, transcript: Transcript, service: Service, to: str = "") -> None:
        """Have a new transcript done after a while, and tell of it; failures are not told."""
        now = time.monotonic()
        late = self._faults.strike("transcript_late", now=now, to=to)
        transcript.ready_at += self._ready_seconds + (late.size if late else 0.0)
        if self._faults.strike("transcript_failed", now=now, to=to):
            transcript.outcome = "failed"
        elif service.webhook_url and service.webhook_method != "NULL":
            self._announce(transcript, service, to)

    def _announce(self, transcript: Transcript, service: Service, to: str) -> None:
        notice = Notice(
            kind="v2",
            about=transcript.sid,
            account_sid=service.account_sid,
            url=service.webhook_url,
            method=service.webhook_method,
            body=transcript_notice(transcript),
            is_form=self._quirks.form_webhook,
        )
        self._mail.send(notice, transcript.ready_at - transcript.created_at, to)

    def _tell_results(self, conversation: Conversation) -> None:
        """v3: the results themselves, to the configuration's webhook."""
        account = self._accounts.by_sid[conversation.account_sid]
        url = account.configurations.get(conversation.configuration)
        if url is None:
            return
        at = time.time() + self._ready_seconds
        body = results_notice(conversation, at, self._quirks)
        self.told[str(body["conversationId"])] = Told(body, conversation.call_sid)
        notice = Notice(
            kind="v3",
            about=str(body["conversationId"]),
            account_sid=account.sid,
            url=url,
            body=body,
        )
        self._mail.send(notice, self._ready_seconds, conversation.to_number)
