"""Recordings of calls, as far as they can be listed and deleted: nothing here records."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from twilio_emulator.rest.resources import API, Json, rfc2822


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recording. `created_at` is Unix time."""

    sid: str
    account_sid: str
    call_sid: str
    created_at: float


class Recordings:
    """All recordings there are; tests add them."""

    def __init__(self) -> None:
        self._all: dict[str, Recording] = {}

    def add(self, account_sid: str, call_sid: str, at: float = 0.0) -> Recording:
        """As if the call had been recorded."""
        sid = "RE" + secrets.token_hex(16)
        made = Recording(sid=sid, account_sid=account_sid, call_sid=call_sid, created_at=at)
        self._all[sid] = made
        return made

    def find(self, account_sid: str, sid: str) -> Recording | None:
        """The account's recording with this sid."""
        found = self._all.get(sid)
        return found if found and found.account_sid == account_sid else None

    def delete(self, recording: Recording) -> None:
        """Nobody sees it any more."""
        del self._all[recording.sid]

    def page(self, account_sid: str, query: Mapping[str, str]) -> Json:
        """Those of an account, or of one of its calls: all on one page."""
        call = query.get("CallSid")
        shown = [
            recording_json(each)
            for each in self._all.values()
            if each.account_sid == account_sid and call in (None, each.call_sid)
        ]
        uri = f"{API}/Accounts/{account_sid}/Recordings.json"
        return {"recordings": shown, "page": 0, "next_page_uri": None, "uri": uri}


def recording_json(recording: Recording) -> Json:
    base = f"{API}/Accounts/{recording.account_sid}/Recordings/{recording.sid}"
    return {
        "sid": recording.sid,
        "account_sid": recording.account_sid,
        "call_sid": recording.call_sid,
        "status": "completed",
        "date_created": rfc2822(recording.created_at),
        "date_updated": rfc2822(recording.created_at),
        "uri": f"{base}.json",
    }
