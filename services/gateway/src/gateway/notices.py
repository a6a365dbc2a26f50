"""What a webhook of Twilio's Intelligence is about, in whichever form it came; pure.

It is read before its signature has been checked, for the account whose tokens must fit, and never
believed: whoever reads the notification asks Twilio.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

import msgspec

from trunkline.errors import Invalid
from trunkline.events.intelligence import NotificationKind

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 50  # Twilio's have five

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True, slots=True)
class Notice:
    """What one webhook names. Of a kind that we do not know, no more than the account."""

    kind: NotificationKind
    account_sid: str
    subject_id: str = ""
    service_id: str = ""
    body_unsigned: bool = False
    """Only the URL is signed: the body may be anybody's who has seen the signature."""


class _Configuration(msgspec.Struct):
    id: str | None = None


class _Body(msgspec.Struct):
    """The fields of v2 and those of v3; the others are kept as they came."""

    account_sid: str | None = None
    service_sid: str | None = None
    transcript_sid: str | None = None
    account_id: str | None = msgspec.field(default=None, name="accountId")
    conversation_id: str | None = msgspec.field(default=None, name="conversationId")
    configuration: _Configuration | None = msgspec.field(
        default=None, name="intelligenceConfiguration"
    )


_json = msgspec.json.Decoder(_Body)


def is_form(content_type: str) -> bool:
    """Whether a body is a form, and signed as one."""
    return content_type.partition(";")[0].strip().lower() == FORM_TYPE


def read_notice(content_type: str, body: bytes) -> Notice:
    """Read a webhook's body. Raises `Invalid` if it is neither JSON nor a form, or names nobody."""
    found = _of_form(body) if is_form(content_type) else _of_json(body)
    account = found.account_sid or found.account_id
    if not account:
        raise Invalid("The webhook names no account.")
    transcript, conversation = found.transcript_sid or "", found.conversation_id or ""
    if _ID.fullmatch(transcript):
        return Notice(NotificationKind.TWILIO_V2, account, transcript, found.service_sid or "")
    if _ID.fullmatch(conversation):
        configuration = found.configuration.id if found.configuration else None
        return Notice(NotificationKind.TWILIO_V3, account, conversation, configuration or "")
    return Notice(NotificationKind.UNSPECIFIED, account)


def _of_json(body: bytes) -> _Body:
    try:
        return _json.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Invalid("The webhook is no JSON that Twilio would send.") from None


def _of_form(body: bytes) -> _Body:
    """Only v2 has forms; their names may be written as those of Twilio's other forms."""
    if body.count(b"&") >= MAX_FIELDS:
        raise Invalid("The form has more fields than Twilio's.")
    pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True)
    form = {name.replace("_", "").lower(): value for name, value in pairs}
    return _Body(
        account_sid=form.get("accountsid"),
        service_sid=form.get("servicesid"),
        transcript_sid=form.get("transcriptsid"),
    )
