"""Calls and accounts as Twilio's REST API shows them. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from email.utils import formatdate
from urllib.parse import urlencode

from twilio_emulator.rest.accounts import Account
from twilio_emulator.rest.listing import Page
from twilio_emulator.rest.placed import PlacedCall

API = "/2010-04-01"
SUBRESOURCES = (
    *("events", "notifications", "payments", "recordings", "siprec", "streams"),
    *("transcriptions", "user_defined_message_subscriptions", "user_defined_messages"),
)

Json = dict[str, object]


def rfc2822(at: float | None) -> str | None:
    """A moment of Unix time in Twilio's format, always UTC; None stays None."""
    return None if at is None else formatdate(int(at)).replace("-0000", "+0000")


def call_json(call: PlacedCall) -> Json:
    base = f"{API}/Accounts/{call.account_sid}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "account_sid": call.account_sid,
        "parent_call_sid": None,
        "to": call.to,
        "to_formatted": formatted(call.to),
        "from": call.from_number,
        "from_formatted": formatted(call.from_number),
        "phone_number_sid": number_sid(call.from_number),
        "status": call.status,
        "start_time": rfc2822(call.dialed_at),
        "end_time": rfc2822(call.ended_at),
        "duration": None if call.duration is None else str(call.duration),
        "price": None,
        "price_unit": "USD",
        "direction": call.direction,
        "answered_by": call.answered_by,
        "api_version": "2010-04-01",
        "annotation": None,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": str(call.queue_ms),
        "trunk_sid": None,
        "date_created": rfc2822(call.created_at),
        "date_updated": rfc2822(call.updated_at),
        "uri": f"{base}.json",
        "subresource_uris": {name: f"{base}/{_camel(name)}.json" for name in SUBRESOURCES},
    }


def page_json(account_sid: str, page: Page, query: Sequence[tuple[str, str]]) -> Json:
    """A page of calls; `query` are the filters, which its links carry on."""
    path = f"{API}/Accounts/{account_sid}/Calls.json"
    filters = [pair for pair in query if pair[0] not in ("Page", "PageToken", "PageSize")]
    filters.append(("PageSize", str(page.size)))

    def link(number: int, token: str | None) -> str:
        position = [("Page", str(number))]
        if token is not None:
            position.append(("PageToken", token))
        return f"{path}?{urlencode([*filters, *position])}"

    start = page.number * page.size
    return {
        "calls": [call_json(call) for call in page.calls],
        "first_page_uri": link(0, None),
        "next_page_uri": link(page.number + 1, page.next_token) if page.next_token else None,
        "previous_page_uri": (
            link(page.number - 1, page.previous_token) if page.previous_token else None
        ),
        "uri": link(page.number, page.token),
        "page": page.number,
        "page_size": page.size,
        "start": start,
        "end": start + max(0, len(page.calls) - 1),
    }


def account_json(account: Account) -> Json:
    base = f"{API}/Accounts/{account.sid}"
    return {
        "sid": account.sid,
        "friendly_name": account.friendly_name,
        "status": account.status,
        "type": "Full",
        "owner_account_sid": account.parent_sid or account.sid,
        "auth_token": "[Redacted]",
        "date_created": rfc2822(0),
        "date_updated": rfc2822(0),
        "uri": f"{base}.json",
        "subresource_uris": {
            "calls": f"{base}/Calls.json",
            "balance": f"{base}/Balance.json",
        },
    }


def balance_json(account: Account) -> Json:
    return {"account_sid": account.sid, "balance": account.balance, "currency": "USD"}


def formatted(number: str) -> str:
    """A North American number as people write it there; others as they are."""
    if number.startswith("+1") and len(number) == 12:
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number


def number_sid(number: str) -> str:
    return "PN" + hashlib.sha256(number.encode()).hexdigest()[:32]


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
