"""The emulator's own API, under /_emulator: faults, phones, rates, and the truth afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from twilio_emulator.rest.accounts import Accounts
from twilio_emulator.rest.faults import Fault, Faults
from twilio_emulator.rest.http_server import Reply, Request
from twilio_emulator.rest.intelligence.conversation import Conversation
from twilio_emulator.rest.intelligence.intelligence import Intelligence
from twilio_emulator.rest.phones import BY_NAME, Phone, Phonebook
from twilio_emulator.rest.placed import ATTEMPT, CallStore

PREFIX = "/_emulator/"


class PhoneChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is at a number from now on: a phone of the table, with other timing if wanted."""

    phone: str
    ring_seconds: float | None = None
    talk_seconds: float | None = None
    detected_seconds: float | None = None

    def phone_meant(self) -> Phone:
        if self.phone not in BY_NAME:
            raise msgspec.ValidationError(f"there is no phone {self.phone!r}")
        changes: dict[str, Any] = {
            name: value
            for name, value in msgspec.structs.asdict(self).items()
            if name != "phone" and value is not None
        }
        return replace(BY_NAME[self.phone], **changes)


class AccountChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an account is from now on; what is not given stays."""

    cps: float | None = None
    status: str | None = None


class Control:
    """Answers requests to the emulator itself, which only this machine can make."""

    def __init__(
        self,
        accounts: Accounts,
        phones: Phonebook,
        faults: Faults,
        store: CallStore,
        inject: Callable[[Fault], int],
        intelligence: Intelligence,
    ) -> None:
        self._accounts = accounts
        self._phones = phones
        self._faults = faults
        self._store = store
        self._inject = inject
        self._intelligence = intelligence

    async def answer(self, request: Request) -> Reply:
        path = urlsplit(request.target).path.removeprefix(PREFIX)
        what, _, which = path.partition("/")
        actions: dict[tuple[str, str], Callable[[Request, str], object]] = {
            ("POST", "faults"): self._add_fault,
            ("GET", "faults"): self._show_faults,
            ("DELETE", "faults"): self._remove_faults,
            ("PUT", "phones"): self._set_phone,
            ("PUT", "accounts"): self._set_account,
            ("GET", "ledger"): self._ledger,
            ("POST", "conversations"): self._take_conversation,
            ("GET", "intelligence"): self._show_intelligence,
        }
        action = actions.get((request.method, what))
        if action is None:
            return _json(404, {"error": f"{request.method} {path} is unknown"})
        try:
            return _json(200, action(request, which))
        except (msgspec.MsgspecError, KeyError) as problem:
            return _json(400, {"error": str(problem)})

    def _add_fault(self, request: Request, _: str) -> object:
        fault = msgspec.json.decode(request.body, type=Fault)
        return {"number": self._inject(fault)}

    def _show_faults(self, request: Request, _: str) -> object:
        active = self._faults.active(time.monotonic())
        return {str(number): fault for number, fault in active.items()}

    def _remove_faults(self, request: Request, which: str) -> object:
        if not which:
            self._faults.clear()
        elif not which.isdecimal() or not self._faults.remove(int(which)):
            raise KeyError(f"there is no fault {which!r}")
        return {}

    def _set_phone(self, request: Request, number: str) -> object:
        change = msgspec.json.decode(request.body, type=PhoneChange)
        self._phones.set(number, change.phone_meant())
        return {}

    def _set_account(self, request: Request, sid: str) -> object:
        change = msgspec.json.decode(request.body, type=AccountChange)
        account = self._accounts.by_sid[sid]
        if change.cps is not None:
            account.cps = change.cps
        if change.status is not None:
            account.status = "suspended" if change.status == "suspended" else "active"
        return {"cps": account.cps, "status": account.status}

    def _take_conversation(self, request: Request, _: str) -> object:
        """What was said in a call of another process, or in none."""
        conversation = msgspec.json.decode(request.body, type=Conversation)
        if conversation.account_sid not in self._accounts.by_sid:
            raise KeyError("there is no such account")
        transcript = self._intelligence.take(conversation)
        return {"transcript_sid": transcript.sid if transcript else None}

    def _show_intelligence(self, request: Request, _: str) -> object:
        """Every transcript that there is, with the session it is of, and every webhook."""
        transcripts = self._intelligence.store.transcripts
        return {
            "transcripts": {sid: each.source_sid for sid, each in transcripts.items()},
            "postings": [asdict(each) for each in self._intelligence.postings],
        }

    def _ledger(self, request: Request, _: str) -> object:
        query = parse_qs(urlsplit(request.target).query)
        pattern = query.get("attempt", [ATTEMPT])[-1]
        store = self._store
        return {
            "peak_per_second": store.peak_per_second(),
            "attempts": {
                attempt: [call.sid for call in calls]
                for attempt, calls in store.by_attempt(pattern).items()
            },
            "numbers": {
                number: [call.sid for call in calls] for number, calls in store.by_number().items()
            },
            "posts": [asdict(post) for post in store.posts],
            "calls": [_shown(asdict(call)) for call in store.calls.values()],
        }


def _shown(call: dict[str, Any]) -> dict[str, Any]:
    return call | {"disorder": sorted(call["disorder"])}


def _json(status: int, content: object) -> Reply:
    return Reply(status, msgspec.json.encode(content))
