"""The wire: messages, signatures and connection overrides."""

from __future__ import annotations

import json

import pytest
from twilio.request_validator import RequestValidator

from twilio_emulator import overrides, protocol
from twilio_emulator.protocol import Malformed, decode, encode
from twilio_emulator.signature import sign


def test_messages_to_the_server_are_spelled_as_twilio_spells_them() -> None:
    told = json.loads(encode(protocol.Interrupt("Life is", 460)))

    assert told == {
        "type": "interrupt",
        "utteranceUntilInterrupt": "Life is",
        "durationUntilInterruptMs": 460,
    }
    assert json.loads(encode(protocol.Info("agentSpeaking", "on", 5)))["ts"] == 5
    assert "ts" not in json.loads(encode(protocol.Info("tokensPlayed", "Hi")))


def test_messages_of_the_server_are_read_and_unknown_fields_passed_over() -> None:
    assert decode('{"type":"text","token":" Hi","last":true,"new":1}') == protocol.Text(" Hi", True)
    assert decode('{"type":"end"}') == protocol.End(None)
    assert decode('{"type":"language","ttsLanguage":"es-MX"}') == protocol.Language("es-MX")


@pytest.mark.parametrize(
    "frame",
    [
        "nonsense",
        "[]",
        b"{}",
        '{"type":"hello"}',
        '{"token":"no type"}',
        '{"type":"text"}',
        '{"type":"text","token":null}',
        '{"type":"end","handoffData":{"not":"a string"}}',
        '{"type":"language"}',
        '{"type":"sendDigits","digits":"12x"}',
    ],
)
def test_what_twilio_cannot_parse_is_malformed(frame: str | bytes) -> None:
    with pytest.raises(Malformed):
        decode(frame)


def test_signatures_are_those_of_twilio_s_published_examples() -> None:
    params = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }

    webhook = sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", params)

    assert webhook == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert sign("12345", "wss://mycompany.com/ws") == "xnoJwxy0CIpoyz+WdcmZOMrycSk="


def test_twilio_s_own_validator_accepts_what_is_signed() -> None:
    url = "http://127.0.0.1:8080/voice?tenant=a%20b"

    assert RequestValidator("token").validate(
        url, {"A": "", "B": "ä"}, sign("token", url, {"A": "", "B": "ä"})
    )


def test_a_fragment_sets_deadlines_and_retries_and_is_not_part_of_the_url() -> None:
    url, policy = overrides.split("https://a.example/x?y=1#rc=3&rp=4xx,5xx&ct=1000&tt=99999")

    assert url == "https://a.example/x?y=1"
    assert (policy.retries, policy.connect_ms, policy.total_ms) == (3, 1000, 15_000)
    assert policy.retries_on("5xx")
    assert not policy.retries_on("ct")


def test_without_a_fragment_only_a_failed_connection_is_tried_again() -> None:
    _, policy = overrides.split("https://a.example/x")

    assert policy.retries == 1
    assert policy.retries_on("ct")
    assert not policy.retries_on("5xx")
