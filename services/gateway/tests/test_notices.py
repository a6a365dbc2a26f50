"""What webhooks of Twilio's Intelligence are about: v2 as JSON and as a form, v3, and the rest."""

from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from gateway.notices import Notice, is_form, read_notice
from trunkline.errors import Invalid
from trunkline.events.intelligence import NotificationKind

FORM = "application/x-www-form-urlencoded; charset=utf-8"
V2 = {
    "account_sid": "AC1",
    "service_sid": "GA1",
    "transcript_sid": "GT1",
    "customer_key": None,
    "event_type": "voice_intelligence_transcript_available",
}
V3 = {
    "accountId": "AC1",
    "conversationId": "conv_conversation_1",
    "intelligenceConfiguration": {"id": "intelligence_configuration_1", "version": 1},
    "operatorResults": [{"id": "intelligence_operatorresult_1", "result": {"label": "x"}}],
}
OF_V2 = Notice(NotificationKind.TWILIO_V2, "AC1", "GT1", "GA1")
OF_V3 = Notice(
    NotificationKind.TWILIO_V3, "AC1", "conv_conversation_1", "intelligence_configuration_1"
)
UNKNOWN = Notice(NotificationKind.UNSPECIFIED, "AC1")


def read(body: object, content_type: str = "application/json") -> Notice:
    return read_notice(content_type, msgspec.json.encode(body))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (V2, OF_V2),
        (V2 | {"event_type": "something_new", "results": [1, {}]}, OF_V2),
        (V2 | {"service_sid": None}, Notice(NotificationKind.TWILIO_V2, "AC1", "GT1")),
        (V3, OF_V3),
        (
            V3 | {"intelligenceConfiguration": None},
            Notice(NotificationKind.TWILIO_V3, "AC1", "conv_conversation_1"),
        ),
        ({"account_sid": "AC1", "event_type": "service_paused"}, UNKNOWN),
        (V2 | {"transcript_sid": "../GT1"}, UNKNOWN),
        (V2 | {"transcript_sid": "G" * 129}, UNKNOWN),
        (V3 | {"conversationId": ""}, UNKNOWN),
    ],
)
def test_a_body_names_an_account_and_what_it_is_about(body: Any, expected: Notice) -> None:
    assert read(body) == expected


@pytest.mark.parametrize(
    "form",
    [
        {name: value for name, value in V2.items() if value},
        {"AccountSid": "AC1", "ServiceSid": "GA1", "TranscriptSid": "GT1", "CustomerKey": ""},
    ],
)
def test_a_form_says_the_same_however_its_names_are_written(form: dict[str, str]) -> None:
    assert read_notice(FORM, urlencode(form).encode()) == OF_V2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'"AC1"',
        b"\xff\xfe",
        b'{"account_sid": 1}',
        b'{"account_sid": "AC1"',
        b'{"account_sid": null, "accountId": ""}',
        b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"account_sid=AC1",
    ],
)
def test_a_body_that_names_nobody_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        read_notice("application/json", body)


def test_a_form_of_more_fields_than_twilio_sends_is_refused() -> None:
    body = b"account_sid=AC1&" + b"&".join(b"x=1" for _ in range(100))

    with pytest.raises(Invalid):
        read_notice(FORM, body)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [(FORM, True), ("Application/X-WWW-Form-Urlencoded", True), ("application/json", False)],
)
def test_a_form_is_known_by_its_type(content_type: str, expected: bool) -> None:
    assert is_form(content_type) is expected
